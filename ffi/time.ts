/**
 * The clock that counts on while the machine sleeps, and a timer on it. A lease runs out by that
 * clock: with CLOCK_MONOTONIC a laptop would wake up and go on using an expired address.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { readFd } from "./fd.ts";

const CLOCK_REALTIME = 0; // linux/time.h
const CLOCK_MONOTONIC = 1; // linux/time.h
const CLOCK_BOOTTIME = 7; // linux/time.h
const TFD_TIMER_ABSTIME = 1; // linux/timerfd.h
const TFD_NONBLOCK = 0o4000; // linux/timerfd.h
const TFD_CLOEXEC = 0o2000000; // linux/timerfd.h
const TWO_32 = 0x1_0000_0000;

const libc = openLibrary(LIBC, {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  timerfd_create: { parameters: ["i32", "i32"], result: "i32" },
  timerfd_settime: { parameters: ["i32", "i32", "buffer", "pointer"], result: "i32" },
});

// struct timespec { time_t tv_sec; long tv_nsec; } as 32-bit halves, low one first.
const now = new Uint32Array(4);

/**
 * Time since boot, sleep included (CLOCK_BOOTTIME).
 *
 * @returns milliseconds, with a fraction down to about a nanosecond
 */
export function bootTimeMs(): number {
  check(libc.clock_gettime(CLOCK_BOOTTIME, now), "clock_gettime");
  return (now[1] * TWO_32 + now[0]) * 1000 + now[2] / 1e6;
}

/**
 * Time since boot, sleep not included (CLOCK_MONOTONIC): what service managers go by.
 *
 * @returns whole microseconds
 */
export function monotonicTimeUs(): number {
  check(libc.clock_gettime(CLOCK_MONOTONIC, now), "clock_gettime");
  return (now[1] * TWO_32 + now[0]) * 1e6 + Math.floor(now[2] / 1000);
}

/**
 * Time since 1970-01-01, in UTC (CLOCK_REALTIME).
 *
 * @returns nanoseconds
 */
export function wallTimeNs(): bigint {
  check(libc.clock_gettime(CLOCK_REALTIME, now), "clock_gettime");
  return BigInt(now[1] * TWO_32 + now[0]) * 1_000_000_000n + BigInt(now[2]);
}

/**
 * Makes a timer by the clock of {@linkcode monotonicTimeUs} for another program: a descriptor that is
 * non-blocking and close-on-exec, and not armed.
 *
 * @throws {ErrnoError} EMFILE, ENFILE
 */
export function monotonicTimer(): number {
  return check(
    libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
    "timerfd_create",
  );
}

/**
 * A descriptor that becomes readable at a set time, by the clock of {@linkcode bootTimeMs}. The
 * machine is not woken from sleep for it; it fires right after waking.
 */
export class TimerFd {
  /** The descriptor; non-blocking, close-on-exec. Whoever made the timer closes it. */
  readonly fd: number;
  // struct itimerspec { struct timespec it_interval, it_value; } as 32-bit halves.
  readonly #setting = new Uint32Array(8);
  readonly #expirations = new Uint8Array(8);

  /**
   * Makes a timer that is not armed.
   *
   * @throws {ErrnoError} EMFILE, ENFILE
   */
  constructor() {
    this.fd = check(
      libc.timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC),
      "timerfd_create",
    );
  }

  /**
   * Arms the timer for one moment, in place of any before, or disarms it. A moment in the past
   * fires at once. Takes back an expiry that has not been drained.
   *
   * @param bootMs the moment in milliseconds as from {@linkcode bootTimeMs}, rounded up to a whole
   * one; null disarms
   * @throws {ErrnoError} EBADF
   */
  armAt(bootMs: number | null): void {
    const setting = this.#setting;
    setting.fill(0);
    if (bootMs !== null) {
      const ms = Math.max(1, Math.ceil(bootMs)); // zero would disarm
      const seconds = Math.floor(ms / 1000);
      setting[4] = seconds % TWO_32;
      setting[5] = Math.floor(seconds / TWO_32);
      setting[6] = (ms % 1000) * 1_000_000;
    }
    check(libc.timerfd_settime(this.fd, TFD_TIMER_ABSTIME, setting, null), "timerfd_settime");
  }

  /** Takes the expiry, if any, so that the descriptor is no longer readable. */
  drain(): void {
    readFd(this.fd, this.#expirations);
  }
}
