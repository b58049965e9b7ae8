/**
 * IPv4 link-local addresses (RFC 3927): which one a host without any other address tries.
 *
 * @module
 */

import { getU32 } from "./bytes.ts";
import { Random } from "./random.ts";

/** The prefix length of every link-local address. */
export const LINK_LOCAL_PREFIX: i32 = 16;

/** 169.254.0.0. */
const NETWORK: u32 = 0xa9fe0000;
/** RFC 3927 §2.1: 169.254.1.0 is the first address; the 256 before it are reserved. */
const FIRST: u32 = 0xa9fe0100;
/** RFC 3927 §2.1: 169.254.254.255 is the last one; the 256 after it are reserved. */
const CHOICES: u32 = 65024;
/** Rounds after which the generator's output no longer shows how alike two MAC addresses are. */
const WARM_UP: i32 = 20;

/** True for an address in 169.254.0.0/16. */
export function isLinkLocal(address: u32): bool {
  return u32(address & 0xffff0000) === NETWORK;
}

/**
 * The candidates of one interface. They follow from its MAC address alone, so that a host gets the
 * same address each time, and two hosts hardly ever the same (RFC 3927 §2.1).
 */
export class LinkLocalCandidates {
  private random: Random = new Random();
  private last: u32 = 0;

  /** Begins anew with the candidates for the MAC address `buf[at..at+6)`. */
  setMac(buf: Uint8Array, at: i32): void {
    this.last = 0;
    this.random.seed(getU32(buf, at), getU32(buf, at + 2), NETWORK, CHOICES);
    for (let i: i32 = 0; i < WARM_UP; i++) this.random.next();
  }

  /** The next candidate, 169.254.1.0 to 169.254.254.255, which is never the one before it. */
  next(): u32 {
    let address: u32 = this.last;
    while (address === this.last) address = u32(FIRST + this.random.below(CHOICES));
    this.last = address;
    return address;
  }
}
