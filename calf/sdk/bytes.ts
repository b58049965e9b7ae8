/**
 * Network byte order and small operations on byte ranges.
 * Portable subset: nothing here checks bounds or allocates; the caller has checked the range.
 *
 * @module
 */

/** Reads the unsigned 16-bit number at `at`, most significant byte first. */
export function getU16(buf: Uint8Array, at: i32): i32 {
  return (i32(buf[at]) << 8) | i32(buf[at + 1]);
}

/** Reads the unsigned 32-bit number at `at`, most significant byte first. */
export function getU32(buf: Uint8Array, at: i32): u32 {
  return u32(
    (u32(buf[at]) << 24) | (u32(buf[at + 1]) << 16) | (u32(buf[at + 2]) << 8) | u32(buf[at + 3]),
  );
}

/** Writes the low 16 bits of `v` at `at`, most significant byte first. */
export function putU16(buf: Uint8Array, at: i32, v: i32): void {
  buf[at] = u8(v >> 8);
  buf[at + 1] = u8(v);
}

/** Writes `v` at `at`, most significant byte first. */
export function putU32(buf: Uint8Array, at: i32, v: u32): void {
  buf[at] = u8(v >>> 24);
  buf[at + 1] = u8(v >>> 16);
  buf[at + 2] = u8(v >>> 8);
  buf[at + 3] = u8(v);
}

/**
 * Copies `len` bytes from `src[srcAt]` to `dst[dstAt]`, lowest address first: ranges of one buffer
 * may overlap when the destination lies below the source. Nothing happens when `len` ≤ 0.
 */
export function copyBytes(
  dst: Uint8Array,
  dstAt: i32,
  src: Uint8Array,
  srcAt: i32,
  len: i32,
): void {
  for (let i: i32 = 0; i < len; i++) dst[dstAt + i] = src[srcAt + i];
}

/** True when the two ranges of `len` bytes are equal. */
export function equalBytes(a: Uint8Array, aAt: i32, b: Uint8Array, bAt: i32, len: i32): bool {
  for (let i: i32 = 0; i < len; i++) {
    if (a[aAt + i] !== b[bAt + i]) return false;
  }
  return true;
}

/** Sets `len` bytes from `at` on to the low 8 bits of `value`. Nothing happens when `len` ≤ 0. */
export function fillBytes(buf: Uint8Array, at: i32, len: i32, value: i32): void {
  for (let i: i32 = 0; i < len; i++) buf[at + i] = u8(value);
}
