/**
 * DHCP messages (RFC 2131 §2, RFC 2132) as a test server makes and reads them.
 *
 * @module
 */

import { concat, ipv4Bytes, ipv4Text, macText, parseHex, u16, u32 } from "./frame.ts";

/** Message types (RFC 2132 §9.6). */
export const DhcpType = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
} as const;

/** One option: its code and its bytes. */
export type DhcpOption = readonly [code: number, value: Uint8Array];

/** A message; options in the order of the packet, doubled ones included. */
export interface DhcpMessage {
  /** 1 request, 2 reply. */
  readonly op: number;
  /** Transaction id. */
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  /** 0x8000: the client wants its answer by broadcast. */
  readonly flags: number;
  /** The client's address, when it can use it. */
  readonly ciaddr: string;
  /** The address that it is given. */
  readonly yiaddr: string;
  /** The next server to boot from. */
  readonly siaddr: string;
  /** The relay. */
  readonly giaddr: string;
  /** The client's hardware address. */
  readonly chaddr: string;
  /** The options without pad and end. */
  readonly options: readonly DhcpOption[];
}

const MAGIC_COOKIE = [99, 130, 83, 99];
const OPTIONS_OFFSET = 240;
const PAD = 0;
const END = 255;
/** RFC 1542 §2.1: some relays and clients drop what is shorter. */
const MIN_LENGTH = 300;

/** The bytes of a message, padded to 300. */
export function encodeMessage(message: DhcpMessage): Uint8Array {
  const addresses = [message.ciaddr, message.yiaddr, message.siaddr, message.giaddr];
  const bytes = concat(
    ...[[message.op, 1, 6, 0], u32(message.xid), u16(message.secs), u16(message.flags)],
    ...addresses.map(ipv4Bytes),
    ...[parseHex(message.chaddr), new Uint8Array(10 + 64 + 128), MAGIC_COOKIE],
    ...message.options.map(([code, value]) => concat([code, value.length], value)),
    [END],
  );
  return concat(bytes, new Uint8Array(Math.max(0, MIN_LENGTH - bytes.length)));
}

/** Reads a message; null when it is none. */
export function decodeMessage(bytes: Uint8Array): DhcpMessage | null {
  if (bytes.length < OPTIONS_OFFSET) return null;
  if (MAGIC_COOKIE.some((byte, index) => bytes[236 + index] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const address = (offset: number) => ipv4Text(bytes.subarray(offset, offset + 4));
  const options: DhcpOption[] = [];
  for (let at = OPTIONS_OFFSET; at < bytes.length && bytes[at] !== END;) {
    if (bytes[at] === PAD) {
      at++;
    } else {
      options.push([bytes[at], bytes.slice(at + 2, at + 2 + bytes[at + 1])]);
      at += 2 + bytes[at + 1];
    }
  }
  return {
    op: bytes[0],
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: address(12),
    yiaddr: address(16),
    siaddr: address(20),
    giaddr: address(24),
    chaddr: macText(bytes.subarray(28, 34)),
    options,
  };
}

/** The first option with this code, or null. */
export function option(message: DhcpMessage, code: number): Uint8Array | null {
  return message.options.find(([present]) => present === code)?.[1] ?? null;
}

/** The first option with this code as an IPv4 address, or null. */
export function addressOption(message: DhcpMessage, code: number): string | null {
  const value = option(message, code);
  return value === null ? null : ipv4Text(value);
}

/** The message type (option 53), 0 when there is none. */
export function messageType(message: DhcpMessage): number {
  return option(message, 53)?.[0] ?? 0;
}
