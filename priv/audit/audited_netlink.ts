/**
 * The kernel's interfaces, addresses and routes, with each change an event.
 *
 * @module
 */

import { FOREVER, type Ipv4AddressEntry, type Ipv4RouteEntry } from "../../ffi/netlink.ts";
import type { LinkState } from "../../ffi/netlink.ts";
import type { Netlink } from "../handlers/netlink.ts";
import { audited } from "./audited.ts";
import type { AuditAction, AuditSink } from "./event.ts";

function isSame(a: Ipv4AddressEntry, b: Ipv4AddressEntry): boolean {
  return a.index === b.index && a.address === b.address && a.prefixLength === b.prefixLength;
}

function addressText({ address, prefixLength, broadcast }: Ipv4AddressEntry): string {
  const cidr = `${address}/${prefixLength}`;
  return broadcast === null ? cidr : `${cidr} broadcast ${broadcast}`;
}

function lifetimeText({ validSeconds }: Ipv4AddressEntry): string {
  return validSeconds === FOREVER ? "valid forever" : `valid for ${validSeconds} s`;
}

function routeText({ destination, gateway, source, metric }: Ipv4RouteEntry): string {
  const way = gateway === null ? "on the link" : `via ${gateway}`;
  const from = source === null ? "" : ` from ${source}`;
  return `${destination} ${way}${from} metric ${metric}`;
}

/**
 * Does what another one does, and records what changes something. What was before is what the kernel
 * has last said, for nothing is asked that would not be asked otherwise.
 */
export class AuditedNetlink implements Netlink {
  readonly #netlink: Netlink;
  readonly #sink: AuditSink;
  readonly #links = new Map<number, LinkState>();
  #addresses: readonly Ipv4AddressEntry[] = [];

  /** Wraps `netlink`, which stays the caller's to close. */
  constructor(netlink: Netlink, sink: AuditSink) {
    this.#netlink = netlink;
    this.#sink = sink;
  }

  /** See {@link Netlink}. */
  link(which: string | number): LinkState | null {
    const link = this.#netlink.link(which);
    if (link !== null) this.#links.set(link.index, link);
    return link;
  }

  /** See {@link Netlink}. */
  links(): LinkState[] {
    const links = this.#netlink.links();
    this.#links.clear();
    for (const link of links) this.#links.set(link.index, link);
    return links;
  }

  /** Records `link-up`. */
  setLinkUp(index: number): void {
    this.#change(index, "link-up", {}, () => this.#netlink.setLinkUp(index));
  }

  /** Records `mtu-set`. */
  setLinkMtu(index: number, mtu: number): void {
    const known = this.#links.get(index);
    const change = {
      ...(known === undefined ? {} : { old: String(known.mtu) }),
      new: String(mtu),
    };
    this.#change(index, "mtu-set", change, () => this.#netlink.setLinkMtu(index, mtu));
    if (known !== undefined) this.#links.set(index, { ...known, mtu });
  }

  /** See {@link Netlink}. */
  addresses(index: number): Ipv4AddressEntry[] {
    const addresses = this.#netlink.addresses(index);
    this.#addresses = [...this.#addresses.filter((each) => each.index !== index), ...addresses];
    return addresses;
  }

  /** Records `address-add`, or `address-renew` for one that is there as far as is known. */
  putAddress(entry: Ipv4AddressEntry): void {
    const known = this.#addresses.find((each) => isSame(each, entry));
    const action = known === undefined ? "address-add" : "address-renew";
    const change = {
      old: known === undefined ? null : addressText(known),
      new: `${addressText(entry)} ${lifetimeText(entry)}`,
    };
    this.#change(entry.index, action, change, () => this.#netlink.putAddress(entry));
    this.#forget(entry);
    this.#addresses = [...this.#addresses, entry];
  }

  /** Records `address-remove`. */
  deleteAddress(entry: Ipv4AddressEntry): void {
    const change = { old: addressText(entry), new: null };
    this.#change(entry.index, "address-remove", change, () => this.#netlink.deleteAddress(entry));
    this.#forget(entry);
  }

  /** See {@link Netlink}. */
  routes(index: number): Ipv4RouteEntry[] {
    return this.#netlink.routes(index);
  }

  /** Records `route-add`. */
  addRoute(entry: Ipv4RouteEntry): void {
    const change = { old: null, new: routeText(entry) };
    this.#change(entry.index, "route-add", change, () => this.#netlink.addRoute(entry));
  }

  /** Records `route-remove`. */
  deleteRoute(entry: Ipv4RouteEntry): void {
    const change = { old: routeText(entry), new: null };
    this.#change(entry.index, "route-remove", change, () => this.#netlink.deleteRoute(entry));
  }

  /** Closes the one that is wrapped. */
  close(): void {
    this.#netlink.close();
  }

  #forget(entry: Ipv4AddressEntry): void {
    this.#addresses = this.#addresses.filter((each) => !isSame(each, entry));
  }

  #change(
    index: number,
    action: AuditAction,
    change: { readonly old?: string | null; readonly new?: string | null },
    step: () => void,
  ): void {
    audited(this.#sink, { interface: this.#name(index), action, ...change }, step);
  }

  #name(index: number): string {
    return this.#links.get(index)?.name ?? `#${index}`;
  }
}
