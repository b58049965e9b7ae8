/**
 * What a file is, and which: statx(2). Deno's own way to a descriptor leads through /proc, which it
 * opens for programs with all permissions only.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";

const AT_FDCWD = -100; // linux/fcntl.h
const AT_EMPTY_PATH = 0x1000; // linux/fcntl.h
const STATX_TYPE = 0x001; // linux/stat.h
const STATX_INO = 0x100; // linux/stat.h
const S_IFMT = 0o170000; // linux/stat.h
const S_IFREG = 0o100000; // linux/stat.h
const S_IFDIR = 0o040000; // linux/stat.h
const S_IFSOCK = 0o140000; // linux/stat.h
/** Size of `struct statx`, and where its fields are; linux/stat.h. */
const STATX_SIZE = 256;
const STX_MODE = 28;
const STX_INO = 32;
const STX_DEV_MAJOR = 136;
const STX_DEV_MINOR = 140;

const libc = openLibrary(LIBC, {
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
});

/** Kind and identity of a file: two are the same if device and inode are. */
export interface FileStatus {
  /** Whether it is neither a directory nor a device, FIFO, socket or symbolic link. */
  readonly isRegularFile: boolean;
  /** Whether it is a directory. */
  readonly isDirectory: boolean;
  /** Whether it is a socket's. */
  readonly isSocket: boolean;
  /** The number of its device, as stat(2) gives it. */
  readonly device: bigint;
  /** Its number there. */
  readonly inode: bigint;
}

/**
 * Looks at an open file.
 *
 * @param fd descriptor
 * @throws {ErrnoError} EBADF
 */
export function descriptorStatus(fd: number): FileStatus {
  return statx(fd, "", AT_EMPTY_PATH);
}

/**
 * Looks at the file that a path leads to, symbolic links being followed.
 *
 * @param path path in UTF-8, without a zero byte
 * @throws {ErrnoError} ENOENT, EACCES …
 */
export function pathStatus(path: string): FileStatus {
  return statx(AT_FDCWD, path, 0);
}

function statx(fd: number, path: string, flags: number): FileStatus {
  const bytes = new Uint8Array(STATX_SIZE);
  const mask = STATX_TYPE | STATX_INO;
  check(libc.statx(fd, cString(path, "path"), flags, mask, bytes), `statx ${path}`.trimEnd());
  const view = new DataView(bytes.buffer);
  const type = view.getUint16(STX_MODE, true) & S_IFMT;
  return {
    isRegularFile: type === S_IFREG,
    isDirectory: type === S_IFDIR,
    isSocket: type === S_IFSOCK,
    device: deviceNumber(view.getUint32(STX_DEV_MAJOR, true), view.getUint32(STX_DEV_MINOR, true)),
    inode: view.getBigUint64(STX_INO, true),
  };
}

/** makedev(3). */
function deviceNumber(major: number, minor: number): bigint {
  const [a, b] = [BigInt(major), BigInt(minor)];
  return (a & 0xfff_ff000n) << 32n | (a & 0xfffn) << 8n | (b & 0xfff_fff00n) << 12n | b & 0xffn;
}
