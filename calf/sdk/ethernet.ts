/**
 * Ethernet II frames (RFC 894) and MAC addresses.
 *
 * @module
 */

import { copyBytes, getU16, putU16 } from "./bytes.ts";
import { DROP_ETHERNET_SHORT, DROP_ETHERNET_SOURCE, DROP_NONE, DROP_VLAN } from "./drop.ts";

/** Bytes of a header. */
export const ETHERNET_HEADER: i32 = 14;
/** Bytes of the longest untagged frame without its check sequence. */
export const ETHERNET_MAX_FRAME: i32 = 1514;
/** EtherType of IPv4. */
export const ETHERTYPE_IPV4: i32 = 0x0800;
/** EtherType of ARP. */
export const ETHERTYPE_ARP: i32 = 0x0806;
/** EtherType of a customer VLAN tag (IEEE 802.1Q). */
export const ETHERTYPE_VLAN: i32 = 0x8100;
/** EtherType of a service VLAN tag (IEEE 802.1ad). */
export const ETHERTYPE_SERVICE_VLAN: i32 = 0x88a8;

/** A view of a frame's header. */
export class EthernetHeader {
  /** Where the destination MAC address lies. */
  destinationAt: i32 = 0;
  /** Where the source MAC address lies. */
  sourceAt: i32 = 0;
  /** The EtherType; a length (IEEE 802.3) when below 0x600. */
  etherType: i32 = 0;
  /** Where the payload begins. */
  payloadAt: i32 = 0;
  /** Bytes of payload, padding included. */
  payloadLength: i32 = 0;

  /** Reads the header of the frame `buf[at..at+len)`. Returns `DROP_NONE` or why not. */
  parse(buf: Uint8Array, at: i32, len: i32): i32 {
    if (len < ETHERNET_HEADER) return DROP_ETHERNET_SHORT;
    this.destinationAt = at;
    this.sourceAt = at + 6;
    this.etherType = getU16(buf, at + 12);
    this.payloadAt = at + ETHERNET_HEADER;
    this.payloadLength = len - ETHERNET_HEADER;
    if (isGroupMac(buf, at + 6)) return DROP_ETHERNET_SOURCE;
    if (this.etherType === ETHERTYPE_VLAN || this.etherType === ETHERTYPE_SERVICE_VLAN) {
      return DROP_VLAN;
    }
    return DROP_NONE;
  }
}

/** Writes a header at `at`: the MAC addresses are copied from two other buffers. */
export function emitEthernet(
  buf: Uint8Array,
  at: i32,
  destination: Uint8Array,
  destinationAt: i32,
  source: Uint8Array,
  sourceAt: i32,
  etherType: i32,
): void {
  copyBytes(buf, at, destination, destinationAt, 6);
  copyBytes(buf, at + 6, source, sourceAt, 6);
  putU16(buf, at + 12, etherType);
}

/** True for the broadcast address. */
export function isBroadcastMac(buf: Uint8Array, at: i32): bool {
  for (let i: i32 = 0; i < 6; i++) {
    if (buf[at + i] !== 255) return false;
  }
  return true;
}

/** True for a multicast address, broadcast included. */
export function isGroupMac(buf: Uint8Array, at: i32): bool {
  return (i32(buf[at]) & 1) !== 0;
}

/** True for the address of six zeros. */
export function isZeroMac(buf: Uint8Array, at: i32): bool {
  for (let i: i32 = 0; i < 6; i++) {
    if (buf[at + i] !== 0) return false;
  }
  return true;
}
