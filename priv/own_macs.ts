/**
 * The hardware addresses of the machine's other interfaces: the keys below /own-mac. Two interfaces on one
 * network hear each other's ARP, which is no conflict.
 *
 * @module
 */

import type { LinkState } from "../ffi/netlink.ts";
import { MacAddress } from "../schema/values.ts";

/** Most that a calf is told of. */
export const MAX_OWN_MACS = 64;

/** The addresses of all interfaces, each once, in the kernel's order. */
export function hardwareAddresses(links: readonly LinkState[]): string[] {
  const found = new Set<string>();
  for (const { mac } of links) {
    const parsed = MacAddress.parse(mac);
    if (parsed.ok) found.add(parsed.value);
  }
  return [...found];
}

/** The path of the `n`th one, from 0. */
export function ownMacPath(n: number): string {
  return `/own-mac/${String(n + 1).padStart(3, "0")}`;
}
