/**
 * Routes of a lease: options 121 (RFC 3442), 249 (the same under Microsoft's number) and 33 (RFC 2132
 * §5.8, classful).
 *
 * @module
 */

import { getU32 } from "../sdk/bytes.ts";
import { maskOf } from "../sdk/ipv4.ts";
import { Text } from "../sdk/text.ts";
import { classPrefixLength, isHostAddress } from "./address.ts";
import {
  MAX_ROUTES,
  OPTION_CLASSLESS_STATIC_ROUTE,
  OPTION_MS_CLASSLESS_STATIC_ROUTE,
  OPTION_STATIC_ROUTE,
} from "./options.ts";
import { OptionTable } from "./option_table.ts";

/** The routes of one lease, at most `MAX_ROUTES`, each destination once. */
export class Routes {
  /** Number of routes. */
  count: i32 = 0;
  /** Networks: the first `count` elements; bits beyond the prefix are zero. */
  readonly destinations: Uint32Array = new Uint32Array(MAX_ROUTES);
  /** Bits of each network's prefix, 0–32. */
  readonly prefixLengths: Int32Array = new Int32Array(MAX_ROUTES);
  /** Next hops; 0 when the network is on the link. */
  readonly nextHops: Uint32Array = new Uint32Array(MAX_ROUTES);
  /** The router of the default route; it is not among the routes. 0 when there is none. */
  router: u32 = 0;

  /** Makes it empty. */
  clear(): void {
    this.count = 0;
    this.router = 0;
  }

  /** Becomes a copy of `other`. */
  copyFrom(other: Routes): void {
    this.count = other.count;
    this.router = other.router;
    for (let i: i32 = 0; i < other.count; i++) {
      this.destinations[i] = other.destinations[i];
      this.prefixLengths[i] = other.prefixLengths[i];
      this.nextHops[i] = other.nextHops[i];
    }
  }

  /**
   * Takes the routes of option 121, else of 249, which then stand in for option 3 as well, else of 33.
   * A malformed option counts as absent; a route that no host can have is left out of it. Returns
   * whether option 3 is to be ignored (RFC 3442, "DHCP Client Behavior").
   */
  read(options: OptionTable): bool {
    if (this.readClassless(options, OPTION_CLASSLESS_STATIC_ROUTE)) return true;
    if (this.readClassless(options, OPTION_MS_CLASSLESS_STATIC_ROUTE)) return true;
    this.readClassful(options);
    return false;
  }

  /** The most specific route to `address`, or −1; the default route by a router is not among them. */
  find(address: u32): i32 {
    let best: i32 = -1;
    for (let i: i32 = 0; i < this.count; i++) {
      const bits: i32 = this.prefixLengths[i];
      if (u32(address & maskOf(bits)) !== this.destinations[i]) continue;
      if (best < 0 || bits > this.prefixLengths[best]) best = i;
    }
    return best;
  }

  /** Appends route `i` as the key /route has it: `10.0.0.0/8 192.0.2.1`. */
  append(text: Text, i: i32): Text {
    return text.ipv4(this.destinations[i]).ascii("/").decimal(u32(this.prefixLengths[i])).ascii(" ")
      .ipv4(this.nextHops[i]);
  }

  /** Options 121 and 249; false when it is absent, empty or malformed. */
  private readClassless(options: OptionTable, code: i32): bool {
    this.clear();
    const end: i32 = options.at(code) + options.length(code);
    let p: i32 = options.at(code);
    if (p >= end) return false;
    while (p < end) {
      const bits: i32 = i32(options.bytes[p]);
      const significant: i32 = (bits + 7) >> 3;
      if (bits > 32 || p + 1 + significant + 4 > end) return false;
      let destination: u32 = 0;
      for (let i: i32 = 0; i < significant; i++) {
        destination = u32(destination | u32(u32(options.bytes[p + 1 + i]) << (24 - 8 * i)));
      }
      this.add(destination, bits, getU32(options.bytes, p + 1 + significant));
      p += 1 + significant + 4;
    }
    return true;
  }

  /** Option 33. A destination with host bits in its class is a host; 0.0.0.0 is forbidden. */
  private readClassful(options: OptionTable): void {
    this.clear();
    const at: i32 = options.at(OPTION_STATIC_ROUTE);
    const length: i32 = options.length(OPTION_STATIC_ROUTE);
    if (length % 8 !== 0) return;
    for (let i: i32 = 0; i < length; i += 8) {
      const destination: u32 = getU32(options.bytes, at + i);
      const nextHop: u32 = getU32(options.bytes, at + i + 4);
      const bits: i32 = classPrefixLength(destination);
      const isNetwork: bool = u32(destination & maskOf(bits)) === destination;
      if (destination !== 0 && nextHop !== 0) this.add(destination, isNetwork ? bits : 32, nextHop);
    }
  }

  /** Adds a route when it is usable, there is room, and its destination is new. */
  private add(address: u32, bits: i32, nextHop: u32): void {
    const destination: u32 = u32(address & maskOf(bits));
    const first: u32 = u32(destination >>> 24);
    if (first === 127 || (first >= 224 && first <= 239)) return;
    if (nextHop !== 0 && !isHostAddress(nextHop)) return;
    if (bits === 0 && nextHop !== 0) {
      if (this.router === 0) this.router = nextHop;
      return;
    }
    for (let i: i32 = 0; i < this.count; i++) {
      if (this.destinations[i] === destination && this.prefixLengths[i] === bits) return;
    }
    if (this.count >= MAX_ROUTES) return;
    this.destinations[this.count] = destination;
    this.prefixLengths[this.count] = bits;
    this.nextHops[this.count] = nextHop;
    this.count += 1;
  }
}
