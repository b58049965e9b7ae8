/**
 * ASCII text in a static buffer. The stub runtime of asc never frees, so a value or a log line is
 * built byte by byte in a {@linkcode Text} that is used again and again; strings are constants.
 *
 * @module
 */

import { copyBytes } from "./bytes.ts";

/** A text of at most `capacity` bytes. What does not fit is cut off and sets `truncated`. */
export class Text {
  /** The buffer; the text is `bytes[0..length)`. */
  readonly bytes: Uint8Array;
  /** Bytes in use. */
  length: i32 = 0;
  /** True when something did not fit since the last `clear()`. */
  truncated: bool = false;

  /** Allocates the buffer: once, when the service is made. */
  constructor(capacity: i32) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Empties the text. Every method returns the text itself, so calls can be chained. */
  clear(): Text {
    this.length = 0;
    this.truncated = false;
    return this;
  }

  /** Appends a constant string of ASCII characters. */
  ascii(s: string): Text {
    for (let i: i32 = 0; i < s.length; i++) this.put(i32(s.charCodeAt(i)));
    return this;
  }

  /** Appends `v` in decimal, without leading zeros. */
  decimal(v: u32): Text {
    let divisor: u32 = 1;
    while (u32(v / divisor) >= 10) divisor = u32(divisor * 10);
    while (divisor > 0) {
      this.put(48 + i32(u32(v / divisor) % 10));
      divisor = u32(divisor / 10);
    }
    return this;
  }

  /** Appends the low `digits` (1–8) hexadecimal digits of `v`, in lower case. */
  hex(v: u32, digits: i32): Text {
    for (let shift: i32 = (digits - 1) * 4; shift >= 0; shift -= 4) {
      this.put(hexDigit(i32(v >>> shift) & 15));
    }
    return this;
  }

  /** Appends an IPv4 address as `192.0.2.1`; `a` has the first octet in its top byte. */
  ipv4(a: u32): Text {
    return this.decimal(u32(a >>> 24)).ascii(".").decimal(u32((a >>> 16) & 255)).ascii(".")
      .decimal(u32((a >>> 8) & 255)).ascii(".").decimal(u32(a & 255));
  }

  /** Appends the MAC address `buf[at..at+6)` as `02:00:00:00:00:01`. */
  mac(buf: Uint8Array, at: i32): Text {
    for (let i: i32 = 0; i < 6; i++) {
      if (i > 0) this.put(58);
      this.hex(u32(buf[at + i]), 2);
    }
    return this;
  }

  /** Appends a copy of `buf[at..at+len)` as it is. */
  raw(buf: Uint8Array, at: i32, len: i32): Text {
    let fits: i32 = this.bytes.length - this.length;
    if (len > fits) this.truncated = true;
    else fits = len;
    copyBytes(this.bytes, this.length, buf, at, fits);
    if (fits > 0) this.length += fits;
    return this;
  }

  /**
   * Appends `buf[at..at+len)` for a log: printable ASCII as it is, every other byte, and the
   * backslash, as `\xNN`. An escape that does not fit whole is left out.
   */
  printable(buf: Uint8Array, at: i32, len: i32): Text {
    for (let i: i32 = 0; i < len; i++) {
      const c: i32 = i32(buf[at + i]);
      if (c >= 0x20 && c <= 0x7e && c !== 0x5c) {
        this.put(c);
      } else if (this.length + 4 <= this.bytes.length) {
        this.ascii("\\x").hex(u32(c), 2);
      } else {
        this.truncated = true;
        return this;
      }
    }
    return this;
  }

  /** Appends one byte, or notes that it did not fit. */
  private put(c: i32): void {
    if (this.length < this.bytes.length) {
      this.bytes[this.length] = u8(c);
      this.length += 1;
    } else {
      this.truncated = true;
    }
  }
}

/** True when `buf[at..at+len)` is exactly the ASCII string `s`. */
export function equalsText(buf: Uint8Array, at: i32, len: i32, s: string): bool {
  if (len !== s.length) return false;
  for (let i: i32 = 0; i < len; i++) {
    if (i32(buf[at + i]) !== i32(s.charCodeAt(i))) return false;
  }
  return true;
}

/** Reads a MAC address such as `02:00:00:00:00:01` into `out[0..6)`; false when it is none. */
export function parseMac(buf: Uint8Array, at: i32, len: i32, out: Uint8Array): bool {
  if (len !== 17) return false;
  for (let i: i32 = 0; i < 6; i++) {
    const high: i32 = hexValue(i32(buf[at + i * 3]));
    const low: i32 = hexValue(i32(buf[at + i * 3 + 1]));
    if (high < 0 || low < 0) return false;
    if (i < 5 && i32(buf[at + i * 3 + 2]) !== 58) return false;
    out[i] = u8((high << 4) | low);
  }
  return true;
}

/**
 * Reads 1–8 hexadecimal digits, `buf[at..at+len)`, into `out[outAt]`.
 * False, and `out` unchanged, when there are fewer, more, or other characters.
 */
export function parseHexU32(
  buf: Uint8Array,
  at: i32,
  len: i32,
  out: Uint32Array,
  outAt: i32,
): bool {
  if (len < 1 || len > 8) return false;
  let value: u32 = 0;
  for (let i: i32 = 0; i < len; i++) {
    const digit: i32 = hexValue(i32(buf[at + i]));
    if (digit < 0) return false;
    value = u32((value << 4) | u32(digit));
  }
  out[outAt] = value;
  return true;
}

function hexDigit(v: i32): i32 {
  return v < 10 ? 48 + v : 87 + v;
}

/** The value of a hexadecimal digit, or −1. */
export function hexValue(c: i32): i32 {
  if (c >= 48 && c <= 57) return c - 48;
  if (c >= 97 && c <= 102) return c - 87;
  if (c >= 65 && c <= 70) return c - 55;
  return -1;
}
