/**
 * Which interface is preferred where only one can be obeyed, or one must come first.
 *
 * @module
 */

/** An interface's place among the others: the lower the better. */
export interface Preference {
  /** Place of its name, or of the first pattern that it fits, on the command line. */
  readonly rank: number;
  /** Metric of its routes, which decides among those of one pattern. */
  readonly metric: number;
}

/** Added to the interface's index: each uplink has a metric of its own, behind a static route's 0. */
const METRIC_BASE = 1000;

/** Greatest metric (`__u32` of RTA_PRIORITY, linux/rtnetlink.h). */
const MAX_METRIC = 0xffffffff;

/**
 * Metric of an interface's routes, another one for each interface.
 *
 * @param base `--metric`, or null
 * @param place where the name or pattern stands on the command line, what it is, and the interface's
 * index
 */
export function routeMetric(
  base: number | null,
  place: { readonly rank: number; readonly name: string; readonly index: number },
): number {
  const { rank, name, index } = place;
  if (base === null) return METRIC_BASE + index;
  const isPattern = /[*?]/.test(name);
  return Math.min(MAX_METRIC, base + rank + (isPattern ? index : 0));
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
