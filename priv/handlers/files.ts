/**
 * Files on disk: written in place, written atomically, or borrowed and given back as they were.
 *
 * @module
 */

/** What {@link BorrowedFile.restore} found. */
export type RestoreResult = "restored" | "changed by somebody else" | "not borrowed";

function readIfThere(path: string): Uint8Array | null {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Overwrites a file without ever renaming over it, because containers bind-mount the inode. The old
 * end is cut only after the new text is there, so that a reader never finds the file empty.
 */
export function writeInPlace(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, create: true, mode: 0o644 });
  let at = 0;
  while (at < bytes.length) at += file.writeSync(bytes.subarray(at));
  file.truncateSync(bytes.length);
  file.syncDataSync();
}

/** Writes a file whole or not at all: a temporary name beside it, fsync, rename. */
export function writeAtomically(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = `${path}.tmp`;
  try {
    {
      using file = Deno.openSync(temporary, { write: true, create: true, truncate: true, mode });
      let at = 0;
      while (at < bytes.length) at += file.writeSync(bytes.subarray(at));
      file.syncDataSync();
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Removes a file; one that is not there is fine. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** First byte of a saved original: there was no file, or the bytes that follow. */
const SAVED_ABSENT = 0x2d;
const SAVED_PRESENT = 0x2b;

/**
 * A borrowed file. Its original bytes are kept in a second file before the first write, so that a
 * restarted daemon can still give them back.
 */
export class BorrowedFile {
  readonly #path: string;
  readonly #savedPath: string;
  #written: Uint8Array | null = null;

  /** `savedPath` keeps the original; its directory must exist. */
  constructor(path: string, savedPath: string) {
    this.#path = path;
    this.#savedPath = savedPath;
  }

  /** Replaces the content. @throws {Deno.errors.PermissionDenied} and other file errors */
  write(bytes: Uint8Array): void {
    const current = readIfThere(this.#path);
    if (this.#written === null && readIfThere(this.#savedPath) === null) this.#save(current);
    if (current === null || !sameBytes(current, bytes)) writeInPlace(this.#path, bytes);
    this.#written = bytes;
    Deno.chmodSync(this.#path, 0o644);
  }

  /** Gives the original back, unless somebody else has written to the file since. */
  restore(): RestoreResult {
    if (this.#written === null) return "not borrowed";
    const current = readIfThere(this.#path);
    const ours = current !== null && sameBytes(current, this.#written);
    if (ours) this.#giveBack(readIfThere(this.#savedPath));
    this.#written = null;
    removeIfThere(this.#savedPath);
    return ours ? "restored" : "changed by somebody else";
  }

  #save(original: Uint8Array | null): void {
    const saved = new Uint8Array(1 + (original?.length ?? 0));
    saved[0] = original === null ? SAVED_ABSENT : SAVED_PRESENT;
    if (original !== null) saved.set(original, 1);
    writeAtomically(this.#savedPath, saved, 0o600);
  }

  #giveBack(saved: Uint8Array | null): void {
    if (saved !== null && saved[0] === SAVED_PRESENT) {
      writeInPlace(this.#path, saved.subarray(1));
      return;
    }
    try {
      removeIfThere(this.#path);
    } catch {
      // A mount point cannot be removed; an empty file means the same to a resolver.
      writeInPlace(this.#path, new Uint8Array(0));
    }
  }
}
