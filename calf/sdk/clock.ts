/**
 * Time without 64-bit numbers: a {@linkcode Clock} unfolds the host's u32 milliseconds (which wrap
 * after 49.7 days) into seconds and milliseconds, so that a {@linkcode Timer} can hold a DHCP lease
 * of up to 2^32 − 1 seconds.
 *
 * @module
 */

/** The longest time that `remainingMs()` returns, in ms (about 12 days): "not soon". */
export const LONGEST_WAIT_MS: i32 = 0x40000000;

const FOREVER_SEC: u32 = 0xffffffff;
/** (Above this, `sec * 1000` would pass `LONGEST_WAIT_MS`.) */
const LONGEST_WAIT_SEC: u32 = 1073741;
/** A difference from here on is a jump backward, not 24.8 days or more forward. */
const BACKWARD: u32 = 0x80000000;

/** Monotonic time since the first `advance()`. */
export class Clock {
  /** Whole seconds since the first `advance()`. */
  sec: u32 = 0;
  /** Milliseconds within the second, 0–999. */
  ms: u32 = 0;
  private last: u32 = 0;
  private started: bool = false;

  /**
   * Moves the clock to `nowMs` (`Host.nowMs()`, modulo 2^32). The first call sets the base; a jump
   * backward counts as no time at all, and time goes on from there. Call it at least every
   * 24 days, which every host does because of `LONGEST_WAIT_MS`.
   */
  advance(nowMs: u32): void {
    let delta: u32 = u32(nowMs - this.last);
    if (!this.started || delta >= BACKWARD) delta = 0;
    this.started = true;
    this.last = nowMs;
    const ms: u32 = u32(this.ms + delta % 1000);
    this.sec = u32(this.sec + u32(delta / 1000) + u32(ms / 1000));
    this.ms = u32(ms % 1000);
  }
}

/** One deadline. */
export class Timer {
  /** True between `start()` and `stop()`, also after the deadline has passed. */
  armed: bool = false;
  private sec: u32 = 0;
  private ms: u32 = 0;

  /**
   * Arms the timer to be due `sec` seconds and `ms` milliseconds (any u32) from the clock's time.
   * A deadline beyond the clock's range saturates: in practice it never comes.
   */
  start(clock: Clock, sec: u32, ms: u32): void {
    const millis: u32 = u32(clock.ms + ms % 1000);
    const carry: u32 = u32(u32(ms / 1000) + u32(millis / 1000));
    this.armed = true;
    this.ms = u32(millis % 1000);
    this.sec = saturatingAdd(saturatingAdd(clock.sec, sec), carry);
  }

  /** Disarms the timer: it is not due any more. */
  stop(): void {
    this.armed = false;
  }

  /** True when the timer is armed and its deadline has come. */
  due(clock: Clock): bool {
    return this.armed &&
      (clock.sec > this.sec || (clock.sec === this.sec && clock.ms >= this.ms));
  }

  /** Milliseconds to the deadline: 0 when due, `LONGEST_WAIT_MS` at most and when not armed. */
  remainingMs(clock: Clock): i32 {
    if (!this.armed) return LONGEST_WAIT_MS;
    if (this.due(clock)) return 0;
    const sec: u32 = u32(this.sec - clock.sec);
    if (sec >= LONGEST_WAIT_SEC) return LONGEST_WAIT_MS;
    return i32(sec * 1000) + i32(this.ms) - i32(clock.ms);
  }
}

/** The smaller of two waiting times (`remainingMs()`) in ms. */
export function sooner(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

function saturatingAdd(a: u32, b: u32): u32 {
  return a > u32(FOREVER_SEC - b) ? FOREVER_SEC : u32(a + b);
}
