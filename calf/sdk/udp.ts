/**
 * UDP headers (RFC 768).
 *
 * @module
 */

import { getU16, putU16 } from "./bytes.ts";
import { addToSum, finishSum } from "./checksum.ts";
import { DROP_NONE, DROP_UDP_CHECKSUM, DROP_UDP_LENGTH, DROP_UDP_SHORT } from "./drop.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";

/** Bytes of a header. */
export const UDP_HEADER: i32 = 8;

/** A view of a datagram's header. */
export class UdpHeader {
  /** The source port; 0 when the sender expects no answer. */
  sourcePort: i32 = 0;
  /** The destination port. */
  destinationPort: i32 = 0;
  /** Where the payload begins. */
  payloadAt: i32 = 0;
  /** Bytes of payload, by the UDP length; what follows in the IPv4 datagram is ignored. */
  payloadLength: i32 = 0;

  /**
   * Reads the header at the start of the IPv4 payload `buf[at..at+len)` of a datagram between two
   * addresses, and verifies its checksum unless it is 0. Returns `DROP_NONE` or why not.
   */
  parse(buf: Uint8Array, at: i32, len: i32, source: u32, destination: u32): i32 {
    if (len < UDP_HEADER) return DROP_UDP_SHORT;
    const length: i32 = getU16(buf, at + 4);
    if (length < UDP_HEADER || length > len) return DROP_UDP_LENGTH;
    if (getU16(buf, at + 6) !== 0 && udpChecksum(buf, at, length, source, destination) !== 0) {
      return DROP_UDP_CHECKSUM;
    }
    this.sourcePort = getU16(buf, at);
    this.destinationPort = getU16(buf, at + 2);
    this.payloadAt = at + UDP_HEADER;
    this.payloadLength = length - UDP_HEADER;
    return DROP_NONE;
  }
}

/** Writes a header at `at`, before `payloadLength` bytes that are there already (checksum). */
export function emitUdp(
  buf: Uint8Array,
  at: i32,
  sourcePort: i32,
  destinationPort: i32,
  payloadLength: i32,
  source: u32,
  destination: u32,
): void {
  const length: i32 = UDP_HEADER + payloadLength;
  putU16(buf, at, sourcePort);
  putU16(buf, at + 2, destinationPort);
  putU16(buf, at + 4, length);
  putU16(buf, at + 6, 0);
  const sum: i32 = udpChecksum(buf, at, length, source, destination);
  // 0 would say that there is no checksum.
  putU16(buf, at + 6, sum === 0 ? 0xffff : sum);
}

/** Over the pseudo-header (addresses, protocol, UDP length) and the datagram. */
function udpChecksum(buf: Uint8Array, at: i32, len: i32, source: u32, destination: u32): i32 {
  const addresses: u32 = u32(
    (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff),
  );
  return finishSum(addToSum(u32(addresses + u32(PROTOCOL_UDP + len)), buf, at, len));
}
