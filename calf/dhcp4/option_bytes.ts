/**
 * The data of an option that may come in several parts.
 *
 * @module
 */

import { copyBytes } from "../sdk/bytes.ts";

/**
 * The parts of one variable-length option, put together in the order in which they stand in the
 * message (RFC 3396 §7).
 */
export class OptionBytes {
  /** The data is `bytes[0..length)`. */
  readonly bytes: Uint8Array;
  /** Bytes of data; 0 when the option is absent or empty. */
  length: i32 = 0;
  private tooLong: bool = false;

  /** Allocates room for `capacity` bytes: once. */
  constructor(capacity: i32) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes the option absent. */
  clear(): void {
    this.length = 0;
    this.tooLong = false;
  }

  /** Adds a part, `buf[at..at+len)`. An option that does not fit counts as absent from then on. */
  append(buf: Uint8Array, at: i32, len: i32): void {
    if (this.tooLong || this.length + len > this.bytes.length) {
      this.tooLong = true;
      this.length = 0;
      return;
    }
    copyBytes(this.bytes, this.length, buf, at, len);
    this.length += len;
  }
}
