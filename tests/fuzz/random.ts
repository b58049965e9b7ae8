/**
 * Random numbers that a seed repeats: mulberry32, one word of state.
 *
 * @module
 */

/** A sequence of random numbers. */
export class FuzzRandom {
  #state: number;

  /** @param seed any 32 bits; the same seed gives the same sequence */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A number from 0 to `count` − 1; `count` is at least 1. */
  below(count: number): number {
    return this.word() % count;
  }

  /** One of several. */
  pick<T>(list: ArrayLike<T>): T {
    return list[this.below(list.length)];
  }

  /** So many random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word());
  }
}
