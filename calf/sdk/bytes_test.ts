import assert from "node:assert/strict";
import fc from "fast-check";
import { copyBytes, equalBytes, fillBytes, getU16, getU32, putU16, putU32 } from "./bytes.ts";
import { hex, toHex } from "./sdk_fixture.ts";

Deno.test("getU16() and getU32() read network order when the top bit is set", () => {
  const buf = hex("00 80 01 ff fe fd fc");
  assert.equal(getU16(buf, 1), 0x8001);
  assert.equal(getU32(buf, 3), 0xfffefdfc);
});

Deno.test("putU16() and putU32() write what the getters read", () => {
  fc.assert(fc.property(fc.nat(0xffff), fc.nat(0xffffffff), (small, large) => {
    const buf = new Uint8Array(8);
    putU16(buf, 1, small);
    putU32(buf, 3, large);
    assert.equal(getU16(buf, 1), small);
    assert.equal(getU32(buf, 3), large);
    assert.equal(buf[0] | buf[7], 0);
  }));
});

Deno.test("copyBytes() moves a range down when source and destination overlap", () => {
  const buf = hex("01 02 03 04 05");
  copyBytes(buf, 0, buf, 1, 4);
  assert.equal(toHex(buf), "0203040505");
});

Deno.test("copyBytes() and fillBytes() do nothing when the length is negative", () => {
  const buf = hex("01 02");
  copyBytes(buf, 0, hex("09 09"), 0, -1);
  fillBytes(buf, 0, -1, 9);
  assert.equal(toHex(buf), "0102");
});

Deno.test("fillBytes() sets the low 8 bits in its range only", () => {
  const buf = hex("01 02 03 04");
  fillBytes(buf, 1, 2, 0x1ff);
  assert.equal(toHex(buf), "01ffff04");
});

Deno.test("equalBytes() is true only when every byte is equal", () => {
  assert.equal(equalBytes(hex("00 01 02"), 1, hex("01 02"), 0, 2), true);
  assert.equal(equalBytes(hex("00 01 02"), 1, hex("01 03"), 0, 2), false);
  assert.equal(equalBytes(hex("00"), 0, hex("01"), 0, 0), true);
});
