/**
 * System handler of /gateway and /route/NNN: the default route, further routes, and the way to routers
 * outside the subnet. Whoever can add routes can divert a VPN's traffic (CVE-2024-3661), so each one that
 * comes or goes is a line in the log.
 *
 * @module
 */

import { type Ipv4RouteEntry, NetlinkError, NetlinkErrorCode } from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import { leaseRoutes } from "./lease_routes.ts";
import type { Netlink } from "./netlink.ts";

function sameRoute(a: Ipv4RouteEntry, b: Ipv4RouteEntry): boolean {
  return a.destination === b.destination && a.gateway === b.gateway && a.source === b.source &&
    a.metric === b.metric && a.protocol === b.protocol;
}

/** A route in the words of the log. */
function routeText({ destination, gateway }: Ipv4RouteEntry): string {
  return gateway === null ? `${destination} on the link` : `${destination} via ${gateway}`;
}

/** What a handler says. */
export interface RouteLog {
  /** Told of a route for which there is no room. */
  readonly warn: (text: string) => void;
  /** Told of each route that comes or goes. */
  readonly info: (text: string) => void;
}

/** Keeps one interface's routes; touches none that it has not added itself. */
export class RouteHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  readonly #metric: number;
  readonly #log: RouteLog;
  #ours: readonly Ipv4RouteEntry[] = [];

  /** `index` is the interface's, `metric` that of all routes. */
  constructor(netlink: Netlink, index: number, metric: number, log: RouteLog) {
    this.#netlink = netlink;
    this.#index = index;
    this.#metric = metric;
    this.#log = log;
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
    const added = leaseRoutes(lease, this.#index, this.#metric)
      .filter((route) => !this.#ours.some((own) => sameRoute(own, route)));
    return [...this.#ours, ...added];
  }

  /** Converges on `lease`; also puts back what the kernel dropped with the link. @throws {NetlinkError} */
  apply(lease: Lease | null): void {
    const wanted = leaseRoutes(lease, this.#index, this.#metric);
    const present = this.#netlink.routes(this.#index);
    // The default route goes before the route to its router.
    for (const old of [...this.#ours].reverse()) {
      if (wanted.some((route) => sameRoute(route, old))) continue;
      if (present.some((route) => sameRoute(route, old))) this.#netlink.deleteRoute(old);
      this.#forget(old);
      this.#log.info(`route removed: ${routeText(old)}`);
    }
    for (const route of wanted) {
      const there = present.some((entry) => sameRoute(entry, route));
      this.#forget(route);
      // One just like ours that is there already is a predecessor's of ours: adopted. And it is ours even if
      // the request seems to fail: it may be done, and the answer lost.
      this.#ours = [...this.#ours, route];
      if (!there && !this.#add(route)) this.#forget(route);
    }
  }

  #forget(route: Ipv4RouteEntry): void {
    this.#ours = this.#ours.filter((own) => !sameRoute(own, route));
  }

  /** Whether it was added: where somebody else's route is in the way, theirs stays. */
  #add(route: Ipv4RouteEntry): boolean {
    try {
      this.#netlink.addRoute(route);
      this.#log.info(`route added: ${routeText(route)}`);
      return true;
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.code !== NetlinkErrorCode.EXIST) throw error;
      this.#log.warn(`route to ${route.destination} left out: metric ${route.metric} is taken`);
      return false;
    }
  }
}
