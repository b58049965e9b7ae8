/**
 * Files that exist in memory only (memfd_create(2)).
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, writeFd } from "./fd.ts";
import { cString } from "./memory.ts";

const MFD_CLOEXEC = 0x1; // linux/memfd.h
const MFD_ALLOW_SEALING = 0x2; // linux/memfd.h
const MFD_EXEC = 0x10; // linux/memfd.h, since Linux 6.3
const F_ADD_SEALS = 1033; // linux/fcntl.h
/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE; linux/fcntl.h. */
const EVERY_SEAL = 0xf;

const libc = openLibrary(LIBC, {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

function create(name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const text = cString(name, "name");
  const fd = libc.memfd_create(text, flags | MFD_EXEC);
  if (fd !== -1 || errno() !== Errno.EINVAL) return check(fd, "memfd_create");
  return check(libc.memfd_create(text, flags), "memfd_create");
}

/**
 * Makes a program in memory that nobody can change any more. To execute it: `/proc/self/fd/N`.
 *
 * @param name shown in /proc, without meaning
 * @param content the whole file
 * @returns the descriptor, close-on-exec
 * @throws {ErrnoError} EMFILE, ENOMEM; EACCES where `vm.memfd_noexec` forbids programs in memory
 */
export function programInMemory(name: string, content: Uint8Array): number {
  const fd = create(name);
  try {
    const written = writeFd(fd, content, content.length);
    if (written !== content.length) throw new ErrnoError("write to memory", Errno.ENOMEM);
    check(libc.fcntl(fd, F_ADD_SEALS, EVERY_SEAL), "seal");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}
