/**
 * A small set of MAC addresses.
 *
 * @module
 */

import { copyBytes, equalBytes } from "./bytes.ts";

/** MAC addresses that a set holds. */
export const MAC_SET_LIMIT: i32 = 64;

/** A set of at most `MAC_SET_LIMIT` MAC addresses. */
export class MacSet {
  /** MAC addresses in the set. */
  size: i32 = 0;
  private macs: Uint8Array = new Uint8Array(MAC_SET_LIMIT * 6);

  /** Removes all. */
  clear(): void {
    this.size = 0;
  }

  /** Adds `buf[at..at+6)`. Returns false when the set is full and the address not in it. */
  add(buf: Uint8Array, at: i32): bool {
    if (this.has(buf, at)) return true;
    if (this.size === MAC_SET_LIMIT) return false;
    copyBytes(this.macs, this.size * 6, buf, at, 6);
    this.size += 1;
    return true;
  }

  /** True when `buf[at..at+6)` is in the set. */
  has(buf: Uint8Array, at: i32): bool {
    for (let i: i32 = 0; i < this.size; i++) {
      if (equalBytes(this.macs, i * 6, buf, at, 6)) return true;
    }
    return false;
  }
}
