/**
 * How often the system follows what a calf says about its lease. Each time means requests to the kernel,
 * lines in the logs and waiting for the disk; a lease is renewed once in 10 s at most, but a calf that has
 * been taken over can write another one twenty times a second.
 *
 * Two limits hold: how often, and how many steps of priv's that costs, for each of which the audit log
 * gets a line. What was written before a calf was taken over must not be pushed out of it soon.
 *
 * @module
 */

import type { EventLoop, Timer } from "./event_loop.ts";
import type { Lease } from "./kv/lease.ts";
import { TokenBucket } from "./kv/token_bucket.ts";

/** Leases that are followed at once: an operator may ask for renewals, a cable may be loose. */
export const PROMPT_LEASES = 100;
/** After that the latest one is followed, so long after the first that was not. */
export const PAUSE_MS = 2_000;
/** Steps that are taken at once: some hundred usual leases, or 25 with as many routes as there may be. */
export const PROMPT_STEPS = 2_000;
/** Steps a second for long. */
export const STEPS_PER_SECOND = 1;

/** Address, MTU, resolv.conf, host name, filter, and the files about them. */
const STEPS_OF_A_LEASE = 10;
/** The lifetimes of the address, and the lease on disk. */
const STEPS_OF_A_RENEWAL = 2;

/** What a lease says beside its times. */
function contentOf(lease: Lease | null): string {
  return JSON.stringify({ ...lease, leaseSeconds: 0, t1Seconds: 0, t2Seconds: 0 });
}

function stepsOf(lease: Lease | null): number {
  if (lease === null) return 0;
  return STEPS_OF_A_LEASE + lease.routes.length + (lease.gateway === null ? 0 : 1);
}

/** How many steps it takes, about, to follow `after` when `before` is what the system follows now. */
export function stepsBetween(before: Lease | null, after: Lease | null): number {
  if (contentOf(before) === contentOf(after)) return STEPS_OF_A_RENEWAL;
  return stepsOf(before) + stepsOf(after);
}

/** See the module's description. */
export class LeasePace {
  readonly #loop: Pick<EventLoop, "now" | "after">;
  readonly #follow: () => number;
  readonly #prompt: TokenBucket;
  readonly #steps: TokenBucket;
  #timer: Timer | null = null;
  #urgent = false;

  /** `follow` makes the system what the lease is by then, and gives the steps that it took. */
  constructor(loop: Pick<EventLoop, "now" | "after">, follow: () => number) {
    const now = () => loop.now();
    this.#loop = loop;
    this.#follow = follow;
    this.#prompt = new TokenBucket(PROMPT_LEASES, 1000 / PAUSE_MS, now);
    this.#steps = new TokenBucket(PROMPT_STEPS, STEPS_PER_SECOND, now);
  }

  /**
   * The calf has changed its lease, which is followed now or soon.
   *
   * @param urgent it has none any more: the address must go, whatever steps that takes
   */
  changed(urgent: boolean): void {
    this.#urgent ||= urgent;
    if (this.#timer !== null) return;
    if (this.#mayStep && this.#prompt.take()) this.#now();
    else this.#later();
  }

  get #mayStep(): boolean {
    return this.#urgent || this.#steps.left > 0;
  }

  #now(): void {
    this.#urgent = false;
    this.#steps.spend(this.#follow());
  }

  #later(): void {
    this.#timer = this.#loop.after(PAUSE_MS, () => {
      this.#timer = null;
      if (!this.#mayStep) return this.#later();
      this.#prompt.take();
      this.#now();
    });
  }

  /** Forgets what would be followed later. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#urgent = false;
  }
}
