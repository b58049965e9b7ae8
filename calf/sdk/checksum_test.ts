import assert from "node:assert/strict";
import fc from "fast-check";
import { addToSum, checksum, finishSum } from "./checksum.ts";
import { hex } from "./sdk_fixture.ts";

Deno.test("checksum() is that of the example in RFC 1071 §3", () => {
  // The RFC gives the sum, ddf2, of which the checksum is the complement.
  assert.equal(checksum(hex("00 01 f2 03 f4 f5 f6 f7"), 0, 8), 0xffff - 0xddf2);
});

Deno.test("checksum() is 0 over data that holds its checksum", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
    const padded = new Uint8Array(2 + data.length + (data.length % 2));
    padded.set(data, 2);
    const sum = checksum(padded, 0, padded.length);
    assert.equal(checksum(data, 0, data.length), sum);
    padded[0] = sum >> 8;
    padded[1] = sum;
    assert.equal(checksum(padded, 0, padded.length), 0);
  }));
});

Deno.test("finishSum() folds the carries of the longest range of ones", () => {
  const ones = new Uint8Array(65535).fill(255);
  assert.equal(finishSum(addToSum(0, ones, 0, 65534)), 0);
  // Modulo 0xffff: 0x7fff + 0 + 0xff00.
  assert.equal(finishSum(addToSum(0x7fffffff, ones, 0, 65535)), 0xffff - 0x7f00);
});
