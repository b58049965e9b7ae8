/**
 * IPv4 headers (RFC 791) and addresses. An address is a u32 with the first octet in its top byte.
 *
 * @module
 */

import { getU16, getU32, putU16, putU32 } from "./bytes.ts";
import { checksum } from "./checksum.ts";
import {
  DROP_IPV4_CHECKSUM,
  DROP_IPV4_FRAGMENT,
  DROP_IPV4_IHL,
  DROP_IPV4_LENGTH,
  DROP_IPV4_SHORT,
  DROP_IPV4_SOURCE,
  DROP_IPV4_VERSION,
  DROP_NONE,
} from "./drop.ts";

/** Bytes of a header without options. */
export const IPV4_HEADER: i32 = 20;
/** Protocol number of UDP. */
export const PROTOCOL_UDP: i32 = 17;
/** The limited broadcast address, 255.255.255.255. */
export const IPV4_BROADCAST: u32 = 0xffffffff;

/** "Don't fragment", the second of the three flag bits. */
const FLAG_DF: i32 = 0x4000;
/** "More fragments" and the fragment offset: all zero in a whole datagram. */
const FRAGMENT_BITS: i32 = 0x3fff;
const DEFAULT_TTL: i32 = 64;

/** A view of a datagram's header. */
export class Ipv4Header {
  /** The source address. */
  source: u32 = 0;
  /** The destination address. */
  destination: u32 = 0;
  /** The protocol of the payload. */
  protocol: i32 = 0;
  /** Where the payload begins; options are skipped. */
  payloadAt: i32 = 0;
  /** Bytes of payload; what follows in the frame is padding. */
  payloadLength: i32 = 0;

  /** Reads the header at the start of `buf[at..at+len)`. Returns `DROP_NONE` or why not. */
  parse(buf: Uint8Array, at: i32, len: i32): i32 {
    if (len < IPV4_HEADER) return DROP_IPV4_SHORT;
    if (i32(buf[at]) >> 4 !== 4) return DROP_IPV4_VERSION;
    const headerLength: i32 = (i32(buf[at]) & 15) * 4;
    if (headerLength < IPV4_HEADER || headerLength > len) return DROP_IPV4_IHL;
    const totalLength: i32 = getU16(buf, at + 2);
    if (totalLength < headerLength || totalLength > len) return DROP_IPV4_LENGTH;
    if (checksum(buf, at, headerLength) !== 0) return DROP_IPV4_CHECKSUM;
    if ((getU16(buf, at + 6) & FRAGMENT_BITS) !== 0) return DROP_IPV4_FRAGMENT;
    this.protocol = i32(buf[at + 9]);
    this.source = getU32(buf, at + 12);
    this.destination = getU32(buf, at + 16);
    this.payloadAt = at + headerLength;
    this.payloadLength = totalLength - headerLength;
    // 0.0.0.0 is a host that has no address yet, and some servers answer from it.
    if (this.source !== 0 && !isUnicast(this.source)) return DROP_IPV4_SOURCE;
    return DROP_NONE;
  }
}

/**
 * Writes a header without options at `at`, for a datagram of `totalLength` bytes. It is not to be
 * fragmented, so its identification may be 0 (RFC 6864 §4.1).
 */
export function emitIpv4(
  buf: Uint8Array,
  at: i32,
  totalLength: i32,
  protocol: i32,
  source: u32,
  destination: u32,
): void {
  putU16(buf, at, 0x4500);
  putU16(buf, at + 2, totalLength);
  putU16(buf, at + 4, 0);
  putU16(buf, at + 6, FLAG_DF);
  putU16(buf, at + 8, (DEFAULT_TTL << 8) | protocol);
  putU16(buf, at + 10, 0);
  putU32(buf, at + 12, source);
  putU32(buf, at + 16, destination);
  putU16(buf, at + 10, checksum(buf, at, IPV4_HEADER));
}

/** The mask of a prefix length, 0–32. */
export function maskOf(prefixLength: i32): u32 {
  // A shift by 32 would be a shift by 0.
  return prefixLength <= 0 ? 0 : u32(0xffffffff << (32 - prefixLength));
}

/** The directed broadcast address of a subnet; 0 when it has none (RFC 3021: /31, and /32). */
export function broadcastOf(address: u32, prefixLength: i32): u32 {
  return prefixLength >= 31 ? 0 : u32(address | ~maskOf(prefixLength));
}

/**
 * True when the address can belong to one host: not in 0/8, not loopback, multicast or broadcast.
 * 240.0.0.0/4 is unicast to Linux and passes; a lease may be for an address in it.
 */
export function isUnicast(address: u32): bool {
  const first: i32 = i32(address >>> 24);
  if (first === 0 || first === 127 || address === IPV4_BROADCAST) return false;
  return first < 224 || first > 239;
}
