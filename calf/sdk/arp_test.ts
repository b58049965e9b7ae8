import assert from "node:assert/strict";
import fc from "fast-check";
import { ARP_REPLY, ARP_REQUEST, ArpPacket, emitArpReply, emitArpRequest } from "./arp.ts";
import * as drop from "./drop.ts";
import { isUnicast } from "./ipv4.ts";
import { hex, ip, toHex } from "./sdk_fixture.ts";

const MAC = hex("02 00 00 00 00 01");
const REQUEST = hex(`
  00 01 08 00          # Ethernet, IPv4
  06 04 00 01          # lengths of addresses; request
  02 00 00 00 00 01    # sender: MAC address
  c0 00 02 07          # 192.0.2.7
  00 00 00 00 00 00    # target: not known
  c0 00 02 01          # 192.0.2.1
`);

function changed(at: number, bytes: string): Uint8Array {
  const buf = REQUEST.slice();
  buf.set(hex(bytes), at);
  return buf;
}

const parse = (buf: Uint8Array) => new ArpPacket().parse(buf, 0, buf.length);

Deno.test("ArpPacket.parse() reads a golden request", () => {
  const arp = new ArpPacket();
  assert.equal(arp.parse(Uint8Array.of(9, ...REQUEST, 0, 0), 1, 30), drop.DROP_NONE);
  assert.equal(arp.operation, ARP_REQUEST);
  assert.deepEqual([arp.sender, arp.target], [ip("192.0.2.7"), ip("192.0.2.1")]);
  assert.equal(arp.senderMacAt, 9);
});

Deno.test("ArpPacket.parse() refuses every truncation of a packet", () => {
  for (let len = 0; len < 28; len++) {
    assert.equal(new ArpPacket().parse(REQUEST, 0, len), drop.DROP_ARP_SHORT, String(len));
  }
});

Deno.test("ArpPacket.parse() refuses what is not Ethernet and IPv4, request or reply", () => {
  for (const [at, bytes] of [[0, "0006"], [2, "86dd"], [4, "08"], [5, "10"]] as const) {
    assert.equal(parse(changed(at, bytes)), drop.DROP_ARP_MALFORMED, bytes);
  }
  for (const operation of ["0000", "0003", "0101"]) {
    assert.equal(parse(changed(6, operation)), drop.DROP_ARP_MALFORMED, operation);
  }
});

Deno.test("ArpPacket.parse() refuses senders that no host can be", () => {
  for (const mac of ["ffffffffffff", "01005e000001", "000000000000"]) {
    assert.equal(parse(changed(8, mac)), drop.DROP_ARP_SENDER, mac);
  }
  for (const address of ["ffffffff", "e0000001", "7f000001"]) {
    assert.equal(parse(changed(14, address)), drop.DROP_ARP_SENDER, address);
  }
});

Deno.test("ArpPacket.parse() accepts the sender 0.0.0.0 in a probe only (RFC 5227 §1.1)", () => {
  const probe = changed(14, "00000000");
  assert.equal(parse(probe), drop.DROP_NONE);
  probe[7] = ARP_REPLY;
  assert.equal(parse(probe), drop.DROP_ARP_SENDER);
});

Deno.test("emitArpRequest() writes the golden request", () => {
  const buf = new Uint8Array(28).fill(0xee);
  emitArpRequest(buf, 0, MAC, ip("192.0.2.7"), ip("192.0.2.1"));
  assert.equal(toHex(buf), toHex(REQUEST));
});

Deno.test("emitArpReply() writes what parse() reads", () => {
  const host = fc.integer({ min: 0x01000000, max: 0x7effffff });
  fc.assert(fc.property(host, host, (sender, target) => {
    const buf = new Uint8Array(30).fill(0xee);
    emitArpReply(buf, 1, MAC, sender, hex("06 05 04 03 02 01"), 0, target);
    const arp = new ArpPacket();
    assert.equal(arp.parse(buf, 1, 28), drop.DROP_NONE);
    assert.deepEqual([arp.operation, arp.sender, arp.target], [ARP_REPLY, sender, target]);
    assert.equal(toHex(buf.subarray(arp.senderMacAt, arp.senderMacAt + 6)), toHex(MAC));
    assert.equal(toHex(buf.subarray(19, 25)), "060504030201");
    assert.deepEqual([buf[0], buf[29]], [0xee, 0xee]);
  }));
});

Deno.test("ArpPacket.parse() gives a reason or a unicast sender for any bytes", () => {
  const arp = new ArpPacket();
  fc.assert(fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (tail) => {
    const buf = Uint8Array.of(...REQUEST.subarray(0, 8), ...tail);
    if (arp.parse(buf, 0, 28) !== drop.DROP_NONE) return;
    assert.equal(buf[8] & 1, 0);
    assert.ok(arp.sender === 0 || isUnicast(arp.sender));
    assert.notEqual(arp.sender >>> 28, 0xe);
  }));
});
