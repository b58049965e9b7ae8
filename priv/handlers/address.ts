/**
 * System handler of /ip: the interface's IPv4 address.
 *
 * @module
 */

import { FOREVER, type Ipv4AddressEntry } from "../../ffi/netlink.ts";
import type { Lease } from "../kv/lease.ts";
import { subnetBroadcast } from "./ipv4.ts";
import type { Netlink } from "./netlink.ts";

function sameAddress(a: Ipv4AddressEntry, b: Ipv4AddressEntry): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength;
}

/**
 * Keeps at most one address of ours on one interface.
 *
 * The broadcast address is the subnet's own, whatever option 28 says: the kernel would send to any
 * other one as a broadcast of this interface, ahead of all routes, and a server could cut the host off
 * from any address it likes.
 */
export class AddressHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  #ours: readonly Ipv4AddressEntry[] = [];

  /** `index` is the interface's. */
  constructor(netlink: Netlink, index: number) {
    this.#netlink = netlink;
    this.#index = index;
  }

  /** What is ours. */
  get owned(): readonly Ipv4AddressEntry[] {
    return this.#ours;
  }

  /** Takes over a predecessor's addresses, as far as they are still there. */
  adopt(addresses: readonly Ipv4AddressEntry[]): void {
    const present = this.#netlink.addresses(this.#index);
    this.#ours = addresses.filter((entry) => present.some((there) => sameAddress(there, entry)));
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
    const wanted = lease === null ? null : this.#entry(lease, secondsLeft);
    for (const old of this.#ours) {
      if (wanted !== null && sameAddress(old, wanted)) continue;
      const present = this.#netlink.addresses(this.#index);
      if (present.some((entry) => sameAddress(entry, old))) this.#remove(old, present);
      this.#ours = this.#ours.filter((entry) => entry !== old);
    }
    if (wanted === null) return;
    if (this.#isForeign(wanted, this.#netlink.addresses(this.#index))) return;
    this.#netlink.putAddress(wanted);
    this.#ours = [wanted];
  }

  #isOurs(wanted: Ipv4AddressEntry): boolean {
    return this.#ours.some((entry) => sameAddress(entry, wanted));
  }

  #isForeign(wanted: Ipv4AddressEntry, present: readonly Ipv4AddressEntry[]): boolean {
    const there = present.find((entry) => sameAddress(entry, wanted));
    return there?.validSeconds === FOREVER && !this.#isOurs(wanted);
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
    const { address, prefixLength } = lease.address;
    return {
      index: this.#index,
      address,
      prefixLength,
      broadcast: subnetBroadcast(address, prefixLength),
      validSeconds: secondsLeft,
      preferredSeconds: secondsLeft,
    };
  }
}
