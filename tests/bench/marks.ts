/**
 * The moments of our own start: from the daemon's log, from the cable, and from the kernel.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import type { MessageTime } from "./exchange.ts";
import { median } from "./statistics.ts";

/** The moments in their order. */
export const MOMENTS = [
  "calf started",
  "calf confined",
  "DISCOVER",
  "OFFER",
  "REQUEST",
  "ACK",
  "configured",
] as const;

/** One of the moments. */
export type Moment = typeof MOMENTS[number];

/** When each moment came; ms since 1970, or since the execution. */
export type Marks = Readonly<Record<Moment, number>>;

/**
 * When the log, at level debug, first has a line that contains a text.
 *
 * @returns milliseconds since 1970, or null when there is no such line
 */
export function logTime(lines: readonly string[], text: string): number | null {
  const line = lines.find((line) => line.includes(text));
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) /.exec(line ?? "");
  return match === null ? null : Date.parse(match[1]);
}

/**
 * Puts the moments of one start together.
 *
 * @param log lines of the daemon's log
 * @param messages what was on the cable meanwhile
 * @param configured when the kernel had the address
 * @throws {Error} that names the moment for which there is nothing
 */
export function findMarks(
  log: readonly string[],
  messages: readonly MessageTime[],
  configured: number,
): Marks {
  const message = (type: number) => messages.find((message) => message.type === type)?.at ?? null;
  const found: Record<Moment, number | null> = {
    "calf started": logTime(log, ": calf started, pid "),
    "calf confined": logTime(log, ": confinement: "),
    DISCOVER: message(DhcpType.DISCOVER),
    OFFER: message(DhcpType.OFFER),
    REQUEST: message(DhcpType.REQUEST),
    ACK: message(DhcpType.ACK),
    configured,
  };
  const missing = MOMENTS.filter((moment) => found[moment] === null);
  if (missing.length > 0) throw new Error(`nothing tells when it was ${missing.join(", ")}`);
  return found as Record<Moment, number>;
}

/** Medians of a phase, in ms. */
export interface Phase {
  /** The moment that ends it. */
  readonly moment: Moment;
  /** From the moment before, or from the execution. */
  readonly duration: number;
  /** From the execution. */
  readonly sinceExec: number;
}

/**
 * Takes the median of each phase; they need not add up.
 *
 * @param starts moments in ms since the execution; not empty
 */
export function summarizePhases(starts: readonly Marks[]): Phase[] {
  return MOMENTS.map((moment, index) => ({
    moment,
    duration: median(
      starts.map((marks) => marks[moment] - (index === 0 ? 0 : marks[MOMENTS[index - 1]])),
    ),
    sinceExec: median(starts.map((marks) => marks[moment])),
  }));
}
