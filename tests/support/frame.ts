/**
 * Ethernet frames as a test makes and reads them: UDP over IPv4, and ARP. Written apart from the
 * product's own network stack, so that the two check each other.
 *
 * @module
 */

/** The broadcast hardware address. */
export const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";

/** A UDP datagram with all that is around it. */
export interface UdpFrame {
  /** Hardware address that it goes to, "02:00:00:00:00:01". */
  readonly destinationMac: string;
  /** Hardware address that it comes from. */
  readonly sourceMac: string;
  /** IPv4 address that it goes to, "192.0.2.7". */
  readonly destination: string;
  /** IPv4 address that it comes from. */
  readonly source: string;
  /** UDP port that it goes to. */
  readonly destinationPort: number;
  /** UDP port that it comes from. */
  readonly sourcePort: number;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/** An ARP packet for IPv4 over Ethernet (RFC 826) with the addresses of its frame. */
export interface ArpFrame {
  /** Hardware address that the frame goes to. */
  readonly destinationMac: string;
  /** 1 request, 2 reply. */
  readonly operation: number;
  /** Sender hardware address; the frame's source, too. */
  readonly senderMac: string;
  /** Sender protocol address. */
  readonly sender: string;
  /** Target hardware address. */
  readonly targetMac: string;
  /** Target protocol address. */
  readonly target: string;
}

/** Bytes as hex digits without spaces. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of hex digits; everything that is no hex digit is ignored. */
export function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(/[^0-9a-fA-F]/g, "").match(/../g) ?? [];
  return Uint8Array.from(digits, (byte) => parseInt(byte, 16));
}

/** "02:00:00:00:00:01" of six bytes. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The four bytes of "192.0.2.7". */
export function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** "192.0.2.7" of four bytes. */
export function ipv4Text(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** Several byte arrays as one. */
export function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** 16 bits in network byte order. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

/** 32 bits in network byte order. */
export function u32(value: number): Uint8Array {
  return concat(u16(value >>> 16), u16(value & 0xffff));
}

/** The Internet checksum (RFC 1071). */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Makes the frame of a UDP datagram, with its checksums. */
export function encodeUdpFrame(frame: UdpFrame): Uint8Array {
  const { payload } = frame;
  const addresses = concat(ipv4Bytes(frame.source), ipv4Bytes(frame.destination));
  const udpLength = 8 + payload.length;
  const ports = concat(u16(frame.sourcePort), u16(frame.destinationPort), u16(udpLength));
  const sum = checksum(concat(addresses, [0, 17], u16(udpLength), ports, [0, 0], payload));
  const udp = concat(ports, u16(sum === 0 ? 0xffff : sum), payload);
  const before = concat([0x45, 0], u16(20 + udpLength), [0, 0, 0, 0, 64, 17]);
  const ip = concat(before, u16(checksum(concat(before, [0, 0], addresses))), addresses);
  return concat(parseHex(frame.destinationMac), parseHex(frame.sourceMac), [8, 0], ip, udp);
}

/** Reads a frame; null when it is no whole UDP over IPv4 with right (or partial) checksums. */
export function decodeUdpFrame(bytes: Uint8Array): UdpFrame | null {
  if (bytes.length < 42 || toHex(bytes.subarray(12, 15)) !== "080045") return null;
  const total = (bytes[16] << 8) | bytes[17];
  const udpLength = (bytes[38] << 8) | bytes[39];
  if (bytes[23] !== 17 || total > bytes.length - 14 || udpLength !== total - 20) return null;
  const udp = bytes.subarray(34, 34 + udpLength);
  if (checksum(bytes.subarray(14, 34)) !== 0) return null;
  const pseudoHeader = concat(bytes.subarray(26, 34), [0, 17], u16(udpLength));
  const sum = (udp[6] << 8) | udp[7];
  // On a veth the kernel leaves the sum of the pseudo-header to be completed by hardware.
  const partial = sum === (checksum(pseudoHeader) ^ 0xffff);
  if (sum !== 0 && !partial && checksum(concat(pseudoHeader, udp)) !== 0) return null;
  return {
    destinationMac: macText(bytes.subarray(0, 6)),
    sourceMac: macText(bytes.subarray(6, 12)),
    source: ipv4Text(bytes.subarray(26, 30)),
    destination: ipv4Text(bytes.subarray(30, 34)),
    sourcePort: (udp[0] << 8) | udp[1],
    destinationPort: (udp[2] << 8) | udp[3],
    payload: udp.slice(8),
  };
}

/** Makes the frame of an ARP packet. */
export function encodeArpFrame(frame: ArpFrame): Uint8Array {
  return concat(
    ...[parseHex(frame.destinationMac), parseHex(frame.senderMac), [8, 6]],
    ...[[0, 1, 8, 0, 6, 4], u16(frame.operation)],
    ...[parseHex(frame.senderMac), ipv4Bytes(frame.sender)],
    ...[parseHex(frame.targetMac), ipv4Bytes(frame.target)],
  );
}

/** Reads a frame; null when it is no ARP packet for IPv4 over Ethernet. */
export function decodeArpFrame(bytes: Uint8Array): ArpFrame | null {
  if (bytes.length < 42 || toHex(bytes.subarray(12, 20)) !== "0806000108000604") return null;
  return {
    destinationMac: macText(bytes.subarray(0, 6)),
    operation: (bytes[20] << 8) | bytes[21],
    senderMac: macText(bytes.subarray(22, 28)),
    sender: ipv4Text(bytes.subarray(28, 32)),
    targetMac: macText(bytes.subarray(32, 38)),
    target: ipv4Text(bytes.subarray(38, 42)),
  };
}
