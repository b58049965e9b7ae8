/**
 * Files on disk: in place, or whole or not at all.
 *
 * @module
 */

/** What we keep and borrow is far smaller. */
const MAX_LENGTH = 1 << 20;

/**
 * The content of a file, or null when there is none.
 *
 * @throws when it is no regular file (a pipe would make the daemon wait), or longer than 1 MiB, and
 * other file errors
 */
export function readIfThere(path: string): Uint8Array | null {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new Error(`Cannot read ${path}: not a regular file`);
    if (size > MAX_LENGTH) throw new Error(`Cannot read ${path}: longer than ${MAX_LENGTH} bytes`);
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Removes a file; one that is not there is fine.
 *
 * @returns whether it was there
 * @throws other file errors
 */
export function removeIfThere(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/**
 * Overwrites a file without ever renaming over it, because containers bind-mount the inode. The old
 * end is cut only after the new text is there, so that a reader never finds the file empty.
 */
export function writeInPlace(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, create: true, mode: 0o644 });
  writeAll(file, bytes);
  file.truncateSync(bytes.length);
  file.syncDataSync();
}

/** How {@link writeAtomically} writes. */
export interface AtomicWrite {
  /** Permission bits of the new file. */
  readonly mode: number;
  /**
   * Whether it must survive the machine, not only this process: fsync of the file before the rename,
   * and of its directory after.
   */
  readonly durable: boolean;
}

/** A rename is on the disk once its directory is (fsync(2)). */
function syncDirectory(path: string): void {
  using directory = Deno.openSync(path.slice(0, path.lastIndexOf("/") + 1) || ".");
  directory.syncSync();
}

/**
 * A new file in the place of what a predecessor may have left. What is there is never opened: in a directory
 * of somebody else's it may be a link to a file of ours.
 */
function createAnew(path: string, mode: number): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    Deno.removeSync(path);
    return Deno.openSync(path, { write: true, createNew: true, mode });
  }
}

/** Writes a file whole or not at all: a temporary name beside it, then rename. */
export function writeAtomically(path: string, bytes: Uint8Array, how: AtomicWrite): void {
  const temporary = `${path}.tmp`;
  try {
    {
      using file = createAnew(temporary, how.mode);
      writeAll(file, bytes);
      if (how.durable) file.syncDataSync();
    }
    Deno.renameSync(temporary, path);
    if (how.durable) syncDirectory(path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}
