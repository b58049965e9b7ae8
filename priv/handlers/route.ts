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
import type { Netlink } from "./netlink.ts";

/** Added to the interface index: each uplink has a metric of its own, behind a static route's 0. */
const METRIC_BASE = 1000;

function toNumber(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

/** Whether `address` lies in the subnet of `local`/`prefixLength`. */
export function inSubnet(address: string, local: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(local) / size);
}

function sameRoute(a: Ipv4RouteEntry, b: Ipv4RouteEntry): boolean {
  return a.destination === b.destination && a.gateway === b.gateway && a.source === b.source &&
    a.metric === b.metric && a.protocol === b.protocol;
}

/** Whether `address` is the network's own address or its broadcast address (RFC 1122 §3.2.1.3). */
function isNoHost(address: string, prefixLength: number): boolean {
  if (prefixLength > 30) return false; // RFC 3021
  const size = 2 ** (32 - prefixLength);
  const host = toNumber(address) % size;
  return host === 0 || host === size - 1;
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
  #ours: Ipv4RouteEntry[] = [];

  /** `index` is the interface's. */
  constructor(netlink: Netlink, index: number) {
    this.#netlink = netlink;
    this.#index = index;
  }

  /** Converges on `lease`; also puts back what the kernel dropped with the link. @throws {NetlinkError} */
  apply(lease: Lease | null): void {
    const wanted = leaseRoutes(lease, this.#index);
    const present = this.#netlink.routes(this.#index);
    // The default route goes before the route to its router.
    for (const old of [...this.#ours].reverse()) {
      if (wanted.some((route) => sameRoute(route, old))) continue;
      if (present.some((route) => sameRoute(route, old))) this.#netlink.deleteRoute(old);
      this.#ours = this.#ours.filter((route) => route !== old);
    }
    for (const route of wanted) {
      if (!present.some((there) => sameRoute(there, route))) this.#add(route);
      // A route just like ours that is there already is a predecessor's of ours: adopted.
      if (!this.#ours.some((own) => sameRoute(own, route))) this.#ours.push(route);
    }
  }

  #add(route: Ipv4RouteEntry): void {
    try {
      this.#netlink.addRoute(route);
    } catch (error) {
      // Somebody else holds this destination and metric, with other parameters.
      if (error instanceof NetlinkError && error.code === NetlinkErrorCode.EXIST) {
        throw new Error(`Cannot add route ${route.destination}: metric ${route.metric} is taken`);
      }
      throw error;
    }
  }
}
