/**
 * How often the system follows what a calf says about its lease. Each time means requests to the kernel,
 * lines in the log and waiting for the disk; a lease is renewed once in 10 s at most, but a calf that has
 * been taken over can write another one twenty times a second.
 *
 * @module
 */

import type { EventLoop, Timer } from "./event_loop.ts";
import { TokenBucket } from "./kv/token_bucket.ts";

/** Leases that are followed at once: an operator may ask for renewals, a cable may be loose. */
export const PROMPT_LEASES = 100;
/** After that the latest one is followed, so long after the first that was not. */
export const PAUSE_MS = 2_000;

/** See the module's description. */
export class LeasePace {
  readonly #loop: Pick<EventLoop, "now" | "after">;
  readonly #follow: () => void;
  readonly #prompt: TokenBucket;
  #timer: Timer | null = null;

  /** `follow` makes the system what the lease is by then. */
  constructor(loop: Pick<EventLoop, "now" | "after">, follow: () => void) {
    this.#loop = loop;
    this.#follow = follow;
    this.#prompt = new TokenBucket(PROMPT_LEASES, 1000 / PAUSE_MS, () => loop.now());
  }

  /** The calf has changed its lease, which is followed now or soon. */
  changed(): void {
    if (this.#timer !== null) return;
    if (this.#prompt.take()) return this.#follow();
    this.#timer = this.#loop.after(PAUSE_MS, () => {
      this.#timer = null;
      this.#prompt.take();
      this.#follow();
    });
  }

  /** Forgets what would be followed later. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
