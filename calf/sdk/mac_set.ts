/**
 * A small set of MAC addresses.
 *
 * @module
 */

import { copyBytes, equalBytes } from "./bytes.ts";

/** MAC addresses that a set holds. */
export const MAC_SET_LIMIT: i32 = 64;

/** A set of MAC addresses, each in a place of its own: 0 to `MAC_SET_LIMIT` − 1. */
export class MacSet {
  private macs: Uint8Array = new Uint8Array(MAC_SET_LIMIT * 6);
  /** 1 for a place that is taken. */
  private taken: Uint8Array = new Uint8Array(MAC_SET_LIMIT);

  /** Puts `buf[at..at+6)` into a place instead of what is there. Returns false for no such place. */
  put(place: i32, buf: Uint8Array, at: i32): bool {
    if (place < 0 || place >= MAC_SET_LIMIT) return false;
    copyBytes(this.macs, place * 6, buf, at, 6);
    this.taken[place] = 1;
    return true;
  }

  /** Empties a place. Returns false for no such place. */
  remove(place: i32): bool {
    if (place < 0 || place >= MAC_SET_LIMIT) return false;
    this.taken[place] = 0;
    return true;
  }

  /** True when `buf[at..at+6)` is in the set. */
  has(buf: Uint8Array, at: i32): bool {
    for (let i: i32 = 0; i < MAC_SET_LIMIT; i++) {
      if (i32(this.taken[i]) === 1 && equalBytes(this.macs, i * 6, buf, at, 6)) return true;
    }
    return false;
  }
}
