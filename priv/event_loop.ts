/**
 * The daemon's only loop: one blocking ppoll(2) over all descriptors and one timerfd for all timers.
 * Everything runs synchronously inside it, so no promise, platform task or finalizer is ever needed.
 *
 * @module
 */

import { ErrnoError } from "../ffi/errno.ts";
import { POLLIN, POLLOUT, PollSet } from "../ffi/poll.ts";
import { bootTimeMs, TimerFd } from "../ffi/time.ts";

/** So many waits in a row that fail at once are no accident, and a loop that does not wait is a busy one. */
const MAX_FAILED_WAITS = 16;

/** A timer that was asked for; see {@link EventLoop.after}. */
export interface Timer {
  /** Forgets the timer; harmless when it has fired. */
  cancel(): void;
}

interface PendingTimer extends Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** What is called when something is the matter with a descriptor. */
interface Watch {
  readable: (() => void) | null;
  writable: (() => void) | null;
}

/** Ready descriptors and timers, dispatched one after the other. */
export class EventLoop {
  readonly #poll = new PollSet();
  readonly #timer = new TimerFd();
  readonly #watches = new Map<number, Watch>();
  readonly #timers = new Set<PendingTimer>();
  readonly #turnEnds: (() => void)[] = [];
  #observeTurn: ((seconds: number) => void) | null = null;
  #failedWaits = 0;
  #stopped = false;
  #paused = false;

  /** Opens the timerfd. @throws {ErrnoError} */
  constructor() {
    this.onReadable(this.#timer.fd, () => {
      this.#timer.drain();
      this.#runTimers();
    });
  }

  /**
   * Calls `run` whenever `fd` is readable, hung up or in error, until {@link forget}.
   *
   * @throws {RangeError} when it has a reader already
   */
  onReadable(fd: number, run: () => void): void {
    const watch = this.#watch(fd);
    if (watch.readable !== null) throw new RangeError(`Cannot read descriptor ${fd} twice`);
    watch.readable = run;
    this.#setEvents(fd, watch);
  }

  /**
   * Calls `run` whenever `fd` takes more bytes, is hung up or in error, until {@link forgetWritable} or
   * {@link forget}. It is for the time while something waits to be written: an idle descriptor is
   * always writable.
   *
   * @throws {RangeError} when it has a writer already
   */
  onWritable(fd: number, run: () => void): void {
    const watch = this.#watch(fd);
    if (watch.writable !== null) throw new RangeError(`Cannot write descriptor ${fd} twice`);
    watch.writable = run;
    this.#setEvents(fd, watch);
  }

  /** Takes back {@link onWritable}, but not {@link onReadable}. */
  forgetWritable(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch === undefined) return;
    watch.writable = null;
    if (watch.readable === null) this.forget(fd);
    else this.#setEvents(fd, watch);
  }

  /** Stops watching `fd`; it must be called before the descriptor is closed. */
  forget(fd: number): void {
    if (this.#watches.delete(fd)) this.#poll.remove(fd);
  }

  /** Calls `run` after each turn, which is what one return of ppoll brings; also after the last one. */
  onTurnEnd(run: () => void): void {
    this.#turnEnds.push(run);
  }

  /**
   * Tells `observe` how many seconds each turn has kept the loop busy, from ppoll's return to its end. That
   * is how long a frame may have waited for its turn.
   */
  measureTurns(observe: (seconds: number) => void): void {
    this.#observeTurn = observe;
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

  /** Whether {@link stop} has been called. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Makes {@link run} return after the turn that is running; it may be called again. */
  pause(): void {
    this.#paused = true;
  }

  /**
   * Dispatches until {@link stop} or {@link pause} is called.
   *
   * @throws {ErrnoError} when the kernel will not let it wait
   */
  run(): void {
    this.#paused = false;
    while (!this.#stopped && !this.#paused) {
      this.#wait();
      const observe = this.#observeTurn;
      // Not now(): the machine's sleep does not count here, and this takes half as long.
      const begin = observe === null ? 0 : performance.now();
      this.#dispatch();
      for (const run of this.#turnEnds) run();
      if (observe !== null) observe((performance.now() - begin) / 1000);
    }
  }

  /** Makes {@link run} return after the handler that is running. */
  stop(): void {
    this.#stopped = true;
  }

  #wait(): void {
    const ready = this.#poll.wait(-1);
    this.#failedWaits = ready < 0 ? this.#failedWaits + 1 : 0;
    if (this.#failedWaits >= MAX_FAILED_WAITS) throw new ErrnoError("ppoll", -ready);
  }

  #dispatch(): void {
    // A handler may forget descriptors that are ready in the same round: look each up anew.
    for (const fd of [...this.#watches.keys()]) {
      if (this.#stopped) return;
      const ready = this.#poll.revents(fd);
      if (ready === 0) continue;
      const watch = this.#watches.get(fd);
      if (watch === undefined) continue;
      if ((ready & ~POLLOUT) !== 0) watch.readable?.();
      // The reader may have closed it, and something new may have its number.
      if ((ready & ~POLLIN) === 0 || this.#stopped || this.#watches.get(fd) !== watch) continue;
      watch.writable?.();
    }
  }

  #watch(fd: number): Watch {
    let watch = this.#watches.get(fd);
    if (watch === undefined) {
      this.#poll.add(fd);
      watch = { readable: null, writable: null };
      this.#watches.set(fd, watch);
    }
    return watch;
  }

  #setEvents(fd: number, { readable, writable }: Watch): void {
    const events = (readable === null ? 0 : POLLIN) | (writable === null ? 0 : POLLOUT);
    this.#poll.setEvents(fd, events);
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
