import assert from "node:assert/strict";
import fc from "fast-check";
import * as drop from "./drop.ts";
import { hex, ip } from "./sdk_fixture.ts";
import { emitUdp, UdpHeader } from "./udp.ts";

const SOURCE = ip("192.0.2.1");
const DESTINATION = ip("192.0.2.7");
const DATAGRAM = hex(`
  00 43 00 44    # from port 67 to 68
  00 0b 77 46    # length 11; checksum
  01 02 03       # payload
  ee             # a byte after the UDP length
`);

const parse = (buf: Uint8Array, len = buf.length) =>
  new UdpHeader().parse(buf, 0, len, SOURCE, DESTINATION);

Deno.test("UdpHeader.parse() reads a golden datagram and leaves the excess out", () => {
  const header = new UdpHeader();
  const buf = Uint8Array.of(9, ...DATAGRAM);
  assert.equal(header.parse(buf, 1, DATAGRAM.length, SOURCE, DESTINATION), drop.DROP_NONE);
  assert.deepEqual([header.sourcePort, header.destinationPort], [67, 68]);
  assert.deepEqual([header.payloadAt, header.payloadLength], [9, 3]);
});

Deno.test("UdpHeader.parse() refuses every truncation of a datagram", () => {
  for (let len = 0; len < 11; len++) {
    const expected = len < 8 ? drop.DROP_UDP_SHORT : drop.DROP_UDP_LENGTH;
    assert.equal(parse(DATAGRAM, len), expected, String(len));
  }
});

Deno.test("UdpHeader.parse() refuses a length below 8 or beyond the datagram", () => {
  for (const length of [0, 7, 13, 0xffff]) {
    const buf = DATAGRAM.slice();
    buf.set([length >> 8, length & 255], 4);
    assert.equal(parse(buf), drop.DROP_UDP_LENGTH, String(length));
  }
});

Deno.test("UdpHeader.parse() refuses a wrong checksum, and other addresses", () => {
  const buf = DATAGRAM.slice();
  buf[9] ^= 1;
  assert.equal(parse(buf), drop.DROP_UDP_CHECKSUM);
  const header = new UdpHeader();
  assert.equal(
    header.parse(DATAGRAM, 0, DATAGRAM.length, SOURCE, DESTINATION + 1),
    drop.DROP_UDP_CHECKSUM,
  );
});

Deno.test("UdpHeader.parse() accepts checksum 0, which means none (RFC 768)", () => {
  const buf = DATAGRAM.slice();
  buf.set([0, 0], 6);
  assert.equal(parse(buf), drop.DROP_NONE);
});

Deno.test("emitUdp() writes what parse() reads, and a bit error is noticed", () => {
  const u32Value = fc.nat(0xffffffff);
  const payload = fc.uint8Array({ maxLength: 60 });
  fc.assert(fc.property(u32Value, u32Value, payload, fc.nat(), (from, to, payload, error) => {
    const buf = new Uint8Array(8 + payload.length);
    buf.set(payload, 8);
    emitUdp(buf, 0, 68, 67, payload.length, from, to);
    const header = new UdpHeader();
    assert.equal(header.parse(buf, 0, buf.length, from, to), drop.DROP_NONE);
    assert.deepEqual([header.sourcePort, header.destinationPort], [68, 67]);
    assert.equal(header.payloadLength, payload.length);
    const bit = error % (payload.length * 8 || 1);
    if (payload.length === 0) return;
    buf[8 + (bit >> 3)] ^= 1 << (bit & 7);
    assert.equal(header.parse(buf, 0, buf.length, from, to), drop.DROP_UDP_CHECKSUM);
  }));
});

Deno.test("emitUdp() writes ffff when the checksum is 0 (RFC 768)", () => {
  // The payload makes the sum ffff.
  const buf = new Uint8Array(10);
  emitUdp(buf, 0, 0, 0, 2, 0, 0);
  const missing = (buf[6] << 8) | buf[7];
  buf.set([missing >> 8, missing & 255], 8);
  emitUdp(buf, 0, 0, 0, 2, 0, 0);
  assert.deepEqual([...buf.subarray(6, 8)], [255, 255]);
  assert.equal(new UdpHeader().parse(buf, 0, 10, 0, 0), drop.DROP_NONE);
});
