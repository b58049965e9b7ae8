/**
 * Waiting for something to become true, with a bound.
 *
 * @module
 */

/** How long and how often to look. */
export interface WaitOptions {
  /** Give up after so many milliseconds; 10 000 unless told. */
  readonly timeoutMs?: number;
  /** Look every so many milliseconds; 20 unless told. */
  readonly intervalMs?: number;
  /** What to add to the error: the state in which the waiting ended. */
  readonly explain?: () => string | Promise<string>;
}

/** What a probe may give to say "not yet". */
export type NotYet = false | null | undefined;

/**
 * Calls `probe` until it gives something else than false, null or undefined, and gives that.
 *
 * @param what completes "waited 10 s for …"
 * @throws Error when the time is over
 */
export async function waitUntil<T>(
  what: string,
  probe: () => T | NotYet | Promise<T | NotYet>,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() >= end) {
      const explanation = options.explain === undefined ? "" : `\n${await options.explain()}`;
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${explanation}`);
    }
    await delay(options.intervalMs ?? 20);
  }
}

/** Checks for `ms` milliseconds that `probe` stays true. */
export async function staysTrue(
  what: string,
  ms: number,
  probe: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + ms;
  do {
    if (!await probe()) throw new Error(`no longer true: ${what}`);
    await delay(20);
  } while (performance.now() < end);
}

/** Lets `ms` milliseconds pass. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
