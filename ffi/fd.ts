/**
 * Operations on file descriptors. Every descriptor made here is close-on-exec.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";

/** Open for reading only; asm-generic/fcntl.h. */
export const O_RDONLY = 0;
/** Open for writing only; asm-generic/fcntl.h. */
export const O_WRONLY = 1;
/** Open for reading and writing; asm-generic/fcntl.h. */
export const O_RDWR = 2;
/** Create the file when it does not exist; asm-generic/fcntl.h. */
export const O_CREAT = 0o100;
/** Fail when the file exists; asm-generic/fcntl.h. */
export const O_EXCL = 0o200;
/** Do not make a terminal the controlling one; asm-generic/fcntl.h. */
export const O_NOCTTY = 0o400;
/** Empty the file; asm-generic/fcntl.h. */
export const O_TRUNC = 0o1000;
/** Each write goes to the end; asm-generic/fcntl.h. */
export const O_APPEND = 0o2000;
/** Calls fail with EAGAIN instead of waiting; asm-generic/fcntl.h. */
export const O_NONBLOCK = 0o4000;
/** Fail unless the path is a directory; asm-generic/fcntl.h. */
export const O_DIRECTORY = 0o200000;
/** Fail when the last part of the path is a symbolic link; asm-generic/fcntl.h. */
export const O_NOFOLLOW = 0o400000;
/** Only a name for the file: it can be executed or looked at, not read; asm-generic/fcntl.h. */
export const O_PATH = 0o10000000;
/** Close the descriptor on exec; asm-generic/fcntl.h. */
export const O_CLOEXEC = 0o2000000;

const O_ACCMODE = 3; // asm-generic/fcntl.h
const F_SETFD = 2; // asm-generic/fcntl.h
const F_GETFL = 3; // asm-generic/fcntl.h
const F_SETFL = 4; // asm-generic/fcntl.h
const F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h
const LOCK_EX = 2; // asm-generic/fcntl.h
const LOCK_NB = 4; // asm-generic/fcntl.h
const LAST_FD = 0xffffffff;

const libc = openLibrary(LIBC, {
  close: { parameters: ["i32"], result: "i32" },
  faccessat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close_range: { parameters: ["u32", "u32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
});

/**
 * Closes a descriptor.
 *
 * EINTR is not an error: Linux has released the descriptor by then, and a second close could hit
 * a descriptor that took the same number.
 *
 * @param fd descriptor
 * @throws {ErrnoError} EBADF when it is not open; EIO and the like from the file system
 */
export function closeFd(fd: number): void {
  if (libc.close(fd) === -1 && errno() !== Errno.EINTR) throw new ErrnoError("close", errno());
}

/**
 * Closes every descriptor from `first` upwards (close_range(2)). Deno's own descriptors are among
 * them: only a process that never goes back to Deno's event loop may do this.
 *
 * @param first lowest descriptor to close
 * @throws {ErrnoError} ENOSYS before Linux 5.9
 */
export function closeFrom(first: number): void {
  check(libc.close_range(first, LAST_FD, 0), "close_range");
}

/**
 * Closes every descriptor but some (close_range(2)); see {@linkcode closeFrom}.
 *
 * @param kept descriptors that stay open
 * @throws {ErrnoError} ENOSYS before Linux 5.9
 */
export function closeOthers(kept: readonly number[]): void {
  let first = 0;
  for (const fd of [...kept].sort((a, b) => a - b)) {
    if (fd > first) check(libc.close_range(first, fd - 1, 0), "close_range");
    first = fd + 1;
  }
  closeFrom(first);
}

/**
 * Duplicates a descriptor to the lowest free number that is at least `min`.
 *
 * @param fd descriptor
 * @param min lowest number allowed
 * @returns the new descriptor, close-on-exec
 * @throws {ErrnoError} EBADF, EMFILE, or EINVAL when `min` is above the limit on descriptors
 */
export function duplicateAbove(fd: number, min: number): number {
  return check(libc.fcntl(fd, F_DUPFD_CLOEXEC, min), "duplicate descriptor");
}

/**
 * Makes a pipe, both ends close-on-exec and blocking.
 *
 * @returns the read end and the write end
 * @throws {ErrnoError} EMFILE, ENFILE
 */
export function pipe(): [read: number, write: number] {
  const ends = new Int32Array(2);
  check(libc.pipe2(ends, O_CLOEXEC), "pipe2");
  return [ends[0], ends[1]];
}

/**
 * Sets or clears O_NONBLOCK. The flag belongs to the open file: every duplicate sees it.
 *
 * @param fd descriptor
 * @param on whether calls fail with EAGAIN instead of waiting
 * @throws {ErrnoError} EBADF
 */
export function setNonblocking(fd: number, on: boolean): void {
  const flags = check(libc.fcntl(fd, F_GETFL, 0), "read descriptor flags");
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted !== flags) check(libc.fcntl(fd, F_SETFL, wanted), "set descriptor flags");
}

/**
 * Whether a descriptor is open for writing.
 *
 * @param fd descriptor
 * @returns false too when it is not open
 */
export function isForWriting(fd: number): boolean {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  return flags !== -1 && (flags & O_ACCMODE) !== O_RDONLY;
}

/**
 * Leaves a descriptor open in the program that this process becomes.
 *
 * @param fd descriptor
 * @throws {ErrnoError} EBADF
 */
export function keepOnExec(fd: number): void {
  check(libc.fcntl(fd, F_SETFD, 0), "keep a descriptor");
}

/**
 * Reads into a buffer; starts again when a signal interrupts it. Never throws.
 *
 * @param fd descriptor
 * @param buffer where to; at most 2147479552 bytes are read
 * @returns bytes read, 0 at the end, or −errno
 */
export function readFd(fd: number, buffer: Uint8Array): number {
  for (;;) {
    const n = libc.read(fd, buffer, BigInt(buffer.length));
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}

/**
 * Writes the first bytes of a buffer in one call; starts again when a signal interrupts it before
 * anything is written. Never throws, and raises no SIGPIPE: Deno's start-up code ignores that signal.
 *
 * @param fd descriptor
 * @param buffer where from
 * @param length bytes to write
 * @returns bytes written, which may be fewer than `length`, or −errno
 */
export function writeFd(fd: number, buffer: Uint8Array, length: number): number {
  if (length > buffer.length) return -Errno.EFAULT;
  for (;;) {
    const n = libc.write(fd, buffer, BigInt(length));
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}

/**
 * Opens a file, close-on-exec.
 *
 * @param path path in UTF-8, without a zero byte
 * @param flags `O_…` flags; O_CLOEXEC is added
 * @param mode permission bits of a file that is created
 * @returns the descriptor
 * @throws {ErrnoError} as open(2) says
 * @throws {TypeError} when the path holds a zero byte
 */
export function openFd(path: string, flags: number, mode: number): number {
  return check(libc.open(cString(path, "path"), flags | O_CLOEXEC, mode), `open ${path}`);
}

const W_OK = 2; // unistd.h
const AT_FDCWD = -100; // linux/fcntl.h
const AT_EACCESS = 0x200; // linux/fcntl.h

/**
 * Whether this process may write to a file or a directory, with the privileges that are in force.
 *
 * @param path path in UTF-8, without a zero byte
 * @returns false too when there is no such file, or it is on a read-only file system
 */
export function isWritable(path: string): boolean {
  return libc.faccessat(AT_FDCWD, cString(path, "path"), W_OK, AT_EACCESS) === 0;
}

/**
 * Whether the permissions of a file or a directory keep this process from writing to it, with the privileges
 * that are in force; false for other reasons (there is none, the file system is read-only).
 *
 * @param path path in UTF-8, without a zero byte
 */
export function isWriteDenied(path: string): boolean {
  return !isWritable(path) && errno() === Errno.EACCES;
}

/**
 * Takes an exclusive lock on a file, which is created (mode 0600) when it does not exist. The lock
 * lives as long as the descriptor; it is not passed on by exec. A symbolic link is refused.
 *
 * @param path path of the lock file
 * @returns the descriptor that holds the lock, or null when another process holds it
 * @throws {ErrnoError} when the file cannot be opened or locked
 */
export function lockFile(path: string): number | null {
  const fd = openFd(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  for (;;) {
    if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return fd;
    const code = errno();
    if (code === Errno.EINTR) continue;
    closeFd(fd);
    if (code === Errno.EAGAIN) return null; // EWOULDBLOCK is the same number on Linux
    throw new ErrnoError(`lock ${path}`, code);
  }
}
