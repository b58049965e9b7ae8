/**
 * The routes that a lease asks for.
 *
 * @module
 */

import { type Ipv4RouteEntry, RTPROT_DHCP } from "../../ffi/netlink.ts";
import type { Ipv4Address } from "../../schema/values.ts";
import type { Lease } from "../kv/lease.ts";
import { inNetwork, inSubnet, isNoHost, networkOf } from "./ipv4.ts";

const DEFAULT = "0.0.0.0/0";

/**
 * The routes of /gateway and /route/NNN in the order in which they must be added. The one to the leased
 * subnet is not among them: the kernel makes it.
 *
 * A next hop that nothing before leads to gets a route of its own first, as for a router outside of the
 * subnet. One that is our own address means that the destination is on the link. One that no host can
 * have is ignored, so that a server's slip does not cost the address. Of several routes to a destination
 * the first one counts. A link-local address has none (RFC 3927 §2.7).
 *
 * @param index of the interface
 * @param metric of all of them
 */
export function leaseRoutes(lease: Lease | null, index: number, metric: number): Ipv4RouteEntry[] {
  if (lease === null || lease.origin === "ipv4ll") return [];
  const { address, prefixLength } = lease.address;
  const subnet = networkOf(address, prefixLength);
  const common = { index, source: address, metric, protocol: RTPROT_DHCP };
  const routes: Ipv4RouteEntry[] = [];
  const add = (destination: string, gateway: Ipv4Address | null): void => {
    if (routes.some((route) => route.destination === destination)) return;
    const scope = gateway === null ? "link" : "global";
    routes.push({ ...common, destination, gateway, scope });
  };
  const isReached = (hop: Ipv4Address): boolean =>
    inSubnet(hop, address, prefixLength) ||
    routes.some(({ destination, gateway }) => gateway === null && inNetwork(hop, destination));
  const route = (destination: string, nextHop: Ipv4Address | null): void => {
    if (nextHop === null || nextHop === address) {
      if (destination !== subnet) add(destination, null);
    } else if (!inSubnet(nextHop, address, prefixLength) || !isNoHost(nextHop, prefixLength)) {
      if (!isReached(nextHop)) add(`${nextHop}/32`, null);
      add(destination, nextHop);
    }
  };
  if (lease.gateway !== null) route(DEFAULT, lease.gateway);
  for (const { destination, nextHop } of lease.routes) route(destination, nextHop);
  return routes;
}
