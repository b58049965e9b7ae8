/**
 * Landlock: an unprivileged process gives up access to files, to TCP ports and to processes outside
 * its domain (landlock(7)). Works in addition to permissions and namespaces, and on the initial
 * ramfs, which cannot be left by pivot_root.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";

// asm/unistd_64.h; glibc has no functions for them.
const SYS_LANDLOCK_CREATE_RULESET = 444n;
const SYS_LANDLOCK_RESTRICT_SELF = 446n;
const LANDLOCK_CREATE_RULESET_VERSION = 1n; // linux/landlock.h

/** Number of LANDLOCK_ACCESS_FS_* rights of each ABI from 0; the newest known holds for later ones. */
const FILE_RIGHTS = [0n, 13n, 14n, 15n, 15n, 16n];
/** LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP, since ABI 4. */
const NET_RIGHTS = 0x3n;
/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL, since ABI 6. */
const SCOPES = 0x3n;

const libc = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "buffer", "u64", "u64"], result: "i32" },
});
// The same function with a number in place of the pointer.
const onNumbers = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "i64", "i64"], result: "i32" },
});

/**
 * The version of Landlock that the kernel speaks.
 *
 * @returns 1 or more; 0 when the kernel has none or it is switched off
 */
export function landlockAbi(): number {
  const abi = libc.syscall(SYS_LANDLOCK_CREATE_RULESET, null, 0n, LANDLOCK_CREATE_RULESET_VERSION);
  return Math.max(abi, 0);
}

/**
 * The `struct landlock_ruleset_attr` that names every right of an ABI, as long as that ABI knows it.
 *
 * @param abi 1 or more
 * @returns 8, 16 or 24 bytes
 */
export function everyRight(abi: number): Uint8Array {
  const bits = FILE_RIGHTS[Math.min(abi, FILE_RIGHTS.length - 1)];
  const rights = [(1n << bits) - 1n];
  if (abi >= 4) rights.push(NET_RIGHTS);
  if (abi >= 6) rights.push(SCOPES);
  return new Uint8Array(BigUint64Array.from(rights).buffer);
}

/**
 * Gives up every right that Landlock handles, for this thread and what it starts. What is open stays
 * open. Needs no_new_privs (or CAP_SYS_ADMIN) and one free descriptor.
 *
 * @param abi what {@linkcode landlockAbi} returned, 1 or more
 * @throws {ErrnoError} EPERM without no_new_privs, EMFILE
 */
export function restrictAll(abi: number): void {
  const attributes = everyRight(abi);
  const ruleset = check(
    libc.syscall(SYS_LANDLOCK_CREATE_RULESET, attributes, BigInt(attributes.length), 0n),
    "landlock_create_ruleset",
  );
  try {
    check(
      onNumbers.syscall(SYS_LANDLOCK_RESTRICT_SELF, BigInt(ruleset), 0n),
      "landlock_restrict_self",
    );
  } finally {
    closeFd(ruleset);
  }
}
