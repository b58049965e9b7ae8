/**
 * Reading an audit log line by line, for there may be more of it than memory.
 *
 * @module
 */

import { nthLog } from "./audit_file.ts";

/** A line as bytes. */
export interface SourceLine {
  /** Without the newline. */
  readonly bytes: Uint8Array;
  /** Whether there is a newline after it. */
  readonly ended: boolean;
}

/** A file of lines. */
export interface LogSource {
  /** What it is called. */
  readonly name: string;
  /** Its lines, in order. */
  readonly lines: () => Iterable<SourceLine>;
}

const CHUNK = 1 << 16;
const NEWLINE = 0x0a;

/** More daemons than this do not share a state directory, and nobody keeps more files. */
const MAX_FILES = 1000;

/** Cuts bytes that come in pieces into lines. */
function* cutLines(pieces: Iterable<Uint8Array>): Generator<SourceLine> {
  let rest: Uint8Array[] = [];
  const joined = (): Uint8Array => {
    const bytes = new Uint8Array(rest.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of rest) {
      bytes.set(piece, at);
      at += piece.length;
    }
    rest = [];
    return bytes;
  };
  for (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      rest.push(piece.subarray(start, end));
      yield { bytes: joined(), ended: true };
      start = end + 1;
    }
    if (start < piece.length) rest.push(piece.slice(start));
  }
  if (rest.length > 0) yield { bytes: joined(), ended: false };
}

function* readPieces(path: string): Generator<Uint8Array> {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(CHUNK);
  for (;;) {
    const length = file.readSync(buffer);
    if (length === null || length === 0) return;
    yield buffer.subarray(0, length);
  }
}

/** A file on disk. Reading throws file errors. */
export function fileSource(path: string): LogSource {
  return { name: path, lines: () => cutLines(readPieces(path)) };
}

/** Bytes under a name. */
export function bytesSource(name: string, bytes: Uint8Array): LogSource {
  return { name, lines: () => cutLines([bytes]) };
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * The files of one log, oldest first: FILE.n … FILE.1, FILE. One that is missing in between is passed
 * over here; its lines are found to be missing.
 *
 * @throws file errors, but not that there is none
 */
export function filesOf(file: string): string[] {
  const directory = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "./";
  const name = file.slice(file.lastIndexOf("/") + 1);
  const numbers: number[] = [];
  try {
    for (const entry of Deno.readDirSync(directory)) {
      const suffix = entry.name.startsWith(`${name}.`) ? entry.name.slice(name.length + 1) : "";
      if (/^[1-9][0-9]{0,3}$/.test(suffix) && entry.isFile) numbers.push(Number(suffix));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const older = numbers.sort((a, b) => b - a).map((n) => `${file}.${n}`);
  return isThere(file) ? [...older, file] : older;
}

/** The logs of a state directory that are there: of a daemon each, where several share it. */
export function logsOf(file: string): string[] {
  const logs: string[] = [];
  for (let n = 1; n <= MAX_FILES; n++) {
    const log = nthLog(file, n);
    if (filesOf(log).length > 0) logs.push(log);
    else if (n > 1) break;
  }
  return logs;
}
