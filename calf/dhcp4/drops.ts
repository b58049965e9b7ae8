/**
 * Why a DHCP message was ignored: the reasons from `DROP_DHCP` (100) on, which go into the same
 * counters as the stack's, and their slugs.
 *
 * @module
 */

import { DROP_DHCP, dropSlug } from "../sdk/drop.ts";
import { DropReport } from "../sdk/drop_report.ts";

/** Nothing wrong: the message was taken. */
export const DHCP_TAKEN: i32 = 0;
/** Shorter than the fixed fields and the magic cookie (240 bytes). */
export const DROP_DHCP_SHORT: i32 = 100;
/** `op` is not BOOTREPLY. */
export const DROP_DHCP_OP: i32 = 101;
/** `htype` is not Ethernet, or `hlen` is not 6. */
export const DROP_DHCP_HARDWARE: i32 = 102;
/** The magic cookie is missing: plain BOOTP, or garbage. */
export const DROP_DHCP_COOKIE: i32 = 103;
/** No option 53: plain BOOTP, or garbage. */
export const DROP_DHCP_NO_TYPE: i32 = 104;
/** A message type that is no answer to us, FORCERENEW (RFC 3203) included. */
export const DROP_DHCP_TYPE: i32 = 105;
/** `xid` is not that of our last message. */
export const DROP_DHCP_XID: i32 = 106;
/** `chaddr` is not our MAC address. */
export const DROP_DHCP_CHADDR: i32 = 107;
/** The client identifier (option 61) is another client's. */
export const DROP_DHCP_CLIENT_ID: i32 = 108;
/** We did not ask, or have our answer. */
export const DROP_DHCP_STATE: i32 = 109;
/** A DHCPNAK of another server than the one that we asked (RFC 2131 §3.1). */
export const DROP_DHCP_SERVER: i32 = 110;
/** `yiaddr` cannot be a host's address in its subnet. */
export const DROP_DHCP_YIADDR: i32 = 111;
/** A lease time of 0. */
export const DROP_DHCP_LEASE_TIME: i32 = 112;
/** An option that the operator requires is missing. */
export const DROP_DHCP_REQUIRED: i32 = 113;

/** The slug of any reason, the stack's or DHCP's: see `dropSlug()`. */
export function dhcpDropSlug(reason: i32): string {
  if (reason < DROP_DHCP) return dropSlug(reason);
  switch (reason) {
    case DROP_DHCP_SHORT:
      return "dhcp-short";
    case DROP_DHCP_OP:
      return "dhcp-op";
    case DROP_DHCP_HARDWARE:
      return "dhcp-hardware";
    case DROP_DHCP_COOKIE:
      return "dhcp-cookie";
    case DROP_DHCP_NO_TYPE:
      return "dhcp-no-type";
    case DROP_DHCP_TYPE:
      return "dhcp-type";
    case DROP_DHCP_XID:
      return "dhcp-xid";
    case DROP_DHCP_CHADDR:
      return "dhcp-chaddr";
    case DROP_DHCP_CLIENT_ID:
      return "dhcp-client-id";
    case DROP_DHCP_STATE:
      return "dhcp-state";
    case DROP_DHCP_SERVER:
      return "dhcp-server";
    case DROP_DHCP_YIADDR:
      return "dhcp-yiaddr";
    case DROP_DHCP_LEASE_TIME:
      return "dhcp-lease-time";
    case DROP_DHCP_REQUIRED:
      return "dhcp-required-option";
    default:
      return "";
  }
}

/** Tells priv of all reasons. */
export class Dhcp4DropReport extends DropReport {
  /** See `dhcpDropSlug()`. */
  override slugOf(reason: i32): string {
    return dhcpDropSlug(reason);
  }
}
