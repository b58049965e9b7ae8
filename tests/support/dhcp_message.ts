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
  FORCERENEW: 9,
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

/** How the bytes of a message lie, where that is not as usual. */
export interface Layout {
  /** The server's name field, up to 64 bytes; zero otherwise. */
  readonly sname?: Uint8Array;
  /** The boot file's field, up to 128 bytes; zero otherwise. */
  readonly file?: Uint8Array;
  /** Bytes of the message at least; 300 otherwise. */
  readonly minLength?: number;
  /** False leaves the END option out. */
  readonly end?: boolean;
  /** Bytes after the END option, or in its place, before padding. */
  readonly tail?: Uint8Array;
  /** Hardware type; 1, Ethernet, otherwise. */
  readonly htype?: number;
  /** Bytes of the hardware address; 6 otherwise. */
  readonly hlen?: number;
}

const MAGIC_COOKIE = [99, 130, 83, 99];
const OPTIONS_OFFSET = 240;
const PAD = 0;
const END = 255;
/** RFC 1542 §2.1: some relays and clients drop what is shorter. */
const MIN_LENGTH = 300;

/** The bytes of a message, padded to 300 unless `layout` says otherwise. */
export function encodeMessage(message: DhcpMessage, layout: Layout = {}): Uint8Array {
  const addresses = [message.ciaddr, message.yiaddr, message.siaddr, message.giaddr];
  const bytes = concat(
    [message.op, layout.htype ?? 1, layout.hlen ?? 6, 0],
    ...[u32(message.xid), u16(message.secs), u16(message.flags)],
    ...addresses.map(ipv4Bytes),
    ...[parseHex(message.chaddr), new Uint8Array(10)],
    ...[field(64, layout.sname), field(128, layout.file), MAGIC_COOKIE],
    ...message.options.map(encodeOption),
    ...[layout.end === false ? [] : [END], layout.tail ?? []],
  );
  const missing = (layout.minLength ?? MIN_LENGTH) - bytes.length;
  return concat(bytes, new Uint8Array(Math.max(0, missing)));
}

/**
 * A DHCP reply to `chaddr` that means nothing and holds `bytes` after its magic cookie: what a calf
 * gets to see of anything else than DHCP.
 */
export function replyAround(chaddr: string, bytes: Uint8Array): Uint8Array {
  const none = "0.0.0.0";
  const addresses = { ciaddr: none, yiaddr: none, siaddr: none, giaddr: none };
  return encodeMessage(
    { ...addresses, op: 2, xid: 0, secs: 0, flags: 0, chaddr, options: [] },
    { end: false, minLength: 0, tail: bytes },
  );
}

/** A field of fixed length. */
function field(length: number, value: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (value.length > length) throw new RangeError(`${value.length} bytes do not fit in ${length}`);
  const bytes = new Uint8Array(length);
  bytes.set(value);
  return bytes;
}

/** The bytes of an option; one of more than 255 bytes becomes several (RFC 3396 §6). */
export function encodeOption([code, value]: DhcpOption): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) {
    const part = value.subarray(at, at + 255);
    parts.push(concat([code, part.length], part));
  }
  return concat(...parts);
}

/** `message` with an option of this code and value alone: in the place of the first, or last. */
export function withOption(message: DhcpMessage, code: number, value: Uint8Array): DhcpMessage {
  const at = message.options.findIndex(([present]) => present === code);
  const before = at < 0 ? message.options : message.options.slice(0, at);
  const after = at < 0 ? [] : message.options.slice(at + 1).filter(([other]) => other !== code);
  return { ...message, options: [...before, [code, value], ...after] };
}

/** `message` without the options of these codes. */
export function withoutOptions(message: DhcpMessage, ...codes: number[]): DhcpMessage {
  return { ...message, options: message.options.filter(([code]) => !codes.includes(code)) };
}

/** `message` with more options after those that it has. */
export function withMore(message: DhcpMessage, ...options: DhcpOption[]): DhcpMessage {
  return { ...message, options: [...message.options, ...options] };
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
