/**
 * What the daemon measures of itself: how long handlers take and how often they fail, and how long the
 * event loop is busy at a time.
 *
 * @module
 */

import type { Buckets } from "./exposition.ts";

/** What is measured: the system handlers, and what else writes to the disk. */
export const HANDLER_NAMES = [
  "address",
  "route",
  "mtu",
  "resolv_conf",
  "host_name",
  "files",
  "lease_file",
  "audit",
] as const;

/** One of {@link HANDLER_NAMES}. */
export type HandlerName = typeof HANDLER_NAMES[number];

/** Upper bounds of all buckets in seconds: netlink takes 0.1 ms, an fsync may take a second. */
export const DURATION_BOUNDS: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005],
  ...[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
];

/** A histogram of durations. */
export class Durations {
  readonly #counts: number[] = new Array(DURATION_BOUNDS.length + 1).fill(0);
  #sum = 0;

  /** Takes a duration in seconds. */
  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && seconds > DURATION_BOUNDS[bucket]) bucket++;
    this.#counts[bucket]++;
    this.#sum += seconds;
  }

  /** What was observed so far; it does not change later. */
  get buckets(): Buckets {
    return { bounds: DURATION_BOUNDS, counts: [...this.#counts], sum: this.#sum };
  }
}

/** How one handler has done. */
export interface HandlerRecord {
  /** How long its calls took, those that failed too. */
  readonly durations: Durations;
  /** How many calls have failed. */
  errors: number;
}

/** Durations and failures of all handlers. */
export class HandlerStatistics {
  readonly #now: () => number;
  readonly #records: ReadonlyMap<HandlerName, HandlerRecord> = new Map(
    HANDLER_NAMES.map((name) => [name, { durations: new Durations(), errors: 0 }]),
  );

  /**
   * `now` gives milliseconds of some clock that never goes back. By default it is Deno's own: the machine's
   * sleep does not count, and it takes half as long as a foreign call.
   */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs `run` and takes its time. @returns what it returns @throws what it throws, after counting it */
  measure<T>(name: HandlerName, run: () => T): T {
    const record = this.#records.get(name)!;
    const begin = this.#now();
    try {
      return run();
    } catch (error) {
      record.errors++;
      throw error;
    } finally {
      record.durations.observe((this.#now() - begin) / 1000);
    }
  }

  /** Counts a failure that was no exception. */
  failed(name: HandlerName): void {
    this.#records.get(name)!.errors++;
  }

  /** All handlers, in the order of {@link HANDLER_NAMES}. */
  get records(): ReadonlyMap<HandlerName, HandlerRecord> {
    return this.#records;
  }
}

/** How long the turns of the event loop have kept it busy. */
export class LoopStatistics {
  /** One observation a turn; how many there are is how many turns there were. */
  readonly turns: Durations = new Durations();
}
