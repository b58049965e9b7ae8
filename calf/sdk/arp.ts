/**
 * ARP packets for Ethernet and IPv4 (RFC 826).
 *
 * @module
 */

import { copyBytes, fillBytes, getU16, getU32, putU16, putU32 } from "./bytes.ts";
import { DROP_ARP_MALFORMED, DROP_ARP_SENDER, DROP_ARP_SHORT, DROP_NONE } from "./drop.ts";
import { ETHERTYPE_IPV4, isGroupMac, isZeroMac } from "./ethernet.ts";
import { isUnicast } from "./ipv4.ts";

/** Bytes of a packet. */
export const ARP_LENGTH: i32 = 28;
/** Operation: who has the target address? */
export const ARP_REQUEST: i32 = 1;
/** Operation: the sender has the sender address. */
export const ARP_REPLY: i32 = 2;

const HARDWARE_ETHERNET: i32 = 1;

/** A view of a packet. */
export class ArpPacket {
  /** `ARP_REQUEST` or `ARP_REPLY`. */
  operation: i32 = 0;
  /** Where the sender's MAC address lies. */
  senderMacAt: i32 = 0;
  /** The sender's IPv4 address; 0 only in a request, the probe of RFC 5227 §1.1. */
  sender: u32 = 0;
  /** The target's IPv4 address. */
  target: u32 = 0;

  /** Reads the packet at the start of `buf[at..at+len)`. Returns `DROP_NONE` or why not. */
  parse(buf: Uint8Array, at: i32, len: i32): i32 {
    if (len < ARP_LENGTH) return DROP_ARP_SHORT;
    if (
      getU16(buf, at) !== HARDWARE_ETHERNET || getU16(buf, at + 2) !== ETHERTYPE_IPV4 ||
      buf[at + 4] !== 6 || buf[at + 5] !== 4
    ) return DROP_ARP_MALFORMED;
    this.operation = getU16(buf, at + 6);
    if (this.operation !== ARP_REQUEST && this.operation !== ARP_REPLY) return DROP_ARP_MALFORMED;
    this.senderMacAt = at + 8;
    this.sender = getU32(buf, at + 14);
    this.target = getU32(buf, at + 24);
    if (isGroupMac(buf, at + 8) || isZeroMac(buf, at + 8)) return DROP_ARP_SENDER;
    const probe: bool = this.operation === ARP_REQUEST && this.sender === 0;
    return probe || isUnicast(this.sender) ? DROP_NONE : DROP_ARP_SENDER;
  }
}

/** Writes a request at `at`: who has `target`, asks `sender`? */
export function emitArpRequest(
  buf: Uint8Array,
  at: i32,
  senderMac: Uint8Array,
  sender: u32,
  target: u32,
): void {
  emitArp(buf, at, ARP_REQUEST, senderMac, sender, target);
  fillBytes(buf, at + 18, 6, 0);
}

/** Writes a reply at `at`: `sender` is at `senderMac`, says it to the target. */
export function emitArpReply(
  buf: Uint8Array,
  at: i32,
  senderMac: Uint8Array,
  sender: u32,
  targetMac: Uint8Array,
  targetMacAt: i32,
  target: u32,
): void {
  emitArp(buf, at, ARP_REPLY, senderMac, sender, target);
  copyBytes(buf, at + 18, targetMac, targetMacAt, 6);
}

function emitArp(
  buf: Uint8Array,
  at: i32,
  operation: i32,
  senderMac: Uint8Array,
  sender: u32,
  target: u32,
): void {
  putU16(buf, at, HARDWARE_ETHERNET);
  putU16(buf, at + 2, ETHERTYPE_IPV4);
  putU16(buf, at + 4, 0x0604);
  putU16(buf, at + 6, operation);
  copyBytes(buf, at + 8, senderMac, 0, 6);
  putU32(buf, at + 14, sender);
  putU32(buf, at + 24, target);
}
