/**
 * Why a DHCP message was ignored: the reasons from `DROP_DHCP` (100) on, which go into the same
 * counters as the stack's, and their names for the log.
 *
 * @module
 */

import { DROP_DHCP, dropName } from "../sdk/drop.ts";

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

/** The name of any reason, the stack's or DHCP's, for the log. */
export function dhcpDropName(reason: i32): string {
  if (reason < DROP_DHCP) return dropName(reason);
  switch (reason) {
    case DROP_DHCP_SHORT:
      return "DHCP: too short";
    case DROP_DHCP_OP:
      return "DHCP: op";
    case DROP_DHCP_HARDWARE:
      return "DHCP: htype or hlen";
    case DROP_DHCP_COOKIE:
      return "DHCP: magic cookie";
    case DROP_DHCP_NO_TYPE:
      return "DHCP: no message type";
    case DROP_DHCP_TYPE:
      return "DHCP: message type";
    case DROP_DHCP_XID:
      return "DHCP: xid";
    case DROP_DHCP_CHADDR:
      return "DHCP: chaddr";
    case DROP_DHCP_CLIENT_ID:
      return "DHCP: client identifier";
    case DROP_DHCP_STATE:
      return "DHCP: not expected now";
    case DROP_DHCP_SERVER:
      return "DHCP: DHCPNAK of another server";
    case DROP_DHCP_YIADDR:
      return "DHCP: yiaddr";
    case DROP_DHCP_LEASE_TIME:
      return "DHCP: lease time 0";
    default:
      return "DHCP: other";
  }
}
