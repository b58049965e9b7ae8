/**
 * What the tests of the control path share: Responses as priv would send them.
 *
 * @module
 */
import { hex } from "./sdk_fixture.ts";

/** A Response in stream framing; `kind` 0 is ok, 1 is error. */
export function response(id: number, kind: number, value: Uint8Array): Uint8Array {
  const words = (value.length + 7) >> 3;
  const buf = new Uint8Array(8 + 8 * (3 + words));
  const view = new DataView(buf.buffer);
  view.setUint32(4, 3 + words, true);
  buf.set(hex("00 00 00 00 01 00 01 00"), 8); // struct: 1 data word, 1 pointer
  view.setInt32(16, id, true);
  view.setUint16(20, kind, true);
  view.setUint32(24, 1, true); // list, right after the pointer
  view.setUint32(28, (value.length << 3) | 2, true); // of bytes
  buf.set(value, 32);
  return buf;
}
