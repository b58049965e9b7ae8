/**
 * Values in options as text and addresses. What comes through is what priv accepts for the key that it
 * goes into (schema/): anything else in an option makes it as good as absent.
 *
 * @module
 */

import { getU32 } from "../sdk/bytes.ts";
import { Text } from "../sdk/text.ts";
import { isHostAddress } from "./address.ts";
import { isDomainName, readCompressedName } from "./domain.ts";
import { MAX_OPTION_LENGTH, MAX_SIP_SERVERS, OPTION_SIP_SERVERS } from "./options.ts";
import { OptionTable } from "./option_table.ts";

/**
 * Reads the plain text of option `code` into `out`, without trailing NULs. False when it is absent,
 * longer than 255 bytes, or has a byte that may not stand in plain text.
 */
export function readText(options: OptionTable, code: i32, out: Text): bool {
  return readPlainText(options.bytes, options.at(code), options.length(code), out);
}

/** As `readText()`, from `buf[at..at+len)`. */
export function readPlainText(buf: Uint8Array, at: i32, len: i32, out: Text): bool {
  const length: i32 = lengthWithoutNuls(buf, at, len);
  out.clear();
  if (length < 1 || length > MAX_OPTION_LENGTH) return false;
  for (let i: i32 = 0; i < length; i++) {
    if (!isPlain(i32(buf[at + i]))) return false;
  }
  out.raw(buf, at, length);
  return true;
}

/** Reads the URI in option `code` into `out`, without trailing NULs; false when there is none. */
export function readUri(options: OptionTable, code: i32, out: Text): bool {
  const at: i32 = options.at(code);
  const length: i32 = lengthWithoutNuls(options.bytes, at, options.length(code));
  out.clear();
  if (length > MAX_OPTION_LENGTH || !isUri(options.bytes, at, length)) return false;
  out.raw(options.bytes, at, length);
  return true;
}

/** Reads the bytes of option `code` into `out`, as hexadecimal digits; false when not 1–255 bytes. */
export function readHex(options: OptionTable, code: i32, out: Text): bool {
  const at: i32 = options.at(code);
  const length: i32 = options.length(code);
  out.clear();
  if (length < 1 || length > MAX_OPTION_LENGTH) return false;
  for (let i: i32 = 0; i < length; i++) out.hex(u32(options.bytes[at + i]), 2);
  return true;
}

/** Reads the host name in option `code` into `out`, without trailing NULs and a final dot. */
export function readHostName(options: OptionTable, code: i32, out: Text): bool {
  return readName(options.bytes, options.at(code), options.length(code), out);
}

/** As `readHostName()`, from `buf[at..at+len)`. False when it is no name that priv accepts. */
export function readName(buf: Uint8Array, at: i32, len: i32, out: Text): bool {
  let length: i32 = lengthWithoutNuls(buf, at, len);
  if (length > 0 && i32(buf[at + length - 1]) === 0x2e) length -= 1;
  out.clear();
  if (!isDomainName(buf, at, length)) return false;
  out.raw(buf, at, length);
  return true;
}

/**
 * Reads the addresses of hosts in option `code` into `out`, as many as it takes; others are passed
 * over. Returns how many; 0 when the option's length is no multiple of 4.
 */
export function readAddresses(options: OptionTable, code: i32, out: Uint32Array): i32 {
  const length: i32 = options.length(code);
  if (length % 4 !== 0) return 0;
  let count: i32 = 0;
  for (let i: i32 = 0; i < length && count < out.length; i += 4) {
    const address: u32 = getU32(options.bytes, options.at(code) + i);
    if (isHostAddress(address)) {
      out[count] = address;
      count += 1;
    }
  }
  return count;
}

/** `enc` of option 120: names (RFC 3361 §3.1). */
const SIP_NAMES: i32 = 0;
/** `enc` of option 120: addresses (RFC 3361 §3.2). */
const SIP_ADDRESSES: i32 = 1;

/**
 * Reads the SIP server of rank `index` (from 0) in option 120 into `out`: a name or an address. False
 * when there are not so many, or when one up to there is malformed. Names may be compressed, and
 * addresses that no host can have are passed over.
 */
export function readSipServer(options: OptionTable, index: i32, out: Text): bool {
  const at: i32 = options.at(OPTION_SIP_SERVERS) + 1;
  const length: i32 = options.length(OPTION_SIP_SERVERS) - 1;
  out.clear();
  if (length < 1 || index >= MAX_SIP_SERVERS) return false;
  const encoding: i32 = i32(options.bytes[at - 1]);
  if (encoding === SIP_NAMES) return readListedName(options.bytes, at, length, index, out);
  if (encoding !== SIP_ADDRESSES || length % 4 !== 0) return false;
  let rank: i32 = 0;
  for (let i: i32 = 0; i < length; i += 4) {
    const address: u32 = getU32(options.bytes, at + i);
    if (isHostAddress(address)) {
      if (rank === index) {
        out.ipv4(address);
        return true;
      }
      rank += 1;
    }
  }
  return false;
}

/** Reads the name of rank `index` in the list `buf[at..at+len)`; false when one up to it is bad. */
function readListedName(buf: Uint8Array, at: i32, len: i32, index: i32, out: Text): bool {
  let next: i32 = 0;
  for (let rank: i32 = 0; rank <= index; rank++) {
    if (next >= len) return false;
    next = readCompressedName(buf, at, len, next, out);
    if (next < 0 || !isDomainName(out.bytes, 0, out.length)) return false;
  }
  return true;
}

function lengthWithoutNuls(buf: Uint8Array, at: i32, len: i32): i32 {
  let length: i32 = len;
  while (length > 0 && i32(buf[at + length - 1]) === 0) length -= 1;
  return length;
}

/** Printable ASCII that no shell, file or terminal takes for more than text: not " $ & ' ; \ ` |. */
function isPlain(c: i32): bool {
  if (c < 0x20 || c > 0x7e) return false;
  return c !== 0x22 && c !== 0x24 && c !== 0x26 && c !== 0x27 && c !== 0x3b && c !== 0x5c &&
    c !== 0x60 && c !== 0x7c;
}

/** A scheme, a colon, and at least one character more (RFC 3986 §3). */
function isUri(buf: Uint8Array, at: i32, len: i32): bool {
  let scheme: i32 = 0;
  while (scheme < len && isSchemeByte(i32(buf[at + scheme]))) scheme += 1;
  if (scheme === 0 || !isLetter(i32(buf[at]))) return false;
  if (scheme + 1 >= len || i32(buf[at + scheme]) !== 0x3a) return false;
  for (let i: i32 = scheme + 1; i < len; i++) {
    if (!isUriByte(i32(buf[at + i]))) return false;
  }
  return true;
}

function isLetter(c: i32): bool {
  return (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
}

/** Letters, digits, `+`, `.` and `-`. */
function isSchemeByte(c: i32): bool {
  return isLetter(c) || (c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2e || c === 0x2d;
}

/** What RFC 3986 §2 allows, and `%`; but not ' $ ( ). */
function isUriByte(c: i32): bool {
  if (isLetter(c) || (c >= 0x3f && c <= 0x5d && c !== 0x5c)) return true;
  if (c === 0x21 || c === 0x23 || c === 0x25 || c === 0x26 || c === 0x5f || c === 0x7e) return true;
  return c >= 0x2a && c <= 0x3d && c !== 0x3c;
}
