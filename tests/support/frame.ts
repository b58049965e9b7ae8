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

/** What is wrong or unusual about the frame of a datagram; an ordinary one when empty. */
export interface FrameQuirks {
  /** The first byte of the IPv4 header: version and header length in words; 0x45 otherwise. */
  readonly versionIhl?: number;
  /** Flags and fragment offset of the IPv4 header (RFC 791 §3.1); 0 otherwise. */
  readonly fragment?: number;
  /** Options of the IPv4 header, a multiple of 4 bytes; {@link versionIhl} follows them. */
  readonly ipOptions?: Uint8Array;
  /** The total length that the IPv4 header tells; the true one otherwise. */
  readonly ipLength?: number;
  /** The length that the UDP header tells; the true one otherwise. */
  readonly udpLength?: number;
  /**
   * The UDP checksum: `none` is 0 (RFC 768), `partial` that of the pseudo-header only, as the kernel
   * leaves it to hardware, `wrong` neither of these.
   */
  readonly checksum?: "right" | "none" | "partial" | "wrong";
  /** True for an IPv4 header checksum that is wrong. */
  readonly wrongIpChecksum?: boolean;
  /** Bytes after the IPv4 packet, such as the padding of a short Ethernet frame. */
  readonly trailer?: Uint8Array;
  /** A tag of IEEE 802.1Q: priority, DEI and VLAN id. */
  readonly vlan?: number;
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

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Makes the frame of a UDP datagram, with its checksums, and with what `quirks` gets wrong. */
export function encodeUdpFrame(frame: UdpFrame, quirks: FrameQuirks = {}): Uint8Array {
  const { payload } = frame;
  const { ipOptions = new Uint8Array(0), trailer = new Uint8Array(0) } = quirks;
  const addresses = concat(ipv4Bytes(frame.source), ipv4Bytes(frame.destination));
  const length = 8 + payload.length;
  const ports = concat(u16(frame.sourcePort), u16(frame.destinationPort));
  const header = concat(ports, u16(quirks.udpLength ?? length));
  const pseudoHeader = concat(addresses, [0, 17], u16(quirks.udpLength ?? length));
  const sum = udpChecksum(pseudoHeader, concat(header, [0, 0], payload), quirks.checksum);
  const udp = concat(header, u16(sum), payload);
  const headerLength = 20 + ipOptions.length;
  const before = concat(
    [quirks.versionIhl ?? (0x40 | headerLength / 4), 0],
    u16(quirks.ipLength ?? headerLength + length),
    [0, 0],
    u16(quirks.fragment ?? 0),
    [64, 17],
  );
  const ipSum = checksum(concat(before, [0, 0], addresses, ipOptions));
  const changed = quirks.wrongIpChecksum ? ipSum ^ 0x5a5a : ipSum;
  const ip = concat(before, u16(changed), addresses, ipOptions);
  const untagged = concat(
    ...[parseHex(frame.destinationMac), parseHex(frame.sourceMac), [8, 0], ip, udp, trailer],
  );
  return quirks.vlan === undefined ? untagged : tagged(untagged, quirks.vlan);
}

/** The UDP checksum of a datagram whose own is 0 so far, or one that is not. */
function udpChecksum(
  pseudoHeader: Uint8Array,
  datagram: Uint8Array,
  kind: FrameQuirks["checksum"] = "right",
): number {
  if (kind === "none") return 0;
  if (kind === "partial") return checksum(pseudoHeader) ^ 0xffff;
  const sum = checksum(concat(pseudoHeader, datagram));
  const right = sum === 0 ? 0xffff : sum;
  return kind === "right" ? right : right ^ 0x5a5a;
}

/** `frame` with a tag of IEEE 802.1Q: priority, DEI and VLAN id, and the EtherType of tags. */
export function tagged(frame: Uint8Array, tci: number, tpid = 0x8100): Uint8Array {
  return concat(frame.subarray(0, 12), u16(tpid), u16(tci), frame.subarray(12));
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
