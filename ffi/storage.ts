/**
 * Files and block devices as storage: their size, and which they are.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_NOCTTY, O_NONBLOCK, O_RDWR, openFd } from "./fd.ts";
import { cString } from "./memory.ts";

const SEEK_END = 2; // linux/fs.h
const AT_EMPTY_PATH = 0x1000; // linux/fcntl.h
const STATX_TYPE = 0x1; // linux/stat.h
const STATX_INO = 0x100;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFBLK = 0o060000;
/** `struct statx` of linux/stat.h; `rdev` and `dev` are u32 major and u32 minor. */
const STATX = { length: 256, mode: 28, inode: 32, rdev: 128, dev: 136 };

const libc = openLibrary(LIBC, {
  pread64: { parameters: ["i32", "buffer", "usize", "i64"], result: "i64" },
  pwrite64: { parameters: ["i32", "buffer", "usize", "i64"], result: "i64" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
});

/** A place to keep data. */
export interface Storage {
  /** Descriptor, open for reading and writing; close-on-exec. */
  readonly fd: number;
  /** Bytes. */
  readonly capacity: bigint;
  /** The same for two that are one file, or one device, whatever their names. */
  readonly identity: string;
}

/**
 * Opens a regular file or a block device; symbolic links are followed.
 *
 * @param path path in UTF-8, without a zero byte
 * @throws {ErrnoError} as open(2) says; EINVAL for another kind of file
 */
export function openStorage(path: string): Storage {
  const fd = openFd(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  try {
    const found = new Uint8Array(STATX.length);
    const wanted = STATX_TYPE | STATX_INO;
    check(libc.statx(fd, cString("", "path"), AT_EMPTY_PATH, wanted, found), `look at ${path}`);
    const view = new DataView(found.buffer);
    const type = view.getUint16(STATX.mode, true) & S_IFMT;
    if (type !== S_IFREG && type !== S_IFBLK) {
      throw new ErrnoError(`use ${path}, which is neither a file nor a block device`, Errno.EINVAL);
    }
    const identity = type === S_IFBLK
      ? `device ${view.getBigUint64(STATX.rdev, true)}`
      : `file ${view.getBigUint64(STATX.dev, true)} ${view.getBigUint64(STATX.inode, true)}`;
    const capacity = BigInt(libc.lseek(fd, 0n, SEEK_END));
    if (capacity < 0n) throw new ErrnoError(`find the size of ${path}`, Errno.ESPIPE);
    return { fd, capacity, identity };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Reads from a place, once; starts again when a signal interrupts it. Never throws.
 *
 * @param fd descriptor
 * @param buffer where to
 * @param offset where from, in bytes from the beginning
 * @returns bytes read, which may be fewer than the buffer has, 0 at the end, or −errno
 */
export function readAt(fd: number, buffer: Uint8Array, offset: bigint): number {
  return repeat(() => libc.pread64(fd, buffer, BigInt(buffer.length), offset));
}

/**
 * Writes to a place, once; starts again when a signal interrupts it. Never throws.
 *
 * @param fd descriptor
 * @param buffer what
 * @param offset where to, in bytes from the beginning
 * @returns bytes written, which may be fewer than the buffer has, or −errno
 */
export function writeAt(fd: number, buffer: Uint8Array, offset: bigint): number {
  return repeat(() => libc.pwrite64(fd, buffer, BigInt(buffer.length), offset));
}

function repeat(call: () => bigint): number {
  for (;;) {
    const n = Number(call());
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}
