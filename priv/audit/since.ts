/**
 * A moment as an operator names it.
 *
 * @module
 */

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A date with or without a time; a time with or without a fraction and an offset (RFC 3339 §5.6). */
const MOMENT =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2}))?$/;

/**
 * Milliseconds since 1970 of `10m` (before now; s, m, h, d), of `2026-01-31T12:00:00Z`, or of
 * `2026-01-31` (its beginning in UTC); null when it is neither.
 *
 * @param nowMs milliseconds since 1970
 */
export function parseSince(text: string, nowMs: number): number | null {
  const ago = /^([0-9]{1,9})([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * UNITS_MS[ago[2]];
  const moment = MOMENT.test(text) ? Date.parse(text.replace(" ", "T").toUpperCase()) : NaN;
  return Number.isNaN(moment) ? null : moment;
}
