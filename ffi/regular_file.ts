/**
 * What a log needs of a regular file beyond reading and writing: to know that it is one, how long it is,
 * what stands at its end, and to cut that off.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY, openFd } from "./fd.ts";
import { cString } from "./memory.ts";

const AT_EMPTY_PATH = 0x1000; // linux/fcntl.h
const STATX_TYPE = 0x1; // linux/stat.h
const STATX_SIZE = 0x200;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
/** `struct statx` of linux/stat.h, the same on all architectures. */
const STATX = { length: 256, mode: 28, size: 40 };
const READABLE_BY_ALL = 0o644;
/** Leaves the owner as it is (chown(2)). */
const NOBODY = 0xffffffff;

const libc = openLibrary(LIBC, {
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
});

/** An open regular file. */
export interface RegularFile {
  /** Descriptor. */
  readonly fd: number;
  /** Length in bytes when it was opened. */
  readonly size: number;
}

/**
 * Opens a regular file. A symbolic link in the last part of the path is refused, and so is everything
 * else that is no regular file, without waiting for anybody at its other end.
 *
 * @param path path in UTF-8, without a zero byte
 * @param flags `O_…` flags; O_CLOEXEC, O_NOFOLLOW, O_NOCTTY and O_NONBLOCK are added
 * @param mode permission bits of a file that is created
 * @throws {ErrnoError} as open(2) says; ELOOP for a symbolic link, EINVAL for another kind of file
 */
export function openRegularFile(path: string, flags: number, mode: number): RegularFile {
  const fd = openFd(path, flags | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, mode);
  try {
    const found = new Uint8Array(STATX.length);
    const wanted = STATX_TYPE | STATX_SIZE;
    check(libc.statx(fd, cString("", "path"), AT_EMPTY_PATH, wanted, found), `look at ${path}`);
    const view = new DataView(found.buffer);
    if ((view.getUint16(STATX.mode, true) & S_IFMT) !== S_IFREG) {
      throw new ErrnoError(`use ${path}, which is no regular file`, Errno.EINVAL);
    }
    return { fd, size: Number(view.getBigUint64(STATX.size, true)) };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Reads from a place in a file, without moving the descriptor's own.
 *
 * @param fd descriptor
 * @param buffer where to
 * @param offset bytes from the beginning
 * @returns bytes read, fewer than fit only at the end of the file
 * @throws {ErrnoError} as pread(2) says
 */
export function readAt(fd: number, buffer: Uint8Array, offset: number): number {
  let length = 0;
  while (length < buffer.length) {
    const rest = buffer.subarray(length);
    const n = libc.pread(fd, rest, BigInt(rest.length), BigInt(offset + length));
    if (n === 0) break;
    if (n > 0) length += n;
    else if (errno() !== Errno.EINTR) throw new ErrnoError("read", errno());
  }
  return length;
}

/**
 * Cuts a file, or fills it with zeros.
 *
 * @param fd descriptor, open for writing
 * @param size bytes that it is to have
 * @throws {ErrnoError} as ftruncate(2) says
 */
export function truncateFile(fd: number, size: number): void {
  check(libc.ftruncate(fd, BigInt(size)), "truncate");
}

/**
 * Lets everybody read a file, and its owner write to it (mode 0644).
 *
 * @param path path in UTF-8, without a zero byte
 * @throws {ErrnoError} EPERM for another user's file; as open(2) says
 */
export function setReadableByAll(path: string): void {
  const fd = openFd(path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
  try {
    check(libc.fchmod(fd, READABLE_BY_ALL), `make ${path} readable`);
  } finally {
    closeFd(fd);
  }
}

/**
 * Gives a directory to a user and a group.
 *
 * @param path path in UTF-8, without a zero byte; no symbolic link
 * @param user his number
 * @param group its number
 * @throws {ErrnoError} ENOTDIR, ELOOP, EPERM
 */
export function setDirectoryOwner(path: string, user: number, group: number): void {
  const fd = openFd(path, O_DIRECTORY | O_NOFOLLOW, 0);
  try {
    check(libc.fchown(fd, user, group), `give ${path} to user ${user}`);
  } finally {
    closeFd(fd);
  }
}

/**
 * Gives a file to a group.
 *
 * @param fd descriptor
 * @param group its number
 * @throws {ErrnoError} EPERM for a group that the process is not in, without CAP_CHOWN
 */
export function setFileGroup(fd: number, group: number): void {
  check(libc.fchown(fd, NOBODY, group), `give a file to group ${group}`);
}
