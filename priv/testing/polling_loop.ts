/**
 * A stand-in for the event loop whose descriptors are real and whose clock is not.
 *
 * @module
 */

import { POLLIN, POLLOUT, PollSet } from "../../ffi/poll.ts";
import { FakeLoop } from "./fake_loop.ts";

/** Turns after which something is taken to be ready for ever. */
const MAX_TURNS = 20_000;

/** Descriptors are looked at when {@link PollingLoop.settle} says so. */
export class PollingLoop extends FakeLoop {
  readonly #readers = new Map<number, () => void>();
  readonly #writers = new Map<number, () => void>();

  /** As `EventLoop.onReadable`. */
  onReadable(fd: number, run: () => void): void {
    this.#readers.set(fd, run);
  }

  /** As `EventLoop.onWritable`. */
  onWritable(fd: number, run: () => void): void {
    this.#writers.set(fd, run);
  }

  /** As `EventLoop.forgetWritable`. */
  forgetWritable(fd: number): void {
    this.#writers.delete(fd);
  }

  /** As `EventLoop.forget`. */
  forget(fd: number): void {
    this.#readers.delete(fd);
    this.#writers.delete(fd);
  }

  /** How many descriptors are watched. */
  get watched(): number {
    return new Set([...this.#readers.keys(), ...this.#writers.keys()]).size;
  }

  /** Dispatches until nothing is ready. @returns how many turns it took */
  settle(): number {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const set = new PollSet();
      const fds = [...new Set([...this.#readers.keys(), ...this.#writers.keys()])];
      for (const fd of fds) {
        set.add(fd, (this.#readers.has(fd) ? POLLIN : 0) | (this.#writers.has(fd) ? POLLOUT : 0));
      }
      if (set.wait(0) <= 0) return turn;
      for (const fd of fds) {
        const ready = set.revents(fd);
        if ((ready & ~POLLOUT) !== 0) this.#readers.get(fd)?.();
        if ((ready & ~POLLIN) !== 0) this.#writers.get(fd)?.();
      }
    }
    throw new Error("something is ready for ever");
  }
}
