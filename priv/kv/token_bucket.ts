/**
 * A limit on how often something may happen, by a clock that is handed in.
 *
 * @module
 */

/** A bucket that starts full and loses one token with each event. */
export class TokenBucket {
  #capacity: number;
  #perSecond: number;
  #nowMs: () => number;
  #tokens: number;
  #filledAt: number;

  /** A bucket of `capacity` tokens, refilled by `perSecond` tokens a second of `nowMs`. */
  constructor(capacity: number, perSecond: number, nowMs: () => number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#tokens = capacity;
    this.#filledAt = nowMs();
  }

  /** Takes one token. Returns false when there is none. */
  take(): boolean {
    if (this.left < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes so many tokens whether they are there or not; what is missing is owed. */
  spend(tokens: number): void {
    this.#fill();
    this.#tokens -= tokens;
  }

  /** How many tokens there are, with their fractions; less than 0 when some are owed. */
  get left(): number {
    this.#fill();
    return this.#tokens;
  }

  #fill(): void {
    const now = this.#nowMs();
    const elapsed = Math.max(0, now - this.#filledAt); // a clock that steps back gives nothing
    this.#filledAt = now;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#perSecond / 1000);
  }
}
