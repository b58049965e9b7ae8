import assert from "node:assert/strict";
import fc from "fast-check";
import { DROP_ETHERNET_SHORT, DROP_ETHERNET_SOURCE, DROP_NONE, DROP_VLAN } from "./drop.ts";
import {
  emitEthernet,
  EthernetHeader,
  ETHERTYPE_ARP,
  isBroadcastMac,
  isGroupMac,
  isZeroMac,
} from "./ethernet.ts";
import { hex, toHex } from "./sdk_fixture.ts";

const FRAME = hex(`
  ff ff ff ff ff ff  # destination: broadcast
  02 00 00 00 00 01  # source
  08 06              # ARP
  aa bb              # payload
`);

Deno.test("EthernetHeader.parse() reads a header anywhere in a buffer", () => {
  const header = new EthernetHeader();
  const buf = Uint8Array.of(9, 9, 9, ...FRAME);
  assert.equal(header.parse(buf, 3, FRAME.length), DROP_NONE);
  assert.equal(header.etherType, ETHERTYPE_ARP);
  assert.deepEqual([header.destinationAt, header.sourceAt], [3, 9]);
  assert.deepEqual([header.payloadAt, header.payloadLength], [17, 2]);
});

Deno.test("EthernetHeader.parse() refuses every truncation of a header", () => {
  for (let len = 0; len < 14; len++) {
    assert.equal(new EthernetHeader().parse(FRAME, 0, len), DROP_ETHERNET_SHORT);
  }
});

Deno.test("EthernetHeader.parse() refuses VLAN tags (802.1Q, 802.1ad)", () => {
  for (const tag of ["81 00 00 05 08 00", "88 a8 00 05 08 00"]) {
    const frame = Uint8Array.of(...FRAME.subarray(0, 12), ...hex(tag));
    assert.equal(new EthernetHeader().parse(frame, 0, frame.length), DROP_VLAN);
  }
});

Deno.test("EthernetHeader.parse() refuses a group address as source", () => {
  const frame = FRAME.slice();
  frame[6] = 3;
  assert.equal(new EthernetHeader().parse(frame, 0, frame.length), DROP_ETHERNET_SOURCE);
});

Deno.test("emitEthernet() writes what parse() reads", () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
  fc.assert(fc.property(mac, mac, fc.nat(0xffff), (destination, source, etherType) => {
    fc.pre(etherType !== 0x8100 && etherType !== 0x88a8);
    source[0] &= 0xfe;
    const buf = new Uint8Array(16);
    emitEthernet(buf, 1, destination, 0, source, 0, etherType);
    const header = new EthernetHeader();
    assert.equal(header.parse(buf, 1, 15), DROP_NONE);
    assert.deepEqual(buf.slice(header.destinationAt, header.destinationAt + 6), destination);
    assert.deepEqual(buf.slice(header.sourceAt, header.sourceAt + 6), source);
    assert.equal(header.etherType, etherType);
    assert.equal(toHex(buf.subarray(0, 1)) + toHex(buf.subarray(15)), "0000");
  }));
});

Deno.test("isBroadcastMac(), isGroupMac() and isZeroMac() know the special addresses", () => {
  const kinds = (text: string) => {
    const mac = hex(text);
    return [isBroadcastMac(mac, 0), isGroupMac(mac, 0), isZeroMac(mac, 0)];
  };
  assert.deepEqual(kinds("ffffffffffff"), [true, true, false]);
  assert.deepEqual(kinds("01005e000001"), [false, true, false]);
  assert.deepEqual(kinds("000000000000"), [false, false, true]);
  assert.deepEqual(kinds("fefffffffffe"), [false, false, false]);
});
