/**
 * A file of somebody else's that is borrowed: written in place, and given back as it was.
 *
 * What it held is kept in a second file together with what was written over it, so that a daemon that
 * is started after a crash, or after one that left its configuration in place, can still give it back,
 * and can tell its predecessor's text from anybody else's.
 *
 * @module
 */

import { type AuditSink, NO_AUDIT } from "../audit/event.ts";
import { audited } from "../audit/audited.ts";
import { setReadableByAll } from "../../ffi/regular_file.ts";
import { readIfThere, removeIfThere, writeInPlace } from "./files.ts";
import type { LoanRecord } from "./loan_record.ts";

/** What became of a {@link BorrowedFile.write} or a {@link BorrowedFile.restore}. */
export type BorrowResult = "done" | "changed by somebody else";

/** The second file, as JSON. Bytes are characters of ISO 8859-1. */
interface Saved {
  readonly version: 1;
  /** The file that was borrowed. */
  readonly path: string;
  /** What it held; null when it did not exist. */
  readonly original: string | null;
  /** What was written last. */
  readonly written: string;
  /** What that was written over: the file may still hold it, or some of both. Absent or null: nothing. */
  readonly before?: string | null;
}

/** Symbolic links that are followed by hand at the most; MAXSYMLINKS of linux/namei.h. */
const MAX_LINKS = 40;

function toText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Follows symbolic links to a file that need not exist yet, as resolv.conf's often does not. */
export function followLinks(path: string): string {
  let at = path;
  for (let i = 0; i < MAX_LINKS; i++) {
    let target: string;
    try {
      target = Deno.readLinkSync(at);
    } catch {
      return at;
    }
    at = target.startsWith("/") ? target : `${at.slice(0, at.lastIndexOf("/"))}/${target}`;
  }
  throw new Error(`Cannot follow ${path}: too many symbolic links`);
}

/**
 * Whether a file holds what it may hold while `to` is written over `from`: the beginning of one, the end of
 * the other.
 */
function isBetween(found: string, from: string, to: string): boolean {
  let same = 0;
  while (same < to.length && same < found.length && found[same] === to[same]) same++;
  return found.slice(same) === from.slice(same);
}

/** Whether the text is ours: whole, or left by a write or a return that was broken off. */
function isLent(found: string, { original, written, before }: Saved): boolean {
  if (found === written) return true;
  if (found === original) return false;
  return isBetween(found, before ?? "", written) || isBetween(found, written, original ?? "");
}

function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null) return false;
  const { version, path, original, written, before } = value as Record<string, unknown>;
  return version === 1 && typeof path === "string" && typeof written === "string" &&
    (original === null || typeof original === "string") &&
    (before === undefined || before === null || typeof before === "string");
}

/** See the module's description. */
export class BorrowedFile {
  readonly #path: string;
  readonly #record: LoanRecord;
  readonly #audit: AuditSink;
  /** Null while the file is not borrowed. */
  #saved: Saved | null = null;
  /** Somebody else has written over our text: the file is theirs until the next loan. */
  #yielded = false;

  /**
   * Takes over a predecessor's loan, if there is one and its text still stands.
   *
   * @param path the file; symbolic links are followed, also to where nothing is yet
   * @param record the second file
   * @param audit told of what is written and given back
   */
  constructor(path: string, record: LoanRecord, audit: AuditSink = NO_AUDIT) {
    this.#path = followLinks(path);
    this.#record = record;
    this.#audit = audit;
    this.#saved = this.#load();
  }

  /**
   * Replaces the content, unless somebody else has done so since our last write.
   *
   * @throws {Deno.errors.PermissionDenied} and other file errors
   */
  write(bytes: Uint8Array): BorrowResult {
    if (this.#yielded) return "done";
    const current = readIfThere(this.#path);
    if (this.#saved !== null && !this.#isOurs(current)) {
      this.#yielded = true;
      this.#forget();
      return "changed by somebody else";
    }
    const before = this.#saved;
    const original = before === null ? current : null;
    const saved: Saved = {
      version: 1,
      path: this.#path,
      original: before?.original ?? (original === null ? null : toText(original)),
      written: toText(bytes),
      before: current === null ? null : toText(current),
    };
    // What stays the same need not go to the disk again with each renewal.
    if (before?.written !== saved.written) this.#keep(saved);
    try {
      if (current === null || toText(current) !== saved.written) this.#replace(current, bytes);
    } catch (error) {
      // What stands there now may be half of it: ours, whatever it is.
      const half = readIfThere(this.#path);
      const isTouched = half !== null && (before !== null || toText(half) !== saved.original);
      if (isTouched) this.#keep({ ...saved, written: toText(half) });
      else this.#forget(); // it is as it was, and whoever changes it may
      throw error;
    }
    if (current === null || (before === null && current.length === 0)) this.#makeReadable();
    return "done";
  }

  /** Gives the original back, unless somebody else has written to the file since. */
  restore(): BorrowResult {
    this.#yielded = false;
    const saved = this.#saved;
    if (saved === null) return "done";
    const ours = this.#isOurs(readIfThere(this.#path));
    if (ours) {
      const { written, original } = saved;
      const change = { key: this.#path, old: written, new: original };
      try {
        audited(this.#audit, { action: "file-restore", ...change }, () => this.#giveBack(saved));
      } catch (error) {
        // Only the disk may not have it yet: whoever looks next finds the original, and nothing of ours.
        if (this.#isOriginal(saved)) this.#forget();
        throw error;
      }
    }
    this.#forget();
    return ours ? "done" : "changed by somebody else";
  }

  #isOurs(current: Uint8Array | null): boolean {
    return current !== null && this.#saved !== null && isLent(toText(current), this.#saved);
  }

  #isOriginal({ original }: Saved): boolean {
    const current = readIfThere(this.#path);
    return (current === null ? null : toText(current)) === original;
  }

  #replace(current: Uint8Array | null, bytes: Uint8Array): void {
    const old = current === null ? null : toText(current);
    const change = { key: this.#path, old, new: toText(bytes) };
    audited(
      this.#audit,
      { action: "file-write", ...change },
      () => writeInPlace(this.#path, bytes),
    );
  }

  #giveBack(saved: Saved): void {
    if (saved.original !== null) {
      writeInPlace(this.#path, toBytes(saved.original));
      return;
    }
    try {
      removeIfThere(this.#path);
    } catch {
      // A mount point cannot be removed; an empty file means the same to a resolver.
      writeInPlace(this.#path, new Uint8Array(0));
    }
  }

  /** A new file must be readable by all whatever the umask; so must the empty one of LinuxKit. */
  #makeReadable(): void {
    try {
      setReadableByAll(this.#path);
    } catch {
      // Not its owner: whoever is has chosen its mode.
    }
  }

  #keep(saved: Saved): void {
    const bytes = new TextEncoder().encode(JSON.stringify(saved) + "\n");
    this.#record.keep(bytes);
    this.#saved = saved;
  }

  #forget(): void {
    this.#saved = null;
    this.#record.forget();
  }

  /** A file that cannot be understood, or is about another path, is as good as none. */
  #load(): Saved | null {
    for (const bytes of this.#record.load()) {
      try {
        const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (!isSaved(value) || value.path !== this.#path) continue;
        const current = readIfThere(this.#path);
        if (current !== null && isLent(toText(current), value)) return value;
      } catch {
        // The next one may be better.
      }
    }
    return null;
  }
}
