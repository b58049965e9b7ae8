/**
 * Starting a process by posix_spawn(3): this program once more from /proc/self/exe, or another one.
 *
 * fork(2) is no choice: V8 marks its heap so that a forked child does not get it.
 *
 * @module
 */

import { ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, duplicateAbove } from "./fd.ts";
import { addressOf, cString, fixedMemory } from "./memory.ts";

const POSIX_SPAWN_SETPGROUP = 0x02; // spawn.h
const POSIX_SPAWN_SETSIGDEF = 0x04; // spawn.h
const POSIX_SPAWN_SETSIGMASK = 0x08; // spawn.h
const POSIX_SPAWN_SETSID = 0x80; // spawn.h
const FILE_ACTIONS_SIZE = 80; // posix_spawn_file_actions_t of glibc, x86-64
const ATTRIBUTES_SIZE = 336; // posix_spawnattr_t of glibc, x86-64
const SIGSET_SIZE = 128; // sigset_t of glibc

/** Where the sources wait, out of the way of the numbers they are given in the child. */
const FIRST_SOURCE = 64;

const EXECUTABLE = "/proc/self/exe";

const libc = openLibrary(LIBC, {
  posix_spawn: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_addclosefrom_np: { parameters: ["buffer", "i32"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
});

// The posix_spawn family returns the error number and does not set errno.
function requireZero(code: number, call: string): void {
  if (code !== 0) throw new ErrnoError(call, code);
}

/**
 * A null-terminated vector of strings as `char *const argv[]`, the strings behind the pointers in
 * one block, which must stay referenced as long as it is in use.
 *
 * @param strings the strings
 * @param what what they are, for the message
 * @throws {TypeError} when one holds a zero byte
 */
export function stringVector(strings: readonly string[], what: string): Uint8Array {
  const encoded = strings.map((text) => cString(text, what));
  const pointersSize = (strings.length + 1) * 8;
  const block = fixedMemory(encoded.reduce((size, text) => size + text.length, pointersSize));
  const pointers = new DataView(block.buffer);
  const base = addressOf(block);
  let offset = pointersSize;
  encoded.forEach((text, i) => {
    pointers.setBigUint64(i * 8, base + BigInt(offset), true);
    block.set(text, offset);
    offset += text.length;
  });
  return block;
}

/**
 * asm-generic/signal.h: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS.
 * The kernel raises them for what a process does itself.
 */
const OWN_SIGNALS: readonly number[] = [4, 5, 6, 7, 8, 11, 24, 25, 31];

/** A `sigset_t` of all signals but {@linkcode OWN_SIGNALS}. */
function othersSignals(): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(SIGSET_SIZE).fill(0xff);
  for (const signal of OWN_SIGNALS) set[(signal - 1) >> 3] &= ~(1 << ((signal - 1) & 7));
  return set;
}

/** What makes a child of ours different from a foreign program. */
interface SpawnAttributes {
  /** A `sigset_t` of what is blocked in the child. */
  readonly blocked: Uint8Array<ArrayBuffer>;
  /** Further POSIX_SPAWN_… flags. */
  readonly flags: number;
}

function withAttributes(
  { blocked, flags }: SpawnAttributes,
  use: (attributes: Uint8Array) => void,
): void {
  const attributes = fixedMemory(ATTRIBUTES_SIZE);
  requireZero(libc.posix_spawnattr_init(attributes), "posix_spawnattr_init");
  try {
    requireZero(
      libc.posix_spawnattr_setflags(
        attributes,
        POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | flags,
      ),
      "posix_spawnattr_setflags",
    );
    requireZero(
      libc.posix_spawnattr_setsigdefault(attributes, new Uint8Array(SIGSET_SIZE).fill(0xff)),
      "posix_spawnattr_setsigdefault",
    );
    requireZero(
      libc.posix_spawnattr_setsigmask(attributes, blocked),
      "posix_spawnattr_setsigmask",
    );
    use(attributes);
  } finally {
    libc.posix_spawnattr_destroy(attributes);
  }
}

function withFileActions(
  sources: readonly number[],
  use: (actions: Uint8Array) => void,
): void {
  const actions = fixedMemory(FILE_ACTIONS_SIZE);
  requireZero(libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
  try {
    sources.forEach((source, target) =>
      requireZero(
        libc.posix_spawn_file_actions_adddup2(actions, source, target),
        "posix_spawn_file_actions_adddup2",
      )
    );
    requireZero(
      libc.posix_spawn_file_actions_addclosefrom_np(actions, sources.length),
      "posix_spawn_file_actions_addclosefrom_np",
    );
    use(actions);
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
  }
}

function spawn(
  path: string,
  argv: readonly string[],
  env: readonly string[],
  fds: readonly number[],
  how: SpawnAttributes,
): number {
  const pathText = cString(path, "path");
  const argvBlock = stringVector(argv, "argument");
  const envBlock = stringVector(env, "environment");
  const pid = new Int32Array(1);
  const sources: number[] = [];
  try {
    const lowest = Math.max(FIRST_SOURCE, fds.length);
    for (const fd of fds) sources.push(duplicateAbove(fd, lowest));
    withFileActions(sources, (actions) =>
      withAttributes(how, (attributes) =>
        requireZero(
          libc.posix_spawn(pid, pathText, actions, attributes, argvBlock, envBlock),
          `posix_spawn ${path}`,
        )));
  } finally {
    for (const source of sources) closeFd(source);
  }
  return pid[0];
}

/**
 * Starts this program's own executable as a child. The child has `fds[i]` as descriptor i and no
 * other, the default action for every signal, and blocked what others may send it: a signal of a
 * terminal or a service manager to a whole group is for the parent, which ends the child by SIGKILL. The caller keeps `fds`.
 *
 * Needs the `ffi` permission and /proc. Fails once the executable file has been removed, as an
 * upgrade does. The executable is Deno in a test, and the compiled program otherwise.
 *
 * @param argv the arguments, argv[0] (a name for the process) included
 * @param env the environment as `NAME=value`; nothing is inherited
 * @param fds descriptors of this process; the same one may occur more than once
 * @returns process id of the child, which the caller has to reap
 * @throws {TypeError} when a string holds a zero byte
 * @throws {ErrnoError} EBADF for a descriptor that is not open; ENOENT, EAGAIN, EMFILE and others;
 * after a failure no child exists and no descriptor is left open
 */
export function spawnSelf(
  argv: readonly string[],
  env: readonly string[],
  fds: readonly number[],
): number {
  return spawnHelper(EXECUTABLE, argv, env, fds);
}

/**
 * Starts this program's own executable as a child in a session of its own, which no terminal reaches and
 * which is meant to outlive this process. No signal is blocked in it; else as {@linkcode spawnSelf}.
 *
 * @param argv as for `spawnSelf`
 * @param env as for `spawnSelf`
 * @param fds as for `spawnSelf`
 * @returns process id of the child, whom init reaps if this process ends first
 * @throws {TypeError | ErrnoError} as `spawnSelf` does
 */
export function spawnDetached(
  argv: readonly string[],
  env: readonly string[],
  fds: readonly number[],
): number {
  return spawn(EXECUTABLE, argv, env, fds, {
    blocked: new Uint8Array(SIGSET_SIZE),
    flags: POSIX_SPAWN_SETSID,
  });
}

/**
 * Starts another program that is a part of this one, with the signals of {@linkcode spawnSelf}.
 *
 * @param path the program
 * @param argv as for `spawnSelf`
 * @param env as for `spawnSelf`
 * @param fds as for `spawnSelf`
 * @returns process id of the child, which the caller has to reap
 * @throws {TypeError | ErrnoError} as `spawnSelf` does
 */
export function spawnHelper(
  path: string,
  argv: readonly string[],
  env: readonly string[],
  fds: readonly number[],
): number {
  return spawn(path, argv, env, fds, { blocked: othersSignals(), flags: 0 });
}

/**
 * Starts another program as execve(2) does: no shell, and no search for it. The child has `fds[i]` as
 * descriptor i and no other, the default action for every signal, none of them blocked, and a process
 * group of its own, so that what a terminal sends to the group of the parent (Ctrl-C) does not reach it.
 * The caller keeps `fds`.
 *
 * Needs the `ffi` permission.
 *
 * @param path the program: absolute, or from the working directory
 * @param argv the arguments, argv[0] included
 * @param env the environment as `NAME=value`; nothing is inherited
 * @param fds descriptors of this process; the same one may occur more than once
 * @returns process id of the child, which the caller has to reap
 * @throws {TypeError} when a string holds a zero byte
 * @throws {ErrnoError} ENOENT, EACCES, ENOEXEC (a script without `#!`) and as {@linkcode spawnSelf};
 * after a failure no child exists and no descriptor is left open
 */
export function spawnProgram(
  path: string,
  argv: readonly string[],
  env: readonly string[],
  fds: readonly number[],
): number {
  // The attribute's process group is 0 from the start: the child's own id.
  return spawn(path, argv, env, fds, {
    blocked: new Uint8Array(SIGSET_SIZE),
    flags: POSIX_SPAWN_SETPGROUP,
  });
}
