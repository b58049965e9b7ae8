/**
 * Order statistics of a few samples.
 *
 * @module
 */

/** What a row of a table says about samples, in their unit. */
export interface Summary {
  /** How many there are. */
  readonly count: number;
  /** The smallest. */
  readonly min: number;
  /** The middle one, or the mean of the two in the middle. */
  readonly median: number;
  /** The smallest sample that at least 95 in 100 do not exceed (nearest rank). */
  readonly p95: number;
  /** The greatest. */
  readonly max: number;
}

/**
 * Sums samples up.
 *
 * @param samples in any order
 * @returns null when there are none
 * @throws {RangeError} when one is no finite number: a broken measurement is not to be averaged
 */
export function summarize(samples: readonly number[]): Summary | null {
  const broken = samples.find((sample) => !Number.isFinite(sample));
  if (broken !== undefined) throw new RangeError(`Cannot sum up: ${broken} is no measurement`);
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const count = sorted.length;
  return {
    count,
    min: sorted[0],
    median: (sorted[Math.floor((count - 1) / 2)] + sorted[Math.floor(count / 2)]) / 2,
    p95: sorted[Math.ceil(count * 95 / 100) - 1],
    max: sorted[count - 1],
  };
}

/**
 * The median of samples; see {@link Summary.median}.
 *
 * @throws {RangeError} when there are none
 */
export function median(samples: readonly number[]): number {
  const summary = summarize(samples);
  if (summary === null) throw new RangeError("Cannot take the median of nothing");
  return summary.median;
}
