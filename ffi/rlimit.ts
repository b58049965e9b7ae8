/**
 * Resource limits: getrlimit(2) and setrlimit(2).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";

/** Resources; asm-generic/resource.h. */
export const Limit = {
  /** Bytes of data segment and private writable mappings. */
  DATA: 2,
  /** Bytes of a file that is written. */
  FSIZE: 1,
  /** Bytes of a core dump. */
  CORE: 4,
  /** Processes and threads of the user; does not bind root. */
  NPROC: 6,
  /** Highest descriptor + 1; also the most descriptors that ppoll takes. */
  NOFILE: 7,
  /** Bytes locked in memory. */
  MEMLOCK: 8,
} as const;

const libc = openLibrary(LIBC, {
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
});

/**
 * Sets the soft and the hard limit of this process, which cannot be raised again without privilege.
 *
 * @param resource one of {@linkcode Limit}
 * @param value in the resource's unit, a whole number of at least 0
 * @throws {ErrnoError} EPERM when it would raise the hard limit without CAP_SYS_RESOURCE
 * @throws {RangeError} when `value` is not a whole number
 */
export function setLimit(resource: number, value: number): void {
  // struct rlimit { rlim_t rlim_cur, rlim_max; }
  check(libc.setrlimit(resource, BigUint64Array.of(BigInt(value), BigInt(value))), "setrlimit");
}

/**
 * Raises the soft limit of this process to the hard one.
 *
 * @param resource one of {@linkcode Limit}
 * @returns the limit that holds now, in the resource's unit; "unlimited" is 2^64 or so
 * @throws {ErrnoError} EINVAL when there is no such resource
 */
export function raiseLimit(resource: number): number {
  const limits = new BigUint64Array(2);
  check(libc.getrlimit(resource, limits), "getrlimit");
  const [soft, hard] = limits;
  if (soft < hard) check(libc.setrlimit(resource, BigUint64Array.of(hard, hard)), "setrlimit");
  return Number(hard);
}
