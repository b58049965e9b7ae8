/**
 * What is said of an interface's carrier.
 *
 * @module
 */

import type { LinkState } from "../ffi/netlink.ts";

/** What of an interface's state is said. */
export type Carrier = Pick<LinkState, "up" | "running">;

/**
 * The text for the log.
 *
 * @param before its state until now; null = it has only just been found
 * @returns null when there is nothing to say
 */
export function carrierText(before: Carrier | null, { up, running }: Carrier): string | null {
  if (before === null) return up && !running ? "no carrier" : null;
  if (up === before.up && running === before.running) return null;
  if (running) return "carrier up";
  if (!up) return "interface down";
  return before.running ? "carrier lost" : "no carrier";
}
