/**
 * A lease: what a DHCPACK gives, with everything that it leaves out or gets wrong decided.
 *
 * @module
 */

import { Text } from "../sdk/text.ts";
import { classPrefixLength, isHostInSubnet } from "./address.ts";
import { Dhcp4Reply } from "./decode.ts";
import { MAX_NAME_LENGTH } from "./domain.ts";
import { DHCP_TAKEN, DROP_DHCP_LEASE_TIME, DROP_DHCP_YIADDR } from "./drops.ts";
import {
  DEFAULT_LEASE_TIME,
  INFINITE,
  MAX_NAME_SERVERS,
  MAX_SEARCH_LENGTH,
  MIN_LEASE_TIME,
  MIN_T1,
} from "./options.ts";

/** One lease. An object is used again and again; 0 and empty text mean "not given". */
export class Dhcp4Lease {
  /** Our address (`yiaddr`). */
  address: u32 = 0;
  /** Bits of the netmask, 1–32: option 1, or the class of the address. */
  prefixLength: i32 = 0;
  /** Server identifier; 0 when no server gave one. */
  server: u32 = 0;
  /** Lease time in seconds from the DHCPREQUEST on, 20 or more, or `INFINITE`. */
  leaseTime: u32 = 0;
  /** Renewal time in seconds, 10 ≤ t1 < t2; `INFINITE` when the lease is. */
  t1: u32 = 0;
  /** Rebinding time in seconds, t2 < leaseTime; `INFINITE` when the lease is. */
  t2: u32 = 0;
  /** Broadcast address (option 28). */
  broadcast: u32 = 0;
  /** Default router (option 3). */
  router: u32 = 0;
  /** MTU in bytes (option 26). */
  mtu: i32 = 0;
  /** Name servers: the first `nameServerCount` elements. */
  readonly nameServers: Uint32Array = new Uint32Array(MAX_NAME_SERVERS);
  /** Number of name servers. */
  nameServerCount: i32 = 0;
  /** Domain name. */
  readonly domain: Text = new Text(MAX_NAME_LENGTH);
  /** Domains to search, one space between. */
  readonly search: Text = new Text(MAX_SEARCH_LENGTH);

  /** Takes over what `reply`, for which `leaseProblem()` found none, gives. */
  set(reply: Dhcp4Reply): void {
    this.address = reply.yiaddr;
    this.prefixLength = prefixLengthFor(reply);
    this.server = reply.server;
    this.broadcast = reply.broadcast;
    this.router = reply.router;
    this.mtu = reply.mtu;
    this.nameServerCount = reply.nameServerCount;
    for (let i: i32 = 0; i < reply.nameServerCount; i++) {
      this.nameServers[i] = reply.nameServers[i];
    }
    this.domain.clear().raw(reply.domain.bytes, 0, reply.domain.length);
    this.search.clear().raw(reply.search.bytes, 0, reply.search.length);
    this.setTimes(reply);
  }

  /** Decides the times, in which servers make most mistakes. */
  private setTimes(reply: Dhcp4Reply): void {
    let time: u32 = reply.hasLeaseTime ? reply.leaseTime : DEFAULT_LEASE_TIME;
    if (time < MIN_LEASE_TIME) time = MIN_LEASE_TIME;
    this.leaseTime = time;
    if (time === INFINITE) {
      this.t1 = INFINITE;
      this.t2 = INFINITE;
      return;
    }
    // RFC 2131 §4.4.5: 0.5 and 0.875 of the lease time, unless the server knows better.
    const defaultT1: u32 = u32(time >>> 1);
    const defaultT2: u32 = u32(time - u32(time >>> 3));
    this.t1 = reply.hasT1 && reply.t1 >= MIN_T1 ? reply.t1 : defaultT1;
    this.t2 = reply.hasT2 && reply.t2 >= MIN_T1 ? reply.t2 : defaultT2;
    if (this.t1 >= this.t2 || this.t2 >= time) {
      this.t1 = defaultT1;
      this.t2 = defaultT2;
    }
  }
}

/** Why the lease in a DHCPOFFER or DHCPACK cannot be used, or `DHCP_TAKEN` when it can. */
export function leaseProblem(reply: Dhcp4Reply): i32 {
  if (!isHostInSubnet(reply.yiaddr, prefixLengthFor(reply))) return DROP_DHCP_YIADDR;
  return reply.hasLeaseTime && reply.leaseTime === 0 ? DROP_DHCP_LEASE_TIME : DHCP_TAKEN;
}

function prefixLengthFor(reply: Dhcp4Reply): i32 {
  return reply.prefixLength > 0 ? reply.prefixLength : classPrefixLength(reply.yiaddr);
}
