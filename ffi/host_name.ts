/**
 * The name of this host, in its UTS namespace (uts_namespaces(7)).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";

/** Longest host name in bytes (linux/utsname.h, __NEW_UTS_LEN). */
export const MAX_HOST_NAME = 64;

const libc = openLibrary(LIBC, {
  gethostname: { parameters: ["buffer", "usize"], result: "i32" },
  sethostname: { parameters: ["buffer", "usize"], result: "i32" },
});

/**
 * The kernel's name of this host.
 *
 * @returns the name; `(none)` as long as nobody has set one
 * @throws {ErrnoError} never, as far as is known
 */
export function getHostName(): string {
  const name = new Uint8Array(MAX_HOST_NAME + 1);
  check(libc.gethostname(name, BigInt(name.length)), "gethostname");
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

/**
 * Gives this host a name.
 *
 * @param name at most {@linkcode MAX_HOST_NAME} bytes
 * @throws {ErrnoError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the UTS
 *   namespace; EINVAL for a longer name
 */
export function setHostName(name: string): void {
  const bytes = new TextEncoder().encode(name);
  check(libc.sethostname(bytes, BigInt(bytes.length)), "sethostname");
}
