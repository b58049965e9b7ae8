import assert from "node:assert/strict";
import fc from "fast-check";
import { checksum } from "./checksum.ts";
import * as drop from "./drop.ts";
import { broadcastOf, emitIpv4, Ipv4Header, isUnicast, maskOf } from "./ipv4.ts";
import { hex, ip, toHex } from "./sdk_fixture.ts";

/** A header from a DHCP server, with 4 bytes of payload and 2 of padding. */
const DATAGRAM = hex(`
  45 10 00 18    # version 4, ihl 5; TOS; total length 24
  12 34 00 00    # identification; not a fragment
  40 11 e4 88    # TTL 64; UDP; checksum
  c0 00 02 01    # 192.0.2.1
  c0 00 02 07    # 192.0.2.7
  01 02 03 04    # payload
  ee ee          # padding of the frame
`);

/** The datagram with other bytes, and with the right checksum unless told otherwise. */
function changed(at: number, bytes: string, keepChecksum = false): Uint8Array {
  const buf = DATAGRAM.slice();
  buf.set(hex(bytes), at);
  if (keepChecksum) return buf;
  buf.set([0, 0], 10);
  const sum = checksum(buf, 0, Math.min((buf[0] & 15) * 4, buf.length));
  buf.set([sum >> 8, sum & 255], 10);
  return buf;
}

const parse = (buf: Uint8Array) => new Ipv4Header().parse(buf, 0, buf.length);

Deno.test("Ipv4Header.parse() reads a golden header and leaves padding out", () => {
  const header = new Ipv4Header();
  const buf = Uint8Array.of(1, ...DATAGRAM);
  assert.equal(header.parse(buf, 1, DATAGRAM.length), drop.DROP_NONE);
  assert.equal(header.source, ip("192.0.2.1"));
  assert.equal(header.destination, ip("192.0.2.7"));
  assert.equal(header.protocol, 17);
  assert.deepEqual([header.payloadAt, header.payloadLength], [21, 4]);
});

Deno.test("Ipv4Header.parse() refuses every truncation of a datagram", () => {
  for (let len = 0; len < 24; len++) {
    const expected = len < 20 ? drop.DROP_IPV4_SHORT : drop.DROP_IPV4_LENGTH;
    assert.equal(new Ipv4Header().parse(DATAGRAM, 0, len), expected, String(len));
  }
});

Deno.test("Ipv4Header.parse() accepts options and skips them (RFC 791 §3.1)", () => {
  const header = new Ipv4Header();
  const buf = changed(0, "46");
  assert.equal(header.parse(buf, 0, buf.length), drop.DROP_NONE);
  assert.deepEqual([header.payloadAt, header.payloadLength], [24, 0]);
});

Deno.test("Ipv4Header.parse() refuses each broken field with its own reason", () => {
  assert.equal(parse(changed(0, "65")), drop.DROP_IPV4_VERSION);
  assert.equal(parse(changed(0, "44")), drop.DROP_IPV4_IHL);
  assert.equal(parse(changed(0, "4f")), drop.DROP_IPV4_IHL);
  assert.equal(parse(changed(2, "0013")), drop.DROP_IPV4_LENGTH);
  assert.equal(parse(changed(2, "001b")), drop.DROP_IPV4_LENGTH);
  assert.equal(parse(changed(8, "41", true)), drop.DROP_IPV4_CHECKSUM);
});

Deno.test("Ipv4Header.parse() refuses fragments, but not DF", () => {
  assert.equal(parse(changed(6, "2000")), drop.DROP_IPV4_FRAGMENT);
  assert.equal(parse(changed(6, "0001")), drop.DROP_IPV4_FRAGMENT);
  assert.equal(parse(changed(6, "1000")), drop.DROP_IPV4_FRAGMENT);
  assert.equal(parse(changed(6, "4000")), drop.DROP_NONE);
});

Deno.test("Ipv4Header.parse() refuses sources that no host has, but not 0.0.0.0", () => {
  for (const source of ["e0000001", "ffffffff", "7f000001", "00000001"]) {
    assert.equal(parse(changed(12, source)), drop.DROP_IPV4_SOURCE, source);
  }
  assert.equal(parse(changed(12, "00000000")), drop.DROP_NONE);
});

Deno.test("Ipv4Header.parse() gives a payload within the datagram, or a reason, for any bytes", () => {
  const header = new Ipv4Header();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    if (bytes.length > 0) bytes[0] = 0x40 | (bytes[0] & 15);
    if (header.parse(bytes, 0, bytes.length) !== drop.DROP_NONE) return;
    assert.ok(header.payloadAt >= 20);
    assert.ok(header.payloadAt + header.payloadLength <= bytes.length);
  }));
});

Deno.test("emitIpv4() writes what parse() reads, with a TTL and DF", () => {
  const host = fc.nat(0xffffffff).filter(isUnicast);
  fc.assert(fc.property(host, fc.nat(0xffffffff), fc.nat(100), (source, destination, length) => {
    const buf = new Uint8Array(20 + length);
    emitIpv4(buf, 0, buf.length, 17, source, destination);
    const header = new Ipv4Header();
    assert.equal(header.parse(buf, 0, buf.length), drop.DROP_NONE);
    assert.deepEqual([header.source, header.destination], [source, destination]);
    assert.deepEqual([header.protocol, header.payloadLength], [17, length]);
    assert.equal(toHex(buf.subarray(4, 9)), "0000400040");
  }));
});

Deno.test("maskOf() and broadcastOf() cover the prefix lengths 0 to 32", () => {
  assert.equal(maskOf(0), 0);
  assert.equal(maskOf(1), ip("128.0.0.0"));
  assert.equal(maskOf(24), ip("255.255.255.0"));
  assert.equal(maskOf(32), ip("255.255.255.255"));
  assert.equal(broadcastOf(ip("192.0.2.7"), 24), ip("192.0.2.255"));
  assert.equal(broadcastOf(ip("192.0.2.5"), 30), ip("192.0.2.7"));
  assert.equal(broadcastOf(ip("192.0.2.5"), 31), 0);
  assert.equal(broadcastOf(ip("192.0.2.5"), 32), 0);
});

Deno.test("isUnicast() is false for the ranges that are nobody's", () => {
  for (
    const no of ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.0.0.1", "255.255.255.255"]
  ) {
    assert.equal(isUnicast(ip(no)), false, no);
  }
  const hosts = ["1.0.0.0", "10.0.0.1", "169.254.1.1", "223.255.255.255", "240.0.0.1"];
  for (const yes of [...hosts, "255.255.255.254"]) {
    assert.equal(isUnicast(ip(yes)), true, yes);
  }
});
