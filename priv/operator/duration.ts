/**
 * Times as people say them.
 *
 * @module
 */

import { INFINITE_SECONDS } from "../../schema/values.ts";

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** Whole seconds in the largest unit that fits and the one below it: `3 d 4 h`, `28 min 3 s`, `0 s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = Math.max(0, UNITS.findIndex(([, size]) => whole >= size));
  if (whole === 0) return "0 s";
  const [unit, size] = UNITS[first];
  const rest = UNITS[first + 1];
  const text = `${Math.floor(whole / size)} ${unit}`;
  const more = rest === undefined ? 0 : Math.floor(whole % size / rest[1]);
  return more === 0 ? text : `${text} ${more} ${rest[0]}`;
}

/** The text of a `Seconds` or `Count` as a duration; text that is neither stays as it is. */
export function secondsText(text: string): string {
  if (text === "infinite") return "for ever";
  if (!/^[0-9]+$/.test(text)) return text;
  const seconds = Number(text);
  return seconds === INFINITE_SECONDS ? "for ever" : durationText(seconds);
}

/** How long ago a `Timestamp` was, in milliseconds since 1970; null when it is none. */
export function sinceText(timestamp: string, nowMs: number): string | null {
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? null : durationText((nowMs - then) / 1000);
}
