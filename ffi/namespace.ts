/**
 * Namespaces and mounts: namespaces(7), mount(2), pivot_root(2).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";

/** Kinds of namespace; linux/sched.h. */
export const Clone = {
  NEWNS: 0x0002_0000,
  NEWCGROUP: 0x0200_0000,
  NEWUTS: 0x0400_0000,
  NEWIPC: 0x0800_0000,
  NEWUSER: 0x1000_0000,
  NEWPID: 0x2000_0000,
  NEWNET: 0x4000_0000,
} as const;

/** Flags of {@linkcode mount}; linux/mount.h. */
export const MountFlag = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  REMOUNT: 0x20,
  BIND: 0x1000,
  MOVE: 0x2000,
  REC: 0x4000,
  PRIVATE: 0x4_0000,
} as const;

/** Flag of {@linkcode unmount}: detach now, release when the last user is gone; linux/fs.h. */
export const MNT_DETACH = 2;

const libc = openLibrary(LIBC, {
  unshare: { parameters: ["i32"], result: "i32" },
  mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
  syscall: { parameters: ["i64", "buffer", "buffer"], result: "i32" },
  chroot: { parameters: ["buffer"], result: "i32" },
  chdir: { parameters: ["buffer"], result: "i32" },
});

const SYS_PIVOT_ROOT = 155n; // asm/unistd_64.h; glibc has the function, other C libraries do not

/**
 * Moves this process into new namespaces, all at once or not at all. With NEWPID it is the next
 * child that is in the new one.
 *
 * @param flags {@linkcode Clone} bits
 * @throws {ErrnoError} EPERM without CAP_SYS_ADMIN, unless NEWUSER is among them; EINVAL for
 *   NEWUSER in a process with several threads; ENOSPC when there are too many
 */
export function unshare(flags: number): void {
  check(libc.unshare(flags), "unshare");
}

/**
 * Mounts a file system, or changes what is mounted.
 *
 * @param source device or file system name, or null where the kernel ignores it
 * @param target path of the mount point
 * @param type file system type, or null where the kernel ignores it
 * @param flags {@linkcode MountFlag} bits
 * @param data options of the file system, separated by commas, or null
 * @throws {ErrnoError} EPERM without CAP_SYS_ADMIN in the mount namespace, and as mount(2) says
 */
export function mount(
  source: string | null,
  target: string,
  type: string | null,
  flags: number,
  data: string | null,
): void {
  const optional = (text: string | null) => text === null ? null : cString(text, "mount");
  check(
    libc.mount(
      optional(source),
      cString(target, "path"),
      optional(type),
      BigInt(flags),
      optional(data),
    ),
    `mount ${target}`,
  );
}

/**
 * Unmounts what is mounted uppermost at a path.
 *
 * @param target path
 * @param flags 0 or {@linkcode MNT_DETACH}
 * @throws {ErrnoError} EINVAL when it is no mount point, EBUSY, EPERM
 */
export function unmount(target: string, flags: number): void {
  check(libc.umount2(cString(target, "path"), flags), `unmount ${target}`);
}

/**
 * Makes a mount the root of the mount namespace and puts the old root below it. With `.` for both,
 * the old root lies on top of the new one until it is unmounted (pivot_root(2), NOTES).
 *
 * @param newRoot path of a mount point
 * @param putOld path of a directory at or below it
 * @throws {ErrnoError} EINVAL on the initial ramfs, where the root cannot be replaced; EPERM
 */
export function pivotRoot(newRoot: string, putOld: string): void {
  check(
    libc.syscall(SYS_PIVOT_ROOT, cString(newRoot, "path"), cString(putOld, "path")),
    "pivot_root",
  );
}

/**
 * Makes a directory the root of this process. The working directory stays where it is.
 *
 * @param path path of a directory
 * @throws {ErrnoError} EPERM without CAP_SYS_CHROOT, ENOENT, ENOTDIR
 */
export function chroot(path: string): void {
  check(libc.chroot(cString(path, "path")), `chroot to ${path}`);
}

/**
 * Changes the working directory.
 *
 * @param path path of a directory
 * @throws {ErrnoError} ENOENT, ENOTDIR, EACCES
 */
export function chdir(path: string): void {
  check(libc.chdir(cString(path, "path")), `change directory to ${path}`);
}
