/**
 * How long to wait before asking again. All times are in milliseconds.
 *
 * @module
 */

import { Random } from "../sdk/random.ts";

/**
 * The first wait. RFC 2131 §4.1 proposes 4 s; a lost first frame (a switch port that has just come up)
 * is so common that half a second serves users better, and the doubling soon arrives at the RFC's times.
 */
export const FIRST_DELAY_MS: u32 = 500;
/** The longest wait (RFC 2131 §4.1). */
export const LAST_DELAY_MS: u32 = 64000;
/** Doublings from `FIRST_DELAY_MS` to `LAST_DELAY_MS`: 0.5 1 2 4 8 16 32 64 s. */
export const DOUBLINGS: i32 = 7;
/** The shortest wait between two requests for more time (RFC 2131 §4.4.5). */
export const RENEWAL_FLOOR_MS: i32 = 60000;
/** The least wait after priv refused a lease; RFC 2131 §3.1.5 has the same after a DHCPDECLINE. */
export const REFUSED_DELAY_MS: u32 = 10000;

const LARGEST_JITTER_MS: u32 = 1000;
/** Whatever is left of a lease, nothing is asked more often than this. */
const LEAST_RENEWAL_MS: i32 = 1000;

/**
 * The wait after the `tries`-th attempt, counted from 0: doubling from 0.5 to 64 s, give or take a
 * random quarter but at most the one second of RFC 2131 §4.1.
 */
export function backoffDelay(tries: i32, random: Random): u32 {
  let base: u32 = LAST_DELAY_MS;
  if (tries < DOUBLINGS) base = u32(FIRST_DELAY_MS << tries);
  let jitter: u32 = u32(base >>> 2);
  if (jitter > LARGEST_JITTER_MS) jitter = LARGEST_JITTER_MS;
  return u32(base - jitter + random.below(u32(jitter + jitter + 1)));
}

/**
 * The shortest wait between renewals when `totalMs` are left at the first one: one minute (RFC 2131
 * §4.4.5), but half the time when that is less, so that a short lease is not lost by one lost frame.
 */
export function renewalFloor(totalMs: i32): i32 {
  const half: i32 = totalMs >> 1;
  if (half > RENEWAL_FLOOR_MS) return RENEWAL_FLOOR_MS;
  return half > LEAST_RENEWAL_MS ? half : LEAST_RENEWAL_MS;
}

/** The wait until the next renewal when `leftMs` are left: half of it, at least `floorMs`. */
export function renewalDelay(leftMs: i32, floorMs: i32): u32 {
  const half: i32 = leftMs >> 1;
  return u32(half < floorMs ? floorMs : half);
}
