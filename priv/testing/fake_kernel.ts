/**
 * A stand-in for the kernel in unit tests: one interface with its MTU, addresses and routes.
 *
 * @module
 */

import {
  type Ipv4AddressEntry,
  type Ipv4RouteEntry,
  type LinkState,
  NetlinkError,
  NetlinkErrorCode,
} from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import { Ipv4Cidr } from "../../schema/values.ts";
import type { Netlink } from "../handlers/netlink.ts";

/** Index of the one interface. */
export const INDEX = 7;

/** Keeps what was configured; a call whose name is in `failing` throws instead. */
export class FakeKernel implements Netlink {
  /** Names of methods that fail. */
  readonly failing: Set<string> = new Set();
  /** MTU in bytes. */
  mtu = 1500;
  /** Addresses of the interface. */
  entries: Ipv4AddressEntry[] = [];
  /** Routes of the interface. */
  table: Ipv4RouteEntry[] = [];
  /** Names of the methods that changed something, in order. */
  readonly calls: string[] = [];

  /** The interface's state. */
  link(): LinkState {
    return {
      index: INDEX,
      name: "eth0",
      mac: "02:00:00:00:00:01",
      mtu: this.mtu,
      up: true,
      running: true,
      carrierChanges: 0,
      loopback: false,
      arpType: 1,
    };
  }

  /** The one interface. */
  links(): LinkState[] {
    return [this.link()];
  }

  /** Does nothing. */
  setLinkUp(): void {
    this.#called("setLinkUp");
  }

  /** Sets the MTU, of 9000 bytes at most. */
  setLinkMtu(_index: number, mtu: number): void {
    this.#called("setLinkMtu");
    if (mtu > 9000) throw new NetlinkError("set MTU", NetlinkErrorCode.INVAL, "invalid argument");
    this.mtu = mtu;
  }

  /** A copy of the addresses. */
  addresses(): Ipv4AddressEntry[] {
    return [...this.entries];
  }

  /** Adds an address, or changes all of one but its broadcast address, as the kernel does. */
  putAddress(entry: Ipv4AddressEntry): void {
    this.#called("putAddress");
    const { broadcast } = this.entries.find(({ address }) => address === entry.address) ?? entry;
    const others = this.entries.filter(({ address }) => address !== entry.address);
    this.entries = [...others, { ...entry, broadcast }];
  }

  /** Removes an address and, as the kernel does, its secondaries and the routes whose source it is. */
  deleteAddress(entry: Ipv4AddressEntry): void {
    this.#called("deleteAddress");
    const at = this.entries.findIndex(({ address }) => address === entry.address);
    const net = (address: string): string => address.split(".").slice(0, 3).join(".");
    this.entries = this.entries.filter(({ address }, i) =>
      i !== at && (i < at || net(address) !== net(entry.address))
    );
    this.table = this.table.filter(({ source }) => source !== entry.address);
  }

  /** A copy of the routes. */
  routes(): Ipv4RouteEntry[] {
    return [...this.table];
  }

  /** Adds a route, unless there is one to the same destination with the same metric. */
  addRoute(entry: Ipv4RouteEntry): void {
    this.#called("addRoute");
    const { destination, metric } = entry;
    if (this.table.some((row) => row.destination === destination && row.metric === metric)) {
      throw new NetlinkError("add route", NetlinkErrorCode.EXIST, "object exists");
    }
    this.table.push(entry);
  }

  /** Removes a route. */
  deleteRoute(entry: Ipv4RouteEntry): void {
    this.#called("deleteRoute");
    this.table = this.table.filter(({ destination, gateway }) =>
      destination !== entry.destination || gateway !== entry.gateway
    );
  }

  /** Does nothing. */
  close(): void {}

  #called(name: string): void {
    if (this.failing.has(name)) throw new Error(`${name} failed`);
    this.calls.push(name);
  }
}

/** A lease of `cidr` with `changes`. */
export function leaseOf(cidr: string, changes: Partial<Record<keyof Lease, unknown>> = {}): Lease {
  const address = Ipv4Cidr.parse(cidr);
  if (!address.ok) throw new Error(address.reason);
  return {
    origin: "dhcp",
    address: address.value,
    broadcast: null,
    gateway: null,
    routes: [],
    mtu: null,
    hostName: null,
    domain: null,
    search: [],
    nameservers: [],
    timeServers: [],
    captivePortal: null,
    server: null,
    leaseSeconds: 120,
    t1Seconds: null,
    t2Seconds: null,
    ...changes,
  } as Lease;
}
