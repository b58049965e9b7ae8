/**
 * Exponential back-off with a reset after a quiet time.
 *
 * @module
 */

/** Delays of `firstMs`, doubling up to `maxMs`; back to the first after `quietMs` without a failure. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #quietMs: number;
  #nextMs: number;
  #lastMs = -Infinity;

  /** All in milliseconds. */
  constructor(firstMs: number, maxMs: number, quietMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#quietMs = quietMs;
    this.#nextMs = firstMs;
  }

  /** The delay after a failure at `nowMs`. */
  failed(nowMs: number): number {
    if (nowMs - this.#lastMs > this.#quietMs) this.#nextMs = this.#firstMs;
    const delay = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, delay * 2);
    this.#lastMs = nowMs + delay;
    return delay;
  }
}
