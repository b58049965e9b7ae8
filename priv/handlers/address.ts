/**
 * System handler of /ip and /broadcast: the interface's IPv4 address.
 *
 * @module
 */

import { FOREVER, type Ipv4AddressEntry } from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import type { Netlink } from "./netlink.ts";

function sameAddress(a: Ipv4AddressEntry, b: Ipv4AddressEntry): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength;
}

/** The kernel keeps the broadcast address of an address that is replaced. */
function isReplaceable(a: Ipv4AddressEntry, b: Ipv4AddressEntry): boolean {
  return sameAddress(a, b) && a.broadcast === b.broadcast;
}

/** Keeps at most one address of ours on one interface. */
export class AddressHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  #ours: Ipv4AddressEntry | null = null;

  /** `index` is the interface's. */
  constructor(netlink: Netlink, index: number) {
    this.#netlink = netlink;
    this.#index = index;
  }

  /**
   * Converges on `lease`. The kernel drops the address by itself when `secondsLeft` are over.
   *
   * An address that was there for ever before us is an administrator's: it is used and left alone.
   *
   * @throws {NetlinkError}
   */
  apply(lease: Lease | null, secondsLeft: number): void {
    const wanted = lease === null ? null : this.#entry(lease, secondsLeft);
    const present = this.#netlink.addresses(this.#index);
    const old = this.#ours;
    if (old !== null && (wanted === null || !isReplaceable(old, wanted))) {
      if (present.some((entry) => sameAddress(entry, old))) this.#remove(old, present);
      this.#ours = null;
    }
    if (wanted === null) return;
    const there = present.find((entry) => sameAddress(entry, wanted));
    if (there !== undefined && this.#ours === null && there.validSeconds === FOREVER) return;
    this.#netlink.putAddress(wanted);
    this.#ours = wanted;
  }

  /** The kernel takes the other addresses of the same subnet away too: theirs come back. */
  #remove(old: Ipv4AddressEntry, present: readonly Ipv4AddressEntry[]): void {
    this.#netlink.deleteAddress(old);
    const left = this.#netlink.addresses(this.#index);
    for (const other of present) {
      if (sameAddress(other, old) || left.some((entry) => sameAddress(entry, other))) continue;
      this.#netlink.putAddress(other);
    }
  }

  #entry(lease: Lease, secondsLeft: number): Ipv4AddressEntry {
    return {
      index: this.#index,
      address: lease.address.address,
      prefixLength: lease.address.prefixLength,
      broadcast: lease.broadcast,
      validSeconds: secondsLeft,
      preferredSeconds: secondsLeft,
    };
  }
}
