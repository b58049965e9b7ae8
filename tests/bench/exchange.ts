/**
 * DHCP messages on the cable: when each of them was there, and how an exchange is written.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";

/** When a message was on the cable. */
export interface MessageTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Option 53. */
  readonly type: number;
}

/** Reads a line of packet_clock.ts; null when it is none. */
export function parseMessageTime(line: string): MessageTime | null {
  const match = /^(\d+\.\d+) (\d+) \d+$/.exec(line);
  return match === null ? null : { at: Number(match[1]), type: Number(match[2]) };
}

const LETTERS = new Map<number, string>([
  [DhcpType.DISCOVER, "D"],
  [DhcpType.OFFER, "O"],
  [DhcpType.REQUEST, "R"],
  [DhcpType.ACK, "A"],
  [DhcpType.NAK, "N"],
]);

/** What the letters mean. */
export const LEGEND = "messages: D DISCOVER, O OFFER, R REQUEST, A ACK, N NAK, ? another";

/** An exchange as letters, "DORA" for the usual one; see {@link LEGEND}. */
export function exchangeText(messages: readonly MessageTime[]): string {
  return messages.map(({ type }) => LETTERS.get(type) ?? "?").join("");
}

/** Several exchanges in one cell: "DORA", or "DORA 2x, DDORA 1x" with the most frequent first. */
export function exchangesText(exchanges: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const each of exchanges) counts.set(each, (counts.get(each) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return "-";
  if (sorted.length === 1) return sorted[0][0];
  return sorted.map(([text, count]) => `${text} ${count}x`).join(", ");
}
