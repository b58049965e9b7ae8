/**
 * Signals as something to read: blocked for delivery, and taken from a signalfd(2).
 *
 * A mask belongs to a thread. With V8's worker threads present, a signal sent to the process would
 * be delivered to one of those instead; the program is built with `--single-threaded`.
 *
 * @module
 */

import { check, Errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { readFd } from "./fd.ts";

/** Signal numbers by name; asm/signal.h of x86. */
export const Signal = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

const SIG_BLOCK = 0; // asm-generic/signal-defs.h
const SIG_DFL = 0n; // asm-generic/signal-defs.h
const SFD_NONBLOCK = 0o4000; // linux/signalfd.h
const SFD_CLOEXEC = 0o2000000; // linux/signalfd.h
const SIGSET_SIZE = 128; // glibc's sigset_t
const SIGINFO_SIZE = 128; // struct signalfd_siginfo, linux/signalfd.h; u32 ssi_signo comes first

const libc = openLibrary(LIBC, {
  pthread_sigmask: { parameters: ["i32", "buffer", "pointer"], result: "i32" },
  signal: { parameters: ["i32", "usize"], result: "i64" },
  signalfd: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

function signalSet(signals: readonly number[]): Uint8Array {
  const set = new Uint8Array(SIGSET_SIZE);
  for (const signal of signals) {
    if (!(signal >= 1 && signal <= 64)) throw new RangeError(`Cannot use signal ${signal}`);
    set[(signal - 1) >> 3] |= 1 << ((signal - 1) & 7);
  }
  return set;
}

/**
 * Blocks signals in this thread, in addition to those blocked already.
 *
 * @param signals signal numbers, see {@linkcode Signal}
 * @throws {RangeError} when one is not a signal number
 */
export function blockSignals(signals: readonly number[]): void {
  const code = libc.pthread_sigmask(SIG_BLOCK, signalSet(signals), null);
  if (code !== 0) throw new ErrnoError("pthread_sigmask", code); // returns it; errno is not set
}

/**
 * Gives a signal its default action, whatever was inherited. An ignored SIGCHLD, which an exec
 * passes on, makes the kernel reap children by itself: their exit status is lost, and their process
 * ids may be another process's.
 *
 * @param signal signal number, see {@linkcode Signal}
 * @throws {ErrnoError} EINVAL when it is not a signal number, or one that cannot be handled
 */
export function setDefaultAction(signal: number): void {
  check(Number(libc.signal(signal, SIG_DFL)), "signal");
}

/**
 * Opens a descriptor from which signals are read; non-blocking, close-on-exec. Only signals that
 * are blocked arrive there, see {@linkcode blockSignals}.
 *
 * @param signals signal numbers, see {@linkcode Signal}
 * @returns the descriptor
 * @throws {RangeError} when one is not a signal number
 * @throws {ErrnoError} EMFILE, ENFILE, ENOMEM
 */
export function openSignalFd(signals: readonly number[]): number {
  return check(libc.signalfd(-1, signalSet(signals), SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
}

const siginfo = new Uint8Array(SIGINFO_SIZE);
const signo = new Uint32Array(siginfo.buffer, 0, 1);

/**
 * Takes one pending signal.
 *
 * @param fd descriptor made by {@linkcode openSignalFd}
 * @returns the signal number, or null when none is pending
 * @throws {ErrnoError} when the descriptor is not a signalfd
 */
export function readSignal(fd: number): number | null {
  const n = readFd(fd, siginfo);
  if (n === SIGINFO_SIZE) return signo[0];
  if (n === -Errno.EAGAIN) return null;
  throw new ErrnoError("read signalfd", n < 0 ? -n : Errno.EINVAL);
}
