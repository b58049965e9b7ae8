/**
 * Processes: watching, ending and reaping a child, and the attributes of this process.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";
import { Signal } from "./signal.ts";

const SYS_PIDFD_OPEN = 434n; // asm/unistd_64.h; glibc has a function for it only since 2.36
const WNOHANG = 1; // linux/wait.h
const PR_SET_PDEATHSIG = 1; // linux/prctl.h
const PR_SET_DUMPABLE = 4; // linux/prctl.h
const PR_SET_NO_NEW_PRIVS = 38; // linux/prctl.h

const libc = openLibrary(LIBC, {
  _exit: { parameters: ["i32"], result: "void" },
  geteuid: { parameters: [], result: "u32" },
  getpid: { parameters: [], result: "i32" },
  getppid: { parameters: [], result: "i32" },
  kill: { parameters: ["i32", "i32"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "i64"], result: "i32" },
  umask: { parameters: ["u32"], result: "u32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/** How a process ended: by returning an exit code, or by a signal. */
export type Exit = { exitCode: number } | { signal: number };

const status = new Int32Array(1);

// 0 and negative numbers address process groups, or every process there is: never meant here.
function requirePid(pid: number, verb: string): void {
  if (!(pid > 0)) throw new RangeError(`Cannot ${verb} process ${pid}`);
}

/**
 * Opens a descriptor that becomes readable when a process ends; close-on-exec.
 *
 * @param pid process id, of a child that has not been reaped as a rule
 * @returns the descriptor
 * @throws {RangeError} when `pid` is not positive
 * @throws {ErrnoError} ESRCH when there is no such process; ENOSYS before Linux 5.3
 */
export function pidfdOpen(pid: number): number {
  requirePid(pid, "watch");
  return check(libc.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n), "pidfd_open");
}

/**
 * Takes the exit status of a child, without waiting.
 *
 * @param pid process id of the child
 * @returns how it ended, or null when it is still running
 * @throws {RangeError} when `pid` is not positive
 * @throws {ErrnoError} ECHILD when it is not a child, or has been reaped
 */
export function reap(pid: number): Exit | null {
  requirePid(pid, "reap");
  for (;;) {
    const n = libc.waitpid(pid, status, WNOHANG);
    if (n === 0) return null;
    if (n === pid) break;
    const code = errno();
    if (code !== Errno.EINTR) throw new ErrnoError("waitpid", code);
  }
  // WTERMSIG, WEXITSTATUS: bits/waitstatus.h of glibc.
  const signal = status[0] & 0x7f;
  return signal === 0 ? { exitCode: (status[0] >> 8) & 0xff } : { signal };
}

/**
 * Sends a signal to one process. A process that has ended and is not reaped yet takes it in silence.
 *
 * @param pid process id
 * @param signal signal number; 0 only checks that the process exists
 * @throws {RangeError} when `pid` is not positive
 * @throws {ErrnoError} ESRCH, EPERM
 */
export function killProcess(pid: number, signal: number): void {
  requirePid(pid, "signal");
  check(libc.kill(pid, signal), "kill");
}

/**
 * Ends the process at once: no exit handler of Deno or C is run, so it works where seccomp would
 * not let `Deno.exit` through.
 *
 * @param code exit code, 0 to 255
 */
export function exitNow(code: number): never {
  libc._exit(code);
  throw new Error("unreachable: _exit returned");
}

/** The id of this process, in its own pid namespace. */
export function getPid(): number {
  return libc.getpid();
}

/** The effective user id of this process, in its own user namespace. */
export function getEffectiveUser(): number {
  return libc.geteuid();
}

/** The id of the parent: 0 when it lies outside the pid namespace, and another one's when it died. */
export function getParentPid(): number {
  return libc.getppid();
}

/**
 * Says whether the process may be traced by others of its user, leaves a core dump, and lets its
 * user into /proc/self. A change of user or an exec sets it anew.
 *
 * @param on false forbids
 * @throws {ErrnoError} EINVAL
 */
export function setDumpable(on: boolean): void {
  check(libc.prctl(PR_SET_DUMPABLE, on ? 1n : 0n, 0n, 0n, 0n), "set dumpable");
}

/**
 * Asks for a signal when the parent ends. A change of user or an exec of a set-user-id program
 * clears it. When the parent may have ended before the call, check {@linkcode getParentPid} after.
 *
 * @param signal signal number, 0 for none
 * @throws {ErrnoError} EINVAL when it is not a signal number
 */
export function setParentDeathSignal(signal: number): void {
  check(libc.prctl(PR_SET_PDEATHSIG, BigInt(signal), 0n, 0n, 0n), "set parent death signal");
}

/**
 * Gives up for good, for this thread and what it starts, any privilege that an exec could give.
 *
 * @throws {ErrnoError} EINVAL
 */
export function setNoNewPrivileges(): void {
  check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n), "set no_new_privs");
}

/**
 * Sets which permission bits a new file does not get.
 *
 * @param mask permission bits
 * @returns the mask before
 */
export function setUmask(mask: number): number {
  return libc.umask(mask);
}

const EXECUTABLE = cString("/proc/self/exe", "executable");
const PATH_MAX = 4096; // linux/limits.h
/** The kernel shows it behind the path of a file that has been removed (d_path() in fs/d_path.c). */
const DELETED = " (deleted)";

/**
 * Whether the file of this program has been removed or replaced since it was started, as an upgrade
 * does. Needs /proc.
 *
 * @throws {ErrnoError} ENOENT without /proc
 */
export function isExecutableDeleted(): boolean {
  const path = new Uint8Array(PATH_MAX + DELETED.length);
  const length = check(libc.readlink(EXECUTABLE, path, BigInt(path.length)), "readlink");
  return new TextDecoder().decode(path.subarray(0, length)).endsWith(DELETED);
}

/**
 * The name of a signal.
 *
 * @param signal signal number
 * @returns a name such as `SIGTERM`, or `signal 40` for one without a name
 */
export function signalName(signal: number): string {
  return Object.entries(Signal).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
