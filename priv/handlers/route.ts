/**
 * System handler of /gateway: the default route, and the way to a router outside the subnet.
 *
 * @module
 */

import {
  type Ipv4RouteEntry,
  NetlinkError,
  NetlinkErrorCode,
  RTPROT_DHCP,
} from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import { inSubnet, isNoHost } from "./ipv4.ts";
import type { Netlink } from "./netlink.ts";

/** Added to the interface index: each uplink has a metric of its own, behind a static route's 0. */
const METRIC_BASE = 1000;

function sameRoute(a: Ipv4RouteEntry, b: Ipv4RouteEntry): boolean {
  return a.destination === b.destination && a.gateway === b.gateway && a.source === b.source &&
    a.metric === b.metric && a.protocol === b.protocol;
}

/**
 * The routes that a lease asks for, in the order in which they must be added. A router that is our
 * own address means that everything is on the link; one that no host can have is ignored, so that a
 * server's slip does not cost the address.
 */
export function leaseRoutes(lease: Lease | null, index: number): Ipv4RouteEntry[] {
  if (lease === null || lease.gateway === null) return [];
  const { address, prefixLength } = lease.address;
  const common = { index, source: address, metric: METRIC_BASE + index, protocol: RTPROT_DHCP };
  const toAll = { ...common, destination: "0.0.0.0/0" };
  if (lease.gateway === address) return [{ ...toAll, gateway: null, scope: "link" }];
  const throughRouter: Ipv4RouteEntry = { ...toAll, gateway: lease.gateway, scope: "global" };
  if (inSubnet(lease.gateway, address, prefixLength)) {
    return isNoHost(lease.gateway, prefixLength) ? [] : [throughRouter];
  }
  const toRouter = `${lease.gateway}/32`;
  return [{ ...common, destination: toRouter, gateway: null, scope: "link" }, throughRouter];
}

/** Keeps one interface's routes; touches none that it has not added itself. */
export class RouteHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  readonly #warn: (text: string) => void;
  #ours: readonly Ipv4RouteEntry[] = [];

  /** `index` is the interface's; `warn` is told of a route for which there is no room. */
  constructor(netlink: Netlink, index: number, warn: (text: string) => void) {
    this.#netlink = netlink;
    this.#index = index;
    this.#warn = warn;
  }

  /** What is ours. */
  get owned(): readonly Ipv4RouteEntry[] {
    return this.#ours;
  }

  /** Takes over a predecessor's routes, as far as they are still there. */
  adopt(routes: readonly Ipv4RouteEntry[]): void {
    const present = this.#netlink.routes(this.#index);
    this.#ours = routes.filter((route) => present.some((there) => sameRoute(there, route)));
  }

  /** What may be ours during and after {@link apply}: to be written down before. */
  plan(lease: Lease | null): readonly Ipv4RouteEntry[] {
    const added = leaseRoutes(lease, this.#index)
      .filter((route) => !this.#ours.some((own) => sameRoute(own, route)));
    return [...this.#ours, ...added];
  }

  /** Converges on `lease`; also puts back what the kernel dropped with the link. @throws {NetlinkError} */
  apply(lease: Lease | null): void {
    const wanted = leaseRoutes(lease, this.#index);
    const present = this.#netlink.routes(this.#index);
    // The default route goes before the route to its router.
    for (const old of [...this.#ours].reverse()) {
      if (wanted.some((route) => sameRoute(route, old))) continue;
      if (present.some((route) => sameRoute(route, old))) this.#netlink.deleteRoute(old);
      this.#forget(old);
    }
    for (const route of wanted) {
      const there = present.some((entry) => sameRoute(entry, route));
      this.#forget(route);
      // One just like ours that is there already is a predecessor's of ours: adopted.
      if (there || this.#add(route)) this.#ours = [...this.#ours, route];
    }
  }

  #forget(route: Ipv4RouteEntry): void {
    this.#ours = this.#ours.filter((own) => !sameRoute(own, route));
  }

  /** Whether it was added: where somebody else's route is in the way, theirs stays. */
  #add(route: Ipv4RouteEntry): boolean {
    try {
      this.#netlink.addRoute(route);
      return true;
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.code !== NetlinkErrorCode.EXIST) throw error;
      this.#warn(`route to ${route.destination} left out: metric ${route.metric} is taken`);
      return false;
    }
  }
}
