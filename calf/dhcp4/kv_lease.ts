/**
 * The lease in the key-value store: each function sends one commit, so that priv never sees half of a
 * change. A renewal that changes nothing is sent too: it refreshes the lifetime of the address.
 *
 * @module
 */

import { KvClient } from "../sdk/kv.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Lease } from "./lease.ts";
import { INFINITE } from "./options.ts";
import { STATE_BOUND, STATE_INIT, stateName } from "./transitions.ts";

/** Bytes that `scratch` needs in these functions: the longest value. */
export const SCRATCH_LENGTH: i32 = 512;

/** Says that the state is `state`. Returns the commit's id, or −1 when it could not be sent. */
export function commitState(kv: KvClient, scratch: Text, state: i32): i32 {
  kv.beginCommit();
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(state)));
  return kv.endCommit();
}

/** Removes all that a lease brought. Returns the commit's id, or −1 when it could not be sent. */
export function commitLoss(kv: KvClient, scratch: Text): i32 {
  kv.beginCommit();
  kv.changeDelete("", -1);
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(STATE_INIT)));
  return kv.endCommit();
}

/** Replaces all that a lease brought by `lease`. Returns the commit's id, or −1 when not sent. */
export function commitLease(kv: KvClient, scratch: Text, lease: Dhcp4Lease): i32 {
  kv.beginCommit();
  kv.changeDelete("", -1);
  kv.changeWrite("/state", -1, scratch.clear().ascii(stateName(STATE_BOUND)));
  scratch.clear().ipv4(lease.address).ascii("/").decimal(u32(lease.prefixLength));
  kv.changeWrite("/ip", -1, scratch);
  writeAddress(kv, scratch, "/broadcast", -1, lease.broadcast);
  writeAddress(kv, scratch, "/gateway", -1, lease.router);
  if (lease.mtu > 0) kv.changeWrite("/mtu", -1, scratch.clear().decimal(u32(lease.mtu)));
  if (lease.domain.length > 0) kv.changeWrite("/domain", -1, lease.domain);
  if (lease.search.length > 0) kv.changeWrite("/search", -1, lease.search);
  for (let i: i32 = 0; i < lease.nameServerCount; i++) {
    writeAddress(kv, scratch, "/nameserver", i + 1, lease.nameServers[i]);
  }
  writeAddress(kv, scratch, "/lease/server", -1, lease.server);
  writeSeconds(kv, scratch, "/lease/time", lease.leaseTime);
  writeSeconds(kv, scratch, "/lease/t1", lease.t1);
  writeSeconds(kv, scratch, "/lease/t2", lease.t2);
  return kv.endCommit();
}

/** Appends a time as the store has it: decimal, or `infinite`. */
export function appendSeconds(text: Text, seconds: u32): Text {
  return seconds === INFINITE ? text.ascii("infinite") : text.decimal(seconds);
}

function writeAddress(kv: KvClient, scratch: Text, path: string, index: i32, address: u32): void {
  if (address !== 0) kv.changeWrite(path, index, scratch.clear().ipv4(address));
}

function writeSeconds(kv: KvClient, scratch: Text, path: string, seconds: u32): void {
  kv.changeWrite(path, -1, appendSeconds(scratch.clear(), seconds));
}
