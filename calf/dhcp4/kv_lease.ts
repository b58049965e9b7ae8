/**
 * The lease in the key-value store: each function sends one commit, so that priv never sees half of a
 * change. A renewal that changes nothing is sent too: it refreshes the lifetime of the address.
 *
 * @module
 */

import { KvClient } from "../sdk/kv.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Lease } from "./lease.ts";
import { writeAddress, writeAddresses, writeFurther, writeSeconds } from "./kv_options.ts";
import { stateName } from "./transitions.ts";

/** Bytes that `scratch` needs in these functions: the longest value. */
export const SCRATCH_LENGTH: i32 = 512;

/** Key /origin: a lease. */
export const ORIGIN_DHCP: i32 = 0;
/** Key /origin: a link-local address (RFC 3927). */
export const ORIGIN_IPV4LL: i32 = 1;
/** Key /origin: the static fallback. */
export const ORIGIN_STATIC: i32 = 2;
/** Key /origin: an address of the operator's, with what a DHCPINFORM has brought. */
export const ORIGIN_INFORM: i32 = 3;

/** Says that the state is `state`. Returns the commit's id, or −1 when it could not be sent. */
export function commitState(kv: KvClient, scratch: Text, state: i32): i32 {
  kv.beginCommit();
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(state)));
  return kv.endCommit();
}

/**
 * Removes all that a lease brought; the state is `state`. Returns the commit's id, or −1 when it could not
 * be sent.
 */
export function commitLoss(kv: KvClient, scratch: Text, state: i32): i32 {
  kv.beginCommit();
  kv.changeDelete("", -1);
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(state)));
  return kv.endCommit();
}

/** As `commitLoss()`, and says for how many `seconds` there is to be no IPv4 (RFC 8925). */
export function commitIpv6Only(kv: KvClient, scratch: Text, seconds: u32, state: i32): i32 {
  kv.beginCommit();
  kv.changeDelete("", -1);
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(state)));
  writeSeconds(kv, scratch, "/ipv6-only", seconds);
  return kv.endCommit();
}

/** Says whether hosts may choose link-local addresses here (RFC 2563). The commit's id, or −1. */
export function commitAutoConfigure(kv: KvClient, scratch: Text, allowed: bool): i32 {
  kv.beginCommit();
  kv.changeWrite("/auto-configure", -1, scratch.clear().ascii(allowed ? "on" : "off"));
  return kv.endCommit();
}

/**
 * Replaces all that a lease brought by `lease`, which is from `origin` (`ORIGIN_*`); the state is
 * `state`, BOUND but for a fallback. Returns the commit's id, or −1 when it could not be sent.
 */
export function commitLease(
  kv: KvClient,
  scratch: Text,
  lease: Dhcp4Lease,
  origin: i32,
  state: i32,
): i32 {
  kv.beginCommit();
  kv.changeDelete("", -1);
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(state)));
  scratch.clear().ipv4(lease.address).ascii("/").decimal(u32(lease.prefixLength));
  kv.changeWrite("/ip", -1, scratch);
  kv.changeWrite("/origin", -1, scratch.clear().ascii(originName(origin)));
  writeAddress(kv, scratch, "/broadcast", lease.broadcast);
  writeAddress(kv, scratch, "/gateway", lease.router);
  for (let i: i32 = 0; i < lease.routes.count; i++) {
    kv.changeWrite("/route", i + 1, lease.routes.append(scratch.clear(), i));
  }
  if (lease.mtu > 0) kv.changeWrite("/mtu", -1, scratch.clear().decimal(u32(lease.mtu)));
  if (lease.domain.length > 0) kv.changeWrite("/domain", -1, lease.domain);
  if (lease.search.length > 0) kv.changeWrite("/search", -1, lease.search);
  writeAddresses(kv, scratch, "/nameserver", lease.nameServers, lease.nameServerCount);
  writeFurther(kv, scratch, lease);
  writeAddress(kv, scratch, "/lease/server", lease.server);
  writeSeconds(kv, scratch, "/lease/time", lease.leaseTime);
  writeSeconds(kv, scratch, "/lease/t1", lease.t1);
  writeSeconds(kv, scratch, "/lease/t2", lease.t2);
  return kv.endCommit();
}

/** The value of the key /origin. */
function originName(origin: i32): string {
  switch (origin) {
    case ORIGIN_IPV4LL:
      return "ipv4ll";
    case ORIGIN_STATIC:
      return "static";
    case ORIGIN_INFORM:
      return "inform";
    default:
      return "dhcp";
  }
}
