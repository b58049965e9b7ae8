/**
 * The files of an audit log: the one that is written, which is locked, and FILE.1, FILE.2 … before it.
 *
 * @module
 */

import { closeFd, lockFile, O_APPEND, O_CREAT, O_EXCL, O_RDWR, writeFd } from "../../ffi/fd.ts";
import { openRegularFile, readAt, setFileGroup, truncateFile } from "../../ffi/regular_file.ts";
import { errorText } from "../error_text.ts";
import { removeIfThere } from "../handlers/files.ts";
import { parseLine } from "./line.ts";

/** Daemons that may share a state directory: one for each interface, say. */
const MAX_LOGS = 64;

/** How much of the end of a file is looked at first, and at most. Lines of ours are far shorter. */
const FIRST_WINDOW = 1 << 16;
const MAX_WINDOW = 1 << 24;

const NEWLINE = 0x0a;

/** Where a chain is to go on. */
export interface ChainEnd {
  /** Number of the last line that can be read, 0 without one. */
  readonly seq: number;
  /** The last line without its newline, whatever it is; null when there is none at all. */
  readonly last: Uint8Array | null;
  /** Whether that is a line of ours. */
  readonly isWhole: boolean;
  /** Whether a newline stands after it. */
  readonly endsLine: boolean;
  /** Whether it stands in FILE.1, for FILE is empty. */
  readonly isRotated: boolean;
}

/** What an audit log writes to. */
export interface AuditStore {
  /** Path of the file that is written. */
  readonly path: string;
  /** Its length in bytes. */
  readonly size: number;
  /** Where the chain went on when the file was opened. */
  readonly end: ChainEnd;
  /** Writes to the end, in one call; gives the bytes that were written, or −errno. */
  write(bytes: Uint8Array): number;
  /** Cuts the file. @throws {ErrnoError} */
  cut(size: number): void;
  /** Makes FILE FILE.1, or removes it when none is kept, and begins a new one. @throws file errors; it must be opened anew then */
  rotate(): void;
  /** Lets another daemon have it. */
  close(): void;
}

/** How an {@link AuditFile} is made. */
export interface AuditFileOptions {
  /** Path of the file; with `.2`, `.3` … before its extension when other daemons have the first ones. */
  readonly file: string;
  /** How many older files are kept; with 0, only the last line's hash outlives the one that is full. */
  readonly keep: number;
  /** Number of the group that may read it; null = that of the daemon. */
  readonly group: number | null;
  /** Told when that group cannot have it. */
  readonly warn: (text: string) => void;
}

/** The path of the `n`th log of a state directory: `audit.log`, `audit.2.log` … */
export function nthLog(file: string, n: number): string {
  if (n === 1) return file;
  const dot = file.lastIndexOf(".");
  const hasExtension = dot > file.lastIndexOf("/") + 1;
  return hasExtension ? `${file.slice(0, dot)}.${n}${file.slice(dot)}` : `${file}.${n}`;
}

/** The end of what `bytes` holds, which is the whole file when `isAll`; null when more is needed. */
function endOf(bytes: Uint8Array, isAll: boolean): Omit<ChainEnd, "isRotated"> | null {
  const endsLine = bytes.at(-1) === NEWLINE;
  let lineEnd = endsLine ? bytes.length - 1 : bytes.length;
  const decoder = new TextDecoder();
  let last: Uint8Array | null = null;
  while (lineEnd >= 0) {
    // A negative index would count from the end, and go round for ever.
    const start = lineEnd === 0 ? 0 : bytes.lastIndexOf(NEWLINE, lineEnd - 1) + 1;
    // Its beginning may lie before what was read.
    if (start === 0 && !isAll) return null;
    const line = bytes.slice(start, lineEnd);
    last ??= line;
    const read = parseLine(decoder.decode(line));
    if (read !== null) return { seq: read.seq, last, isWhole: last === line, endsLine };
    if (start === 0) break;
    lineEnd = start - 1;
  }
  return { seq: 0, last, isWhole: false, endsLine };
}

function findEnd(fd: number, size: number, path: string): Omit<ChainEnd, "isRotated"> {
  if (size === 0) return { seq: 0, last: null, isWhole: false, endsLine: true };
  for (let window = FIRST_WINDOW; window <= MAX_WINDOW; window *= 4) {
    const bytes = new Uint8Array(Math.min(window, size));
    const length = readAt(fd, bytes, size - bytes.length);
    const end = endOf(bytes.subarray(0, length), bytes.length === size);
    if (end !== null) return end;
  }
  throw new Error(`Cannot go on in ${path}: its end is no audit log`);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** See the module's description. */
export class AuditFile implements AuditStore {
  /** See {@link AuditStore}. */
  readonly path: string;
  /** See {@link AuditStore}. */
  readonly end: ChainEnd;
  readonly #options: AuditFileOptions;
  readonly #lock: number;
  #fd: number;
  #size: number;

  /**
   * Opens the first log that no other daemon has.
   *
   * @throws {ErrnoError} and other file errors; nothing is held then
   */
  constructor(options: AuditFileOptions) {
    this.#options = options;
    const { path, lock } = AuditFile.#take(options.file);
    this.path = path;
    this.#lock = lock;
    let fd: number | null = null;
    try {
      ({ fd, size: this.#size } = openRegularFile(path, O_RDWR | O_APPEND | O_CREAT, 0o640));
      this.#fd = fd;
      this.end = this.#findEnd();
      this.#giveToGroup();
    } catch (error) {
      if (fd !== null) closeFd(fd);
      closeFd(lock);
      throw error;
    }
  }

  /** See {@link AuditStore}. */
  get size(): number {
    return this.#size;
  }

  /** See {@link AuditStore}. */
  write(bytes: Uint8Array): number {
    const written = writeFd(this.#fd, bytes, bytes.length);
    if (written > 0) this.#size += written;
    return written;
  }

  /** See {@link AuditStore}. */
  cut(size: number): void {
    truncateFile(this.#fd, size);
    this.#size = size;
  }

  /** See {@link AuditStore}. */
  rotate(): void {
    const { path } = this;
    const { keep } = this.#options;
    // Of a time when more were kept: once those after them are gone, lines would seem to be missing.
    for (let n = keep + 1; removeIfThere(`${path}.${n}`); n++) continue;
    if (keep === 0) removeIfThere(path);
    for (let n = keep; n > 0; n--) {
      const from = n === 1 ? path : `${path}.${n - 1}`;
      if (exists(from)) Deno.renameSync(from, `${path}.${n}`);
    }
    const { fd, size } = openRegularFile(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL, 0o640);
    closeFd(this.#fd);
    this.#fd = fd;
    this.#size = size;
    this.#giveToGroup();
  }

  /** See {@link AuditStore}. */
  close(): void {
    closeFd(this.#fd);
    closeFd(this.#lock);
  }

  /** In a file of its own, so that a daemon that comes while another one rotates takes neither half. */
  static #take(file: string): { path: string; lock: number } {
    for (let n = 1; n <= MAX_LOGS; n++) {
      const path = nthLog(file, n);
      const lock = lockFile(`${path}.lock`);
      if (lock !== null) return { path, lock };
    }
    throw new Error(`Cannot use ${file}: ${MAX_LOGS} other daemons have it and those after it`);
  }

  #findEnd(): ChainEnd {
    const here = findEnd(this.#fd, this.#size, this.path);
    const before = `${this.path}.1`;
    if (here.last !== null || !exists(before)) return { ...here, isRotated: false };
    const { fd, size } = openRegularFile(before, O_RDWR, 0);
    try {
      const end = findEnd(fd, size, before);
      return { ...end, isRotated: end.last !== null };
    } finally {
      closeFd(fd);
    }
  }

  #giveToGroup(): void {
    const { group, warn } = this.#options;
    if (group === null) return;
    try {
      setFileGroup(this.#fd, group);
    } catch (error) {
      warn(`${this.path}: ${errorText(error)}`);
    }
  }
}
