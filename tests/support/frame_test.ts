import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeMessage, type DhcpMessage, encodeMessage } from "./dhcp_message.ts";
import {
  decodeArpFrame,
  decodeUdpFrame,
  encodeArpFrame,
  encodeUdpFrame,
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
