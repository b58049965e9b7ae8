/**
 * Group and mode of the file of an AF_UNIX socket (unix(7)). A path can lead elsewhere by the time that
 * it is used, if others may write to its directory; so the file is opened first, and looked at.
 *
 * @module
 */

import { check, Errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_CLOEXEC, O_NOFOLLOW, O_PATH, openFd } from "./fd.ts";
import { descriptorStatus } from "./file_status.ts";
import { cString } from "./memory.ts";

/** Leaves the owner or the group as it is (chown(2)). */
const SAME = 0xffff_ffff;

const libc = openLibrary(LIBC, {
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  chown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
});

/**
 * Sets who may connect to a socket.
 *
 * @param path of its file, in UTF-8, without a zero byte; no symbolic link
 * @param mode permission bits
 * @param group its number; null leaves it
 * @throws {ErrnoError} ENOTSOCK for something else, EPERM for a group that the process may not give it to
 */
export function setSocketAccess(path: string, mode: number, group: number | null): void {
  const fd = openFd(path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  try {
    if (!descriptorStatus(fd).isSocket) throw new ErrnoError(`grant ${path}`, Errno.ENOTSOCK);
    const file = cString(`/proc/self/fd/${fd}`, "path"); // neither call takes such a descriptor itself
    if (group !== null) check(libc.chown(file, SAME, group), `give ${path} to group ${group}`);
    check(libc.chmod(file, mode), `set the mode of ${path}`);
  } finally {
    closeFd(fd);
  }
}
