/**
 * The daemon's only loop: one blocking ppoll(2) over all descriptors and one timerfd for all timers.
 * Everything runs synchronously inside it, so no promise, platform task or finalizer is ever needed.
 *
 * @module
 */

import { PollSet } from "../ffi/poll.ts";
import { bootTimeMs, TimerFd } from "../ffi/time.ts";

/** A timer that was asked for; see {@link EventLoop.after}. */
export interface Timer {
  /** Forgets the timer; harmless when it has fired. */
  cancel(): void;
}

interface PendingTimer extends Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Readable descriptors and timers, dispatched one after the other. */
export class EventLoop {
  readonly #poll = new PollSet();
  readonly #timer = new TimerFd();
  readonly #readers = new Map<number, () => void>();
  readonly #timers = new Set<PendingTimer>();
  #stopped = false;

  /** Opens the timerfd. @throws {ErrnoError} */
  constructor() {
    this.onReadable(this.#timer.fd, () => {
      this.#timer.drain();
      this.#runTimers();
    });
  }

  /** Calls `run` whenever `fd` is readable, hung up or in error, until {@link forget}. */
  onReadable(fd: number, run: () => void): void {
    this.#readers.set(fd, run);
    this.#poll.add(fd);
  }

  /** Stops watching `fd`; it must be called before the descriptor is closed. */
  forget(fd: number): void {
    if (this.#readers.delete(fd)) this.#poll.remove(fd);
  }

  /** Milliseconds of CLOCK_BOOTTIME, which also counts suspend. */
  now(): number {
    return bootTimeMs();
  }

  /** Calls `run` once after `delayMs` milliseconds of CLOCK_BOOTTIME. */
  after(delayMs: number, run: () => void): Timer {
    const timer: PendingTimer = {
      dueMs: this.now() + delayMs,
      run,
      cancel: () => {
        if (this.#timers.delete(timer)) this.#arm();
      },
    };
    this.#timers.add(timer);
    this.#arm();
    return timer;
  }

  /** Dispatches until {@link stop} is called. */
  run(): void {
    while (!this.#stopped) {
      this.#poll.wait(-1);
      // A handler may forget descriptors that are ready in the same round: look each up anew.
      for (const fd of [...this.#readers.keys()]) {
        if (this.#stopped) return;
        if (this.#poll.revents(fd) !== 0) this.#readers.get(fd)?.();
      }
    }
  }

  /** Makes {@link run} return after the handler that is running. */
  stop(): void {
    this.#stopped = true;
  }

  #runTimers(): void {
    const now = this.now();
    const due = [...this.#timers].filter((timer) => timer.dueMs <= now)
      .sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
    this.#arm();
  }

  #arm(): void {
    let next: number | null = null;
    for (const timer of this.#timers) {
      if (next === null || timer.dueMs < next) next = timer.dueMs;
    }
    this.#timer.armAt(next);
  }
}
