/**
 * Values of the key-value store as numbers and bytes: the inverse of what {@linkcode Text} writes. Each
 * function reads `buf[at..at+len)`; when it returns false, `out` is unchanged.
 *
 * @module
 */

import { equalsText, hexValue } from "./text.ts";

/** The time that never ends, as `infinite` (RFC 2131 §3.3). */
const INFINITE: u32 = 0xffffffff;

/** Where `parseSmall()` has its number from. */
const small: Uint32Array = new Uint32Array(1);

/** Reads digits without leading zeros, up to 4294967295, into `out[outAt]`. */
export function parseDecimal(
  buf: Uint8Array,
  at: i32,
  len: i32,
  out: Uint32Array,
  outAt: i32,
): bool {
  if (len < 1 || len > 10 || (len > 1 && i32(buf[at]) === 48)) return false;
  let value: u32 = 0;
  for (let i: i32 = 0; i < len; i++) {
    const digit: i32 = i32(buf[at + i]) - 48;
    if (digit < 0 || digit > 9) return false;
    if (value > 429496729 || (value === 429496729 && digit > 5)) return false;
    value = u32(u32(value * 10) + u32(digit));
  }
  out[outAt] = value;
  return true;
}

/** Reads a time, decimal or `infinite` (4294967295, in no other form), into `out[outAt]`. */
export function parseSeconds(
  buf: Uint8Array,
  at: i32,
  len: i32,
  out: Uint32Array,
  outAt: i32,
): bool {
  if (equalsText(buf, at, len, "infinite")) {
    out[outAt] = INFINITE;
    return true;
  }
  return !equalsText(buf, at, len, "4294967295") && parseDecimal(buf, at, len, out, outAt);
}

/** Reads a dotted quad without leading zeros into `out[outAt]`, the first octet in the top byte. */
export function parseIpv4(
  buf: Uint8Array,
  at: i32,
  len: i32,
  out: Uint32Array,
  outAt: i32,
): bool {
  const end: i32 = at + len;
  let address: u32 = 0;
  let p: i32 = at;
  for (let octet: i32 = 0; octet < 4; octet++) {
    let q: i32 = p;
    while (q < end && i32(buf[q]) !== 46) q += 1;
    const value: i32 = parseSmall(buf, p, q - p, 255);
    if (value < 0 || (q === end) !== (octet === 3)) return false;
    address = u32(u32(address << 8) | u32(value));
    p = q + 1;
  }
  out[outAt] = address;
  return true;
}

/** Reads `192.0.2.7/24`: the address into `out[outAt]`, the prefix length, 1–32, into the next. */
export function parseCidr(
  buf: Uint8Array,
  at: i32,
  len: i32,
  out: Uint32Array,
  outAt: i32,
): bool {
  let slash: i32 = 0;
  while (slash < len && i32(buf[at + slash]) !== 47) slash += 1;
  const bits: i32 = parseSmall(buf, at + slash + 1, len - slash - 1, 32);
  if (bits < 1 || !parseIpv4(buf, at, slash, out, outAt)) return false;
  out[outAt + 1] = u32(bits);
  return true;
}

/**
 * Reads pairs of hexadecimal digits into `out[0..)`. Returns how many bytes they are, or −1, and `out`
 * is unchanged, when they are none, or more than `out` takes.
 */
export function parseHexBytes(buf: Uint8Array, at: i32, len: i32, out: Uint8Array): i32 {
  const count: i32 = len >> 1;
  if (count < 1 || (len & 1) !== 0 || count > out.length) return -1;
  for (let i: i32 = 0; i < len; i++) {
    if (hexValue(i32(buf[at + i])) < 0) return -1;
  }
  for (let i: i32 = 0; i < count; i++) {
    const high: i32 = hexValue(i32(buf[at + 2 * i]));
    out[i] = u8((high << 4) | hexValue(i32(buf[at + 2 * i + 1])));
  }
  return count;
}

/** As `parseDecimal()`, but returns the number, or −1 when it is none or more than `max`. */
export function parseSmall(buf: Uint8Array, at: i32, len: i32, max: i32): i32 {
  if (!parseDecimal(buf, at, len, small, 0) || small[0] > u32(max)) return -1;
  return i32(small[0]);
}
