/**
 * The Internet checksum (RFC 1071), in two steps so that a sum can span a pseudo-header and a
 * payload.
 *
 * @module
 */

import { getU16 } from "./bytes.ts";

/**
 * Adds the 16-bit words of `buf[at..at+len)` to `sum`; an odd last byte counts as the high half of
 * a word. A range of up to 65535 bytes added to a sum below 2^31 does not overflow.
 */
export function addToSum(sum: u32, buf: Uint8Array, at: i32, len: i32): u32 {
  let total: u32 = sum;
  let i: i32 = 0;
  for (; i + 1 < len; i += 2) total = u32(total + u32(getU16(buf, at + i)));
  if (i < len) total = u32(total + u32(i32(buf[at + i]) << 8));
  return total;
}

/** The checksum of a sum: folded to 16 bits and complemented. */
export function finishSum(sum: u32): i32 {
  let folded: u32 = u32((sum >>> 16) + (sum & 0xffff));
  folded = u32((folded >>> 16) + (folded & 0xffff));
  return i32(folded) ^ 0xffff;
}

/** The checksum of `buf[at..at+len)`: 0 when the range holds its own, right checksum. */
export function checksum(buf: Uint8Array, at: i32, len: i32): i32 {
  return finishSum(addToSum(0, buf, at, len));
}
