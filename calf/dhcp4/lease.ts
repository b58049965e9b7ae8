/**
 * A lease: what a DHCPACK gives, with everything that it leaves out or gets wrong decided.
 *
 * @module
 */

import { Text } from "../sdk/text.ts";
import { classPrefixLength, isHostAddress, isHostInSubnet } from "./address.ts";
import { Dhcp4Reply } from "./decode.ts";
import { MAX_NAME_LENGTH } from "./domain.ts";
import { DHCP_TAKEN, DROP_DHCP_LEASE_TIME, DROP_DHCP_YIADDR } from "./drops.ts";
import { LENGTH_FILE, LENGTH_SNAME } from "./message.ts";
import {
  DEFAULT_LEASE_TIME,
  INFINITE,
  MAX_NAME_SERVERS,
  MAX_SEARCH_LENGTH,
  MIN_LEASE_TIME,
  MIN_T1,
} from "./options.ts";
import { OptionTable } from "./option_table.ts";
import { Routes } from "./routes.ts";
import { Dhcp4Settings, MAX_STATIC_NAME_SERVERS } from "./settings.ts";

/** No network is larger. A mask of one bit would put half of the world on the link, unasked for. */
const MIN_PREFIX_LENGTH: i32 = 8;

/**
 * One lease, or an address from elsewhere with what goes with it. An object is used again and again;
 * 0 and empty text mean "not given".
 */
export class Dhcp4Lease {
  /** Our address (`yiaddr`, unless it is from elsewhere). */
  address: u32 = 0;
  /** Bits of the netmask, 1–32: option 1 if it has 8 or more, or the class of the address. */
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
  /** Default router: that of option 121 or 249, else of option 3. */
  router: u32 = 0;
  /** Further routes; its `router` is the lease's where option 121 or 249 decides about it. */
  readonly routes: Routes = new Routes();
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

  /** Server of the next boot stage (`siaddr`). */
  nextServer: u32 = 0;
  /** `sname` as text. */
  readonly serverName: Text = new Text(LENGTH_SNAME);
  /** `file` as text. */
  readonly bootFile: Text = new Text(LENGTH_FILE);
  /** Every option; what has no field here is read from it when it is told. */
  readonly options: OptionTable = new OptionTable();

  /** Takes over what `reply`, for which `leaseProblem()` found none, gives. */
  set(reply: Dhcp4Reply, settings: Dhcp4Settings): void {
    this.address = reply.yiaddr;
    this.prefixLength = prefixLengthFor(reply);
    this.setParameters(reply, settings);
    this.setTimes(reply, settings);
  }

  /** The answer to a DHCPINFORM: the address is that of the settings, and time does not count. */
  setInformed(reply: Dhcp4Reply, settings: Dhcp4Settings): void {
    this.address = settings.informAddress;
    this.prefixLength = settings.informPrefixLength;
    this.setParameters(reply, settings);
    this.setEndless();
  }

  /** The address of the settings before a DHCPINFORM is answered, and nothing else. */
  setInforming(settings: Dhcp4Settings): void {
    this.clear();
    this.address = settings.informAddress;
    this.prefixLength = settings.informPrefixLength;
  }

  /** The static fallback of the settings. */
  setStatic(settings: Dhcp4Settings): void {
    this.clear();
    this.address = settings.staticAddress;
    this.prefixLength = settings.staticPrefixLength;
    this.router = settings.staticRouter;
    for (let i: i32 = 0; i < MAX_STATIC_NAME_SERVERS; i++) {
      if (settings.staticNameServers[i] !== 0) {
        this.nameServers[this.nameServerCount] = settings.staticNameServers[i];
        this.nameServerCount += 1;
      }
    }
  }

  /** The link-local `address` in 169.254.0.0/16 (RFC 3927), and nothing else. */
  setLinkLocal(address: u32): void {
    this.clear();
    this.address = address;
    this.prefixLength = 16;
  }

  /** Becomes a copy of `other`. */
  copyFrom(other: Dhcp4Lease): void {
    this.address = other.address;
    this.prefixLength = other.prefixLength;
    this.server = other.server;
    this.leaseTime = other.leaseTime;
    this.t1 = other.t1;
    this.t2 = other.t2;
    this.broadcast = other.broadcast;
    this.router = other.router;
    this.routes.copyFrom(other.routes);
    this.mtu = other.mtu;
    this.nameServerCount = other.nameServerCount;
    for (let i: i32 = 0; i < other.nameServerCount; i++) this.nameServers[i] = other.nameServers[i];
    copyText(this.domain, other.domain);
    copyText(this.search, other.search);
    this.nextServer = other.nextServer;
    copyText(this.serverName, other.serverName);
    copyText(this.bootFile, other.bootFile);
    this.options.copyFrom(other.options);
  }

  /** The first hop on the way to `destination`, which lies outside our subnet; 0 when there is none. */
  hopTo(destination: u32): u32 {
    const route: i32 = this.routes.find(destination);
    if (route < 0) return this.router;
    return this.routes.nextHops[route] === 0 ? destination : this.routes.nextHops[route];
  }

  /** Makes everything absent; the time has no end. */
  private clear(): void {
    this.address = 0;
    this.prefixLength = 0;
    this.server = 0;
    this.broadcast = 0;
    this.router = 0;
    this.routes.clear();
    this.mtu = 0;
    this.nameServerCount = 0;
    this.domain.clear();
    this.search.clear();
    this.nextServer = 0;
    this.serverName.clear();
    this.bootFile.clear();
    this.options.clear();
    this.setEndless();
  }

  /** Takes everything but the address and the times. */
  private setParameters(reply: Dhcp4Reply, settings: Dhcp4Settings): void {
    this.server = reply.server;
    this.broadcast = reply.broadcast;
    this.router = reply.router;
    this.routes.clear();
    // RFC 3442: option 3 is ignored beside option 121, though that has no default route.
    if (settings.classlessRoutes && this.routes.read(reply.options)) {
      this.router = this.routes.router;
    }
    this.mtu = reply.mtu;
    this.nameServerCount = reply.nameServerCount;
    for (let i: i32 = 0; i < reply.nameServerCount; i++) {
      this.nameServers[i] = reply.nameServers[i];
    }
    copyText(this.domain, reply.domain);
    copyText(this.search, reply.search);
    this.nextServer = isHostAddress(reply.siaddr) ? reply.siaddr : 0;
    copyText(this.serverName, reply.serverName);
    copyText(this.bootFile, reply.bootFile);
    this.options.copyFrom(reply.options);
  }

  /** The time never ends. */
  private setEndless(): void {
    this.leaseTime = INFINITE;
    this.t1 = INFINITE;
    this.t2 = INFINITE;
  }

  /** Decides the times, in which servers make most mistakes. */
  private setTimes(reply: Dhcp4Reply, settings: Dhcp4Settings): void {
    const time: u32 = leaseTimeOf(reply, settings);
    this.leaseTime = time;
    if (time === INFINITE) {
      this.setEndless();
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

/** The seconds from the DHCPREQUEST on for which `reply` gives a lease; `INFINITE` without an end. */
export function leaseTimeOf(reply: Dhcp4Reply, settings: Dhcp4Settings): u32 {
  let time: u32 = settings.leaseTime > 0 ? settings.leaseTime : DEFAULT_LEASE_TIME;
  if (reply.hasLeaseTime) time = reply.leaseTime;
  return time < MIN_LEASE_TIME ? MIN_LEASE_TIME : time;
}

function prefixLengthFor(reply: Dhcp4Reply): i32 {
  return reply.prefixLength >= MIN_PREFIX_LENGTH
    ? reply.prefixLength
    : classPrefixLength(reply.yiaddr);
}

function copyText(to: Text, from: Text): void {
  to.clear().raw(from.bytes, 0, from.length);
}
