/**
 * Files and directories of /proc (proc(5)). Deno itself opens them for programs with all permissions only.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_CLOEXEC, O_DIRECTORY, O_RDONLY, openFd } from "./fd.ts";

/** More than any file has that is read here. */
const MAX_TEXT = 65536;
const DIRECTORY_BUFFER = 32768;
/** Where d_reclen is in struct linux_dirent64; linux/dirent.h. */
const D_RECLEN = 16;
/** `.` and `..` */
const OWN_ENTRIES = 2;

const libc = openLibrary(LIBC, {
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
});

function withFile<T>(path: string, flags: number, body: (fd: number) => T): T {
  const fd = openFd(path, O_RDONLY | O_CLOEXEC | flags, 0);
  try {
    return body(fd);
  } finally {
    closeFd(fd);
  }
}

/**
 * The text of a file.
 *
 * @param path absolute path
 * @returns at most 64 KiB of it
 * @throws {ErrnoError} ENOENT, EACCES; ESRCH when the process has ended
 */
export function readProc(path: string): string {
  return withFile(path, 0, (fd) => {
    const bytes = new Uint8Array(MAX_TEXT);
    let length = 0;
    while (length < MAX_TEXT) {
      const rest = bytes.subarray(length);
      const n = check(Number(libc.read(fd, rest, BigInt(rest.length))), `read ${path}`);
      if (n === 0) break;
      length += n;
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  });
}

/**
 * How many entries a directory has, such as /proc/self/fd, where the descriptor that is opened for it is
 * one of them.
 *
 * @param path absolute path
 * @throws {ErrnoError} ENOENT, EACCES
 */
export function countProcEntries(path: string): number {
  return withFile(path, O_DIRECTORY, (fd) => {
    const bytes = new Uint8Array(DIRECTORY_BUFFER);
    const view = new DataView(bytes.buffer);
    let count = -OWN_ENTRIES;
    for (;;) {
      const n = check(Number(libc.getdents64(fd, bytes, BigInt(bytes.length))), `list ${path}`);
      if (n === 0) return count;
      for (let at = 0; at < n; at += view.getUint16(at + D_RECLEN, true)) count++;
    }
  });
}
