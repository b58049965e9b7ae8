/**
 * Random numbers for xids and jitter: xoshiro128** 1.1 of Blackman and Vigna
 * (https://prng.di.unimi.it/xoshiro128starstar.c), seeded by priv. Not for secrets.
 *
 * @module
 */

import { parseHexU32 } from "./text.ts";

/** One generator with a period of 2^128 − 1. */
export class Random {
  private s0: u32 = 0x9e3779b9;
  private s1: u32 = 0x243f6a88;
  private s2: u32 = 0xb7e15162;
  private s3: u32 = 0x3243f6a8;
  private words: Uint32Array = new Uint32Array(4);

  /** Sets the state. Four zeros, the one state that the generator cannot leave, are replaced. */
  seed(a: u32, b: u32, c: u32, d: u32): void {
    this.s0 = u32(a | b | c | d) === 0 ? 0x9e3779b9 : a;
    this.s1 = b;
    this.s2 = c;
    this.s3 = d;
  }

  /** Seeds from 32 hexadecimal digits (the key /seed); false, and nothing done, when they are not. */
  seedHex(buf: Uint8Array, at: i32, len: i32): bool {
    if (len !== 32) return false;
    for (let i: i32 = 0; i < 4; i++) {
      if (!parseHexU32(buf, at + i * 8, 8, this.words, i)) return false;
    }
    this.seed(this.words[0], this.words[1], this.words[2], this.words[3]);
    return true;
  }

  /** The next 32 bits. */
  next(): u32 {
    // The products stay below 2^36, so that they are exact as doubles too.
    const result: u32 = u32(rotate(u32(this.s1 * 5), 7) * 9);
    const t: u32 = u32(this.s1 << 9);
    this.s2 = u32(this.s2 ^ this.s0);
    this.s3 = u32(this.s3 ^ this.s1);
    this.s1 = u32(this.s1 ^ this.s2);
    this.s0 = u32(this.s0 ^ this.s3);
    this.s2 = u32(this.s2 ^ t);
    this.s3 = rotate(this.s3, 11);
    return result;
  }

  /** A number from 0 to `n` − 1, each equally likely; 0 when `n` is 0. */
  below(n: u32): u32 {
    if (n === 0) return 0;
    // 2^32 mod n: results below it would make some numbers more likely than others.
    const unfair: u32 = u32(u32(0 - n) % n);
    let r: u32 = this.next();
    while (r < unfair) r = this.next();
    return u32(r % n);
  }
}

/** The low 32 bits of `a * b`, also where numbers are doubles. */
export function multiplyU32(a: u32, b: u32): u32 {
  return u32(u32(u32((a >>> 16) * b) << 16) + u32((a & 0xffff) * b));
}

function rotate(v: u32, bits: i32): u32 {
  return u32((v << bits) | (v >>> (32 - bits)));
}
