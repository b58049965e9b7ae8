/**
 * A stand-in for the clock and the timers of the event loop in unit tests.
 *
 * @module
 */

/** A clock that stands still until it is told to go on, with the timers that wait for it. */
export class FakeLoop {
  #now = 0;
  readonly #timers = new Set<{ due: number; run: () => void }>();

  /** Milliseconds since the test began. */
  now(): number {
    return this.#now;
  }

  /** Calls `run` when the clock has gone on so far. */
  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { due: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** How many timers there are. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due <= this.#now && this.#timers.delete(timer)) timer.run();
    }
  }
}
