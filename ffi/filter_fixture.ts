/**
 * Socket filters by hand, for tests.
 *
 * @module
 */

/**
 * Packs instructions as `struct sock_filter` (linux/filter.h).
 *
 * @param instructions code, jt, jf, k of each
 */
export function program(
  ...instructions: [code: number, jt: number, jf: number, k: number][]
): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(([code, jt, jf, k], i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}
