import assert from "node:assert/strict";
import { clearPartialChecksum } from "./packet_relay.ts";

const ETHERNET_HEADER = 14;
const FILLER = 0xa5;

/** A frame of filler with an EtherType and an IPv4 header length in words of 4 bytes. */
function frameOf(etherType: number, ihl: number, length: number): Uint8Array {
  const frame = new Uint8Array(length).fill(FILLER);
  frame.set([etherType >> 8, etherType & 0xff, 0x40 | ihl], 12);
  return frame;
}

/** Offsets of the bytes that have changed. */
function changed(etherType: number, ihl: number, length: number): number[] {
  const before = frameOf(etherType, ihl, length);
  const after = before.slice();
  clearPartialChecksum(after, length);
  return [...after.keys()].filter((at) => after[at] !== before[at]);
}

for (const ihl of [5, 6, 15]) {
  Deno.test(`clearPartialChecksum() clears the UDP checksum alone behind ${ihl} words of IPv4`, () => {
    const at = ETHERNET_HEADER + ihl * 4 + 6;
    assert.deepEqual(changed(0x0800, ihl, 342), [at, at + 1]);
  });
}

Deno.test("clearPartialChecksum() changes nothing that is not IPv4", () => {
  assert.deepEqual(changed(0x0806, 5, 60), []);
  assert.deepEqual(changed(0x86dd, 5, 342), []);
});

Deno.test("clearPartialChecksum() changes nothing behind the end of a short frame", () => {
  const whole = ETHERNET_HEADER + 20 + 8;
  assert.deepEqual(changed(0x0800, 5, whole), [whole - 2, whole - 1]);
  for (let length = 15; length < whole; length++) {
    assert.deepEqual(changed(0x0800, 5, length), [], String(length));
  }
  const inLargerBuffer = frameOf(0x0800, 5, 342);
  clearPartialChecksum(inLargerBuffer, whole - 1);
  assert.deepEqual(inLargerBuffer, frameOf(0x0800, 5, 342));
});
