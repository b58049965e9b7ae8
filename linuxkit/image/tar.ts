/**
 * Writes tar archives (ustar, POSIX.1-1988) that depend on nothing but what is in them: sorted by path,
 * owned by root, of 1970.
 *
 * @module
 */

/** A directory, a file or a symbolic link. `path` is relative, without a slash at its end. */
export type TarEntry =
  | { readonly path: string; readonly type: "directory"; readonly mode?: number }
  | {
    readonly path: string;
    readonly type: "file";
    readonly bytes: Uint8Array;
    readonly mode?: number;
  }
  | { readonly path: string; readonly type: "symlink"; readonly target: string };

const BLOCK = 512;
/** An archive ends with two blocks of zeros. */
const END = 2 * BLOCK;
/** Of the fields for a path and for the target of a link. */
const NAME_BYTES = 100;
const TYPE_FLAGS = { file: "0", symlink: "2", directory: "5" } as const;
const DEFAULT_MODES = { file: 0o644, symlink: 0o777, directory: 0o755 } as const;

const encoder = new TextEncoder();

function put(header: Uint8Array, at: number, width: number, text: string): void {
  const bytes = encoder.encode(text);
  if (bytes.length > width) throw new Error(`Cannot write archive: ${text} is too long`);
  header.set(bytes, at);
}

/** A number in octal digits that end with a zero byte. */
function putNumber(header: Uint8Array, at: number, width: number, value: number): void {
  put(header, at, width, value.toString(8).padStart(width - 1, "0"));
}

function bytesOf(entry: TarEntry): Uint8Array {
  return entry.type === "file" ? entry.bytes : new Uint8Array(0);
}

function writeHeader(header: Uint8Array, entry: TarEntry): void {
  const { path, type } = entry;
  const mode = (type === "symlink" ? undefined : entry.mode) ?? DEFAULT_MODES[type];
  put(header, 0, NAME_BYTES, type === "directory" ? `${path}/` : path);
  putNumber(header, 100, 8, mode);
  putNumber(header, 108, 8, 0); // user
  putNumber(header, 116, 8, 0); // group
  putNumber(header, 124, 12, bytesOf(entry).length);
  putNumber(header, 136, 12, 0); // time of change
  put(header, 148, 8, " ".repeat(8)); // stands for the checksum while that is made
  put(header, 156, 1, TYPE_FLAGS[type]);
  if (type === "symlink") put(header, 157, NAME_BYTES, entry.target);
  put(header, 257, 8, "ustar\x0000");
  const sum = header.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  put(header, 148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
}

function padded(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

/**
 * Makes an archive.
 *
 * @param entries in any order; a directory is sorted before what is in it
 * @returns the whole archive, uncompressed
 * @throws Error when a path or a target has more than 100 bytes, or a path comes twice
 */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
  const twice = sorted.find(({ path }, index) => path === sorted[index + 1]?.path);
  if (twice !== undefined) throw new Error(`Cannot write archive: ${twice.path} is there twice`);
  const size = sorted.reduce((sum, entry) => sum + BLOCK + padded(bytesOf(entry).length), END);
  const archive = new Uint8Array(size);
  let at = 0;
  for (const entry of sorted) {
    writeHeader(archive.subarray(at, at + BLOCK), entry);
    at += BLOCK;
    archive.set(bytesOf(entry), at);
    at += padded(bytesOf(entry).length);
  }
  return archive;
}
