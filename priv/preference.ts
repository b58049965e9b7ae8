/**
 * Which interface is preferred where only one can be obeyed, or one must come first.
 *
 * @module
 */

import { isPattern } from "./fnmatch.ts";

/** An interface's place among the others: the lower the better. */
export interface Preference {
  /** Place of its name, or of the first pattern that it fits, on the command line. */
  readonly rank: number;
  /** Metric of its routes, which decides among those of one pattern. */
  readonly metric: number;
}

/** Added to the interface's index: each uplink has a metric of its own, behind a static route's 0. */
const METRIC_BASE = 1000;

/** What a pattern adds to the metrics of what is named after it: more than any index that it may meet. */
const PATTERN_STEP = 65536;

/** Greatest metric (`__u32` of RTA_PRIORITY, linux/rtnetlink.h). */
const MAX_METRIC = 0xffffffff;

/**
 * Metric of an interface's routes, another one for each interface. With `--metric` they are in the
 * order of the command line, and in that of their indexes where they fit the same pattern.
 *
 * @param base `--metric`, or null
 * @param names names and patterns of the command line
 * @param place which of them the interface fits, and its index (below 65536, or two may be equal)
 */
export function routeMetric(
  base: number | null,
  names: readonly string[],
  place: { readonly rank: number; readonly index: number },
): number {
  const { rank, index } = place;
  if (base === null) return METRIC_BASE + index;
  const patternsBefore = names.slice(0, rank).filter(isPattern).length;
  const own = isPattern(names[rank]) ? index : 0;
  return Math.min(MAX_METRIC, base + rank + patternsBefore * PATTERN_STEP + own);
}

/** Values of several interfaces, the most preferred first. */
export class PreferenceList<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly preference: Preference }>();

  /** Sets an interface's value; null = it has none any more. */
  set(interfaceName: string, value: T | null, preference: Preference): void {
    if (value === null) this.#entries.delete(interfaceName);
    else this.#entries.set(interfaceName, { value, preference });
  }

  /** Name and value of each interface that has one, in order. */
  sorted(): Map<string, T> {
    const entries = [...this.#entries].sort(([, a], [, b]) =>
      a.preference.rank - b.preference.rank || a.preference.metric - b.preference.metric
    );
    return new Map(entries.map(([name, { value }]) => [name, value]));
  }
}
