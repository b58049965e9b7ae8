/**
 * A stand-in for the event loop in unit tests: real descriptors, and a clock that the test moves on.
 *
 * @module
 */

import { PollSet } from "../../ffi/poll.ts";
import { FakeLoop } from "./fake_loop.ts";

/** A loop that never waits. */
export class PollLoop extends FakeLoop {
  readonly #poll = new PollSet();
  readonly #readers = new Map<number, () => void>();

  /** Calls `run` when `fd` is readable. */
  onReadable(fd: number, run: () => void): void {
    this.#readers.set(fd, run);
    this.#poll.add(fd);
  }

  /** Stops watching `fd`. */
  forget(fd: number): void {
    if (this.#readers.delete(fd)) this.#poll.remove(fd);
  }

  /** How many descriptors are watched. */
  get watched(): number {
    return this.#readers.size;
  }

  /** Runs readers until nothing is readable, `limit` rounds at most. */
  settle(limit = 1000): void {
    for (let i = 0; i < limit && this.#poll.wait(0) > 0; i++) {
      for (const [fd, run] of [...this.#readers]) {
        if (this.#readers.get(fd) === run && this.#poll.revents(fd) !== 0) run();
      }
    }
  }
}
