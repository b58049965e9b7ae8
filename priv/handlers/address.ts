/**
 * System handler of /ip: the interface's IPv4 address.
 *
 * @module
 */

import { FOREVER, type Ipv4AddressEntry } from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import { inSubnet, subnetBroadcast } from "./ipv4.ts";
import type { Netlink } from "./netlink.ts";

function sameAddress(a: Ipv4AddressEntry, b: Ipv4AddressEntry): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength;
}

/** The kernel does not change the broadcast address of an address that is there. */
function hasOtherBroadcast(
  wanted: Ipv4AddressEntry,
  present: readonly Ipv4AddressEntry[],
): boolean {
  const there = present.find((entry) => sameAddress(entry, wanted));
  return there !== undefined && there.broadcast !== wanted.broadcast;
}

/**
 * The broadcast address of a lease: option 28 if it lies in the leased subnet, the subnet's own
 * otherwise. The kernel sends whatever goes to it as a broadcast of this interface, ahead of all
 * routes, and a server could cut the host off from any address it likes.
 */
export function leaseBroadcast(
  { address: { address, prefixLength }, broadcast }: Lease,
): string | null {
  const given: string | null = broadcast;
  const own = subnetBroadcast(address, prefixLength);
  if (own === null || given === null || given === address) return own;
  return inSubnet(given, address, prefixLength) ? given : own;
}

/** Keeps at most one address of ours on one interface. */
export class AddressHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  readonly #metric: number;
  #ours: readonly Ipv4AddressEntry[] = [];
  /** Addresses of somebody else's that may have gone with one of ours, and are not back yet. */
  #displaced: readonly Ipv4AddressEntry[] = [];

  /** `index` is the interface's, `metric` that of the route to its subnet, which the kernel makes. */
  constructor(netlink: Netlink, index: number, metric: number) {
    this.#netlink = netlink;
    this.#index = index;
    this.#metric = metric;
  }

  /** What is ours. */
  get owned(): readonly Ipv4AddressEntry[] {
    return this.#ours;
  }

  /** Takes over a predecessor's addresses, as far as they are still there. */
  adopt(addresses: readonly Ipv4AddressEntry[]): void {
    this.#ours = this.#netlink.addresses(this.#index)
      .filter((there) => addresses.some((entry) => sameAddress(there, entry)));
  }

  /**
   * Begins the lifetimes anew of an address that is ours already. It needs one request, and nothing that
   * is not written down already comes to be ours.
   *
   * @returns false when more is to be done than that: {@link apply} does it
   * @throws {NetlinkError}
   */
  renew(lease: Lease | null, secondsLeft: number): boolean {
    if (lease === null || this.#ours.length !== 1) return false;
    const [old] = this.#ours;
    const wanted = this.#entry(lease, secondsLeft);
    if (!sameAddress(old, wanted) || old.broadcast !== wanted.broadcast) return false;
    this.#netlink.putAddress(wanted);
    this.#ours = [wanted];
    return true;
  }

  /** What may be ours during and after {@link apply}: to be written down before. */
  plan(lease: Lease | null, secondsLeft: number): readonly Ipv4AddressEntry[] {
    const wanted = lease === null ? null : this.#entry(lease, secondsLeft);
    if (wanted === null || this.#isOurs(wanted)) return this.#ours;
    const present = this.#netlink.addresses(this.#index);
    return this.#isForeign(wanted, present) ? this.#ours : [...this.#ours, wanted];
  }

  /**
   * Converges on `lease`. The kernel drops the address by itself when `secondsLeft` are over.
   *
   * An address that was there for ever before us is an administrator's: it is used and left alone.
   *
   * @throws {NetlinkError}
   */
  apply(lease: Lease | null, secondsLeft: number): void {
    this.#bringBack();
    const wanted = lease === null ? null : this.#entry(lease, secondsLeft);
    for (const old of this.#ours) {
      const present = this.#netlink.addresses(this.#index);
      if (wanted !== null && sameAddress(old, wanted) && !hasOtherBroadcast(wanted, present)) {
        continue;
      }
      if (present.some((entry) => sameAddress(entry, old))) this.#remove(old, present);
      this.#ours = this.#ours.filter((entry) => entry !== old);
    }
    if (wanted === null) return;
    if (this.#isForeign(wanted, this.#netlink.addresses(this.#index))) return;
    // Ours even if the request seems to fail: it may be done, and the answer lost.
    this.#ours = [wanted];
    this.#netlink.putAddress(wanted);
  }

  #isOurs(wanted: Ipv4AddressEntry): boolean {
    return this.#ours.some((entry) => sameAddress(entry, wanted));
  }

  #isForeign(wanted: Ipv4AddressEntry, present: readonly Ipv4AddressEntry[]): boolean {
    const there = present.find((entry) => sameAddress(entry, wanted));
    return there?.validSeconds === FOREVER && !this.#isOurs(wanted);
  }

  #remove(old: Ipv4AddressEntry, present: readonly Ipv4AddressEntry[]): void {
    this.#displaced = present.filter((other) => !this.#isOurs(other));
    try {
      this.#netlink.deleteAddress(old);
    } finally {
      this.#bringBack(); // it may be done, and the answer lost
    }
  }

  /** The kernel takes the other addresses of the same subnet away too: theirs come back. */
  #bringBack(): void {
    if (this.#displaced.length === 0) return;
    const left = this.#netlink.addresses(this.#index);
    for (const other of this.#displaced) {
      if (!left.some((entry) => sameAddress(entry, other))) this.#netlink.putAddress(other);
    }
    this.#displaced = [];
  }

  #entry(lease: Lease, secondsLeft: number): Ipv4AddressEntry {
    return {
      index: this.#index,
      ...lease.address,
      broadcast: leaseBroadcast(lease),
      validSeconds: secondsLeft,
      preferredSeconds: secondsLeft,
      metric: this.#metric,
      // RFC 3927 §2.6.2 and its like of other links: nothing is to be forwarded from it.
      ...(lease.origin === "ipv4ll" ? { scope: "link" } : {}),
    };
  }
}
