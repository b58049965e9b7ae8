import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeMessage,
  type DhcpMessage,
  type DhcpOption,
  encodeMessage,
  withMore,
  withOption,
  withoutOptions,
} from "./dhcp_message.ts";
import {
  decodeArpFrame,
  decodeUdpFrame,
  encodeArpFrame,
  encodeUdpFrame,
  type FrameQuirks,
  parseHex,
  toHex,
} from "./frame.ts";

const MACS = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:fe" };

Deno.test("encodeUdpFrame() gives a known datagram its known checksums", () => {
  const frame = encodeUdpFrame({
    ...MACS,
    ...{ destination: "192.0.2.7", source: "192.0.2.1" },
    ...{ destinationPort: 68, sourcePort: 67, payload: Uint8Array.of(1, 2, 3) },
  });
  assert.equal(toHex(frame.subarray(24, 26)), "f6c5", "IPv4 header checksum");
  assert.equal(toHex(frame.subarray(40, 42)), "7746", "UDP checksum");
  assert.equal(toHex(frame.subarray(34, 40)), "00430044000b");
});

Deno.test("decodeUdpFrame() refuses a frame with any byte of the headers or payload changed", () => {
  const frame = encodeUdpFrame({
    ...MACS,
    ...{ destination: "192.0.2.7", source: "192.0.2.1" },
    ...{ destinationPort: 68, sourcePort: 67, payload: Uint8Array.of(1, 2, 3) },
  });
  for (let offset = 12; offset < frame.length; offset++) {
    const changed = frame.slice();
    changed[offset] ^= 0x10;
    assert.equal(decodeUdpFrame(changed), null, `byte ${offset}`);
  }
});

Deno.test("decodeUdpFrame() gives back what encodeUdpFrame() was given", () => {
  const port = fc.nat(65535);
  const payload = fc.uint8Array({ maxLength: 600 });
  fc.assert(fc.property(fc.ipV4(), fc.ipV4(), port, port, payload, (a, b, p, q, payload) => {
    const frame = {
      ...{ ...MACS, destination: a, source: b, destinationPort: p, sourcePort: q, payload },
    };
    assert.deepEqual(decodeUdpFrame(encodeUdpFrame(frame)), frame);
  }));
});

Deno.test("decodeArpFrame() gives back what encodeArpFrame() was given", () => {
  const frame = {
    ...{ destinationMac: "ff:ff:ff:ff:ff:ff", operation: 1 },
    ...{ senderMac: "02:00:00:00:00:01", sender: "192.0.2.7" },
    ...{ targetMac: "00:00:00:00:00:00", target: "192.0.2.1" },
  };
  assert.deepEqual(decodeArpFrame(encodeArpFrame(frame)), frame);
  assert.equal(decodeArpFrame(parseHex("00")), null);
});

Deno.test("decodeMessage() gives back what encodeMessage() was given", () => {
  const message: DhcpMessage = {
    ...{ op: 2, xid: 0xfedcba98, secs: 65535, flags: 0x8000, chaddr: "02:00:00:00:00:01" },
    ...{ ciaddr: "192.0.2.1", yiaddr: "192.0.2.2", siaddr: "192.0.2.3", giaddr: "192.0.2.4" },
    options: [[53, Uint8Array.of(5)], [6, new Uint8Array(8)], [6, new Uint8Array(0)]],
  };
  const bytes = encodeMessage(message);
  assert.equal(bytes.length, 300);
  assert.deepEqual(decodeMessage(bytes), message);
  assert.equal(decodeMessage(bytes.subarray(0, 239)), null);
});

Deno.test("encodeUdpFrame() gets wrong what it is told to", () => {
  const frame = {
    ...{ ...MACS, destination: "192.0.2.7", source: "192.0.2.1" },
    ...{ destinationPort: 68, sourcePort: 67, payload: Uint8Array.of(1, 2, 3) },
  };
  const encoded = (quirks: FrameQuirks) => toHex(encodeUdpFrame(frame, quirks));
  const usual = encoded({});
  const part = (hex: string, from: number, to: number) => hex.slice(2 * from, 2 * to);
  assert.equal(part(encoded({ checksum: "none" }), 40, 42), "0000");
  assert.equal(decodeUdpFrame(encodeUdpFrame(frame, { checksum: "wrong" })), null);
  assert.deepEqual(decodeUdpFrame(encodeUdpFrame(frame, { checksum: "partial" })), frame);
  assert.equal(decodeUdpFrame(encodeUdpFrame(frame, { wrongIpChecksum: true })), null);
  assert.equal(part(encoded({ fragment: 0x2001 }), 20, 22), "2001");
  assert.equal(part(encoded({ versionIhl: 0x44 }), 14, 15), "44");
  assert.equal(part(encoded({ ipLength: 19 }), 16, 18), "0013");
  assert.equal(part(encoded({ udpLength: 7 }), 38, 40), "0007");
  assert.equal(encoded({ trailer: Uint8Array.of(9, 9) }), `${usual}0909`);
  assert.equal(encoded({ vlan: 5 }), `${part(usual, 0, 12)}81000005${usual.slice(24)}`);
  const withOptions = encoded({ ipOptions: Uint8Array.of(1, 1, 1, 0) });
  assert.equal(part(withOptions, 14, 18), "46000023");
  assert.equal(part(withOptions, 34, 38), "01010100");
});

Deno.test("encodeMessage() lays a message out as it is told to", () => {
  const message: DhcpMessage = {
    ...{ op: 2, xid: 1, secs: 0, flags: 0, ciaddr: "0.0.0.0", yiaddr: "192.0.2.7" },
    ...{ siaddr: "0.0.0.0", giaddr: "0.0.0.0", chaddr: "02:00:00:00:00:01" },
    options: [[53, Uint8Array.of(5)], [15, new Uint8Array(256).fill(0x61)]],
  };
  const tail = Uint8Array.of(51, 4);
  const bytes = encodeMessage(message, {
    ...{ minLength: 0, end: false, tail, htype: 6, hlen: 8 },
    ...{ sname: Uint8Array.of(1), file: Uint8Array.of(2) },
  });
  assert.equal(bytes.length, 240 + 3 + 257 + 3 + 2);
  assert.deepEqual([bytes[1], bytes[2], bytes[44], bytes[108]], [6, 8, 1, 2]);
  assert.equal(toHex(bytes.subarray(240, 245)), "3501050fff");
  assert.equal(toHex(bytes.subarray(-5)), "0f01613304");
  assert.equal(encodeMessage(message, { minLength: 600 }).length, 600);
  assert.throws(() => encodeMessage(message, { sname: new Uint8Array(65) }), RangeError);
});

Deno.test("withOption(), withoutOptions() and withMore() keep the order of the rest", () => {
  const of = (...options: DhcpOption[]) => ({ options } as unknown as DhcpMessage);
  const byte = (value: number) => Uint8Array.of(value);
  const message = of([53, byte(5)], [1, byte(1)], [3, byte(3)], [1, byte(2)]);
  assert.deepEqual(withOption(message, 1, byte(9)), of([53, byte(5)], [1, byte(9)], [3, byte(3)]));
  assert.deepEqual(withOption(of([53, byte(5)]), 1, byte(9)), of([53, byte(5)], [1, byte(9)]));
  assert.deepEqual(withoutOptions(message, 1, 53), of([3, byte(3)]));
  assert.deepEqual(withMore(of([3, byte(3)]), [3, byte(4)]), of([3, byte(3)], [3, byte(4)]));
});
