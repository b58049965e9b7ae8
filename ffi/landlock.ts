/**
 * Landlock: an unprivileged process gives up access to files, to TCP ports and to processes outside
 * its domain (landlock(7)), but for what it names. Works in addition to permissions and namespaces, and on the initial
 * ramfs, which cannot be left by pivot_root.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_CLOEXEC, O_PATH, openFd } from "./fd.ts";
import { descriptorStatus } from "./file_status.ts";
import { addressOf, fixedMemory } from "./memory.ts";

// asm/unistd_64.h; glibc has no functions for them.
const SYS_LANDLOCK_CREATE_RULESET = 444n;
const SYS_LANDLOCK_ADD_RULE = 445n;
const SYS_LANDLOCK_RESTRICT_SELF = 446n;
const LANDLOCK_CREATE_RULESET_VERSION = 1n; // linux/landlock.h

const LANDLOCK_RULE_PATH_BENEATH = 1n; // linux/landlock.h
const LANDLOCK_RULE_NET_PORT = 2n; // linux/landlock.h

/** Rights to a file or to what lies below a directory; LANDLOCK_ACCESS_FS_* of linux/landlock.h. */
export const FileRight = {
  WRITE_FILE: 1 << 1,
  READ_FILE: 1 << 2,
  READ_DIR: 1 << 3,
  REMOVE_DIR: 1 << 4,
  REMOVE_FILE: 1 << 5,
  MAKE_DIR: 1 << 7,
  MAKE_REG: 1 << 8,
  MAKE_SOCK: 1 << 9,
  TRUNCATE: 1 << 14,
} as const;

/** The rights that a file itself can have; the others are a directory's. */
const RIGHTS_OF_FILES = FileRight.WRITE_FILE | FileRight.READ_FILE | FileRight.TRUNCATE;

/** LANDLOCK_ACCESS_NET_BIND_TCP of linux/landlock.h. */
const BIND_TCP = 1n;

/** What stays allowed at one place. */
export interface PathRule {
  /** A file or a directory. */
  readonly path: string;
  /** Of {@linkcode FileRight}, together. */
  readonly rights: number;
}

/** What stays allowed. */
export interface LandlockRules {
  /** Files. */
  readonly paths: readonly PathRule[];
  /** TCP ports that may be listened on. */
  readonly bindPorts: readonly number[];
}

/** Number of LANDLOCK_ACCESS_FS_* rights of each ABI from 0; the newest known holds for later ones. */
const FILE_RIGHTS = [0n, 13n, 14n, 15n, 15n, 16n];
/** LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP, since ABI 4. */
const NET_RIGHTS = 0x3n;
/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL, since ABI 6. */
const SCOPES = 0x3n;
const SCOPE_SIGNAL = 0x2n;

const libc = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "buffer", "u64", "u64"], result: "i32" },
});
// The same function with a number in place of the pointer.
const onNumbers = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "i64", "i64"], result: "i32" },
});
const onAddresses = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "i64", "i64", "u64", "u64"], result: "i32" },
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
export function everyRight(abi: number): Uint8Array<ArrayBuffer> {
  const bits = FILE_RIGHTS[Math.min(abi, FILE_RIGHTS.length - 1)];
  const rights = [(1n << bits) - 1n];
  if (abi >= 4) rights.push(NET_RIGHTS);
  if (abi >= 6) rights.push(SCOPES);
  return new Uint8Array(BigUint64Array.from(rights).buffer);
}

function createRuleset(attributes: Uint8Array): number {
  return check(
    libc.syscall(SYS_LANDLOCK_CREATE_RULESET, attributes, BigInt(attributes.length), 0n),
    "landlock_create_ruleset",
  );
}

/** Puts the ruleset in force and closes it. */
function restrictSelf(ruleset: number): void {
  check(
    onNumbers.syscall(SYS_LANDLOCK_RESTRICT_SELF, BigInt(ruleset), 0n),
    "landlock_restrict_self",
  );
}

/**
 * Gives up every right that Landlock handles, for this thread and what it starts. What is open stays
 * open. Needs no_new_privs (or CAP_SYS_ADMIN) and one free descriptor.
 *
 * @param abi what {@linkcode landlockAbi} returned, 1 or more
 * @throws {ErrnoError} EPERM without no_new_privs, EMFILE
 */
export function restrictAll(abi: number): void {
  const ruleset = createRuleset(everyRight(abi));
  try {
    restrictSelf(ruleset);
  } finally {
    closeFd(ruleset);
  }
}

function addRule(ruleset: number, type: bigint, attributes: Uint8Array<ArrayBuffer>): void {
  check(
    onAddresses.syscall(SYS_LANDLOCK_ADD_RULE, BigInt(ruleset), type, addressOf(attributes), 0n),
    "landlock_add_rule",
  );
}

function allowPath(ruleset: number, { path, rights }: PathRule, known: bigint): void {
  const fd = openFd(path, O_PATH | O_CLOEXEC, 0);
  try {
    const allowed = descriptorStatus(fd).isDirectory ? rights : rights & RIGHTS_OF_FILES;
    // struct landlock_path_beneath_attr { __u64 allowed_access; __s32 parent_fd; }, packed
    const attributes = fixedMemory(12);
    const view = new DataView(attributes.buffer);
    view.setBigUint64(0, BigInt(allowed) & known, true);
    view.setInt32(8, fd, true);
    addRule(ruleset, LANDLOCK_RULE_PATH_BENEATH, attributes);
  } finally {
    closeFd(fd);
  }
}

/**
 * Gives up every right that Landlock handles but for those named and for connecting to abstract AF_UNIX
 * sockets, for this thread and what it starts. What is open stays open. Needs no_new_privs (or CAP_SYS_ADMIN) and two free descriptors.
 *
 * @param abi what {@linkcode landlockAbi} returned, 1 or more; what it does not handle stays allowed
 * @param rules what stays allowed
 * @throws {ErrnoError} ENOENT and others of open(2) for a path, EPERM without no_new_privs, EMFILE
 */
export function restrictTo(abi: number, { paths, bindPorts }: LandlockRules): void {
  const attributes = everyRight(abi);
  const words = new BigUint64Array(attributes.buffer);
  if (abi >= 6) words[2] = SCOPE_SIGNAL;
  const ruleset = createRuleset(attributes);
  try {
    for (const rule of paths) allowPath(ruleset, rule, words[0]);
    for (const port of abi >= 4 ? bindPorts : []) {
      // struct landlock_net_port_attr { __u64 allowed_access, port; }
      const attributes = fixedMemory(16);
      new BigUint64Array(attributes.buffer, 0, 2).set([BIND_TCP, BigInt(port)]);
      addRule(ruleset, LANDLOCK_RULE_NET_PORT, attributes);
    }
    restrictSelf(ruleset);
  } finally {
    closeFd(ruleset);
  }
}
