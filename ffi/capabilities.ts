/**
 * Capabilities and credentials of this process: capabilities(7), credentials(7).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";

/** Capabilities that are asked for by name; linux/capability.h. */
export const Capability = {
  DAC_OVERRIDE: 1,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
} as const;

const LINUX_CAPABILITY_VERSION_3 = 0x2008_0522; // linux/capability.h
const MAX_GROUPS = 65_536; // NGROUPS_MAX of linux/limits.h
const PR_SET_KEEPCAPS = 8; // linux/prctl.h
const PR_CAPBSET_READ = 23; // linux/prctl.h
const PR_CAPBSET_DROP = 24; // linux/prctl.h
const PR_CAP_AMBIENT = 47; // linux/prctl.h
const PR_CAP_AMBIENT_CLEAR_ALL = 4n; // linux/prctl.h

const libc = openLibrary(LIBC, {
  capget: { parameters: ["buffer", "buffer"], result: "i32" },
  capset: { parameters: ["buffer", "buffer"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  getgroups: { parameters: ["i32", "buffer"], result: "i32" },
  getresgid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  getresuid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  setgroups: { parameters: ["usize", "buffer"], result: "i32" },
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
});

// struct __user_cap_header_struct { __u32 version; int pid; }, pid 0 = this thread.
const header = () => Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0);

/** struct __user_cap_data_struct { __u32 effective, permitted, inheritable; }, twice 32 bits. */
function readCapabilities(): Uint32Array {
  const data = new Uint32Array(6);
  check(libc.capget(header(), data), "capget");
  return data;
}

/**
 * The capabilities in force, one bit for each.
 *
 * @returns bit n is {@linkcode Capability} n
 */
export function effectiveCapabilities(): bigint {
  const data = readCapabilities();
  return BigInt(data[3]) << 32n | BigInt(data[0]);
}

/**
 * Whether a capability is in force.
 *
 * @param capability one of {@linkcode Capability}
 */
export function hasCapability(capability: number): boolean {
  return (effectiveCapabilities() >> BigInt(capability) & 1n) === 1n;
}

/**
 * Empties the bounding set, so that no exec can bring a capability back.
 *
 * @throws {ErrnoError} EPERM without CAP_SETPCAP, unless the set is empty
 */
export function dropBoundingSet(): void {
  // The kernel answers EINVAL after the last capability it knows.
  for (let capability = 0n;; capability++) {
    const present = libc.prctl(PR_CAPBSET_READ, capability, 0n, 0n, 0n);
    if (present === -1) return;
    if (present === 1) {
      check(libc.prctl(PR_CAPBSET_DROP, capability, 0n, 0n, 0n), "drop from the bounding set");
    }
  }
}

/**
 * The bounding set: what an exec could give at the most.
 *
 * @returns bit n is {@linkcode Capability} n
 */
export function boundingSet(): bigint {
  let set = 0n;
  for (let capability = 0n;; capability++) {
    const present = libc.prctl(PR_CAPBSET_READ, capability, 0n, 0n, 0n);
    if (present === -1) return set;
    if (present === 1) set |= 1n << capability;
  }
}

/** A set as three bit masks in one word each of {@linkcode readCapabilities}. */
function halves(set: bigint): [low: number, high: number] {
  return [Number(set & 0xffff_ffffn), Number(set >> 32n)];
}

/**
 * The capabilities that can be put in force, one bit for each.
 *
 * @returns bit n is {@linkcode Capability} n
 */
export function permittedCapabilities(): bigint {
  const data = readCapabilities();
  return BigInt(data[4]) << 32n | BigInt(data[1]);
}

/**
 * Gives up what is not permitted any more, and puts in force what is. The inheritable and the ambient set
 * become empty, so that an exec passes nothing on.
 *
 * @param permitted bit n is {@linkcode Capability} n
 * @param effective a part of `permitted`
 * @throws {ErrnoError} EPERM for what is not permitted now
 */
export function setCapabilities(permitted: bigint, effective: bigint): void {
  check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0n, 0n, 0n), "clear ambient set");
  const [permittedLow, permittedHigh] = halves(permitted);
  const [effectiveLow, effectiveHigh] = halves(effective);
  const data = Uint32Array.of(effectiveLow, permittedLow, 0, effectiveHigh, permittedHigh, 0);
  check(libc.capset(header(), data), "capset");
}

/**
 * Lets the permitted capabilities survive the next change of user; none of them is in force after it.
 *
 * @throws {ErrnoError} EPERM when a secure bit forbids it
 */
export function keepCapabilities(): void {
  check(libc.prctl(PR_SET_KEEPCAPS, 1n, 0n, 0n, 0n), "keep capabilities");
}

/**
 * Gives up every effective, permitted, inheritable and ambient capability, and makes sure of it.
 *
 * @throws {ErrnoError} when the kernel refuses
 * @throws {Error} when a capability is left all the same
 */
export function clearCapabilities(): void {
  check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0n, 0n, 0n), "clear ambient set");
  check(libc.capset(header(), new Uint32Array(6)), "capset");
  if (readCapabilities().some((word) => word !== 0)) {
    throw new Error("Cannot clear capabilities: some are left");
  }
}

/**
 * Whether this process is a user other than root in every respect, and in no group but one.
 *
 * @throws {ErrnoError} when the kernel refuses to tell
 */
export function isOrdinaryUser(): boolean {
  const [uid, euid, savedUid] = [1, 1, 1].map((length) => new Uint32Array(length));
  const [gid, egid, savedGid] = [1, 1, 1].map((length) => new Uint32Array(length));
  check(libc.getresuid(uid, euid, savedUid), "getresuid");
  check(libc.getresgid(gid, egid, savedGid), "getresgid");
  const groups = new Uint32Array(MAX_GROUPS);
  const count = check(libc.getgroups(groups.length, groups), "getgroups");
  return uid[0] !== 0 && [euid, savedUid].every(([id]) => id === uid[0]) &&
    gid[0] !== 0 && [egid, savedGid].every(([id]) => id === gid[0]) &&
    groups.subarray(0, count).every((id) => id === gid[0]);
}

/**
 * Sets the supplementary groups.
 *
 * @param groups group ids
 * @throws {ErrnoError} EPERM without CAP_SETGID, or in a user namespace without a group map
 */
export function setGroups(groups: readonly number[]): void {
  check(libc.setgroups(BigInt(groups.length), Uint32Array.from(groups)), "setgroups");
}

/**
 * Sets the real, effective and saved group id.
 *
 * @param gid group id
 * @throws {ErrnoError} EPERM without CAP_SETGID, EINVAL when the user namespace does not map it
 */
export function setGid(gid: number): void {
  check(libc.setresgid(gid, gid, gid), `setresgid ${gid}`);
}

/**
 * Sets the real, effective and saved user id. Leaving 0 clears the capabilities.
 *
 * @param uid user id
 * @throws {ErrnoError} EPERM without CAP_SETUID, EINVAL when the user namespace does not map it
 */
export function setUid(uid: number): void {
  check(libc.setresuid(uid, uid, uid), `setresuid ${uid}`);
}
