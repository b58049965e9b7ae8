import assert from "node:assert/strict";
import fc from "fast-check";
import { LONGEST_WAIT_MS } from "./clock.ts";
import * as drop from "./drop.ts";
import { ascii, hex, ip, toHex } from "./sdk_fixture.ts";
import { MAX_PAYLOAD, RECEIVED_ARP, RECEIVED_UDP } from "./stack.ts";
import {
  arpFrame,
  arpReply,
  Bench,
  BROADCAST,
  OURS,
  SERVER,
  udpFrame,
  US,
} from "./stack_fixture.ts";

/** A DHCP server's frame to us, as short as a frame can be. */
const GOLDEN = hex(`
  02 00 00 00 00 01  02 00 00 00 00 02  08 00  # Ethernet: to us, IPv4
  45 00 00 1f 00 00 40 00 40 11 b6 c5          # IPv4: total length 31, DF, TTL 64, UDP
  c0 00 02 01 c0 00 02 07                      # 192.0.2.1 to 192.0.2.7
  00 43 00 44 00 0b 77 46  01 02 03            # UDP: 67 to 68, length 11
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 # padding of the frame to 60 bytes
`);

Deno.test("Stack.receive() gives the addresses, ports and payload of a golden frame", () => {
  const bench = Bench.bound();
  const { stack } = bench;
  assert.equal(bench.receive(GOLDEN), RECEIVED_UDP);
  assert.deepEqual([stack.udpSource, stack.udpDestination], [SERVER, US]);
  assert.deepEqual([stack.udpSourcePort, stack.udpDestinationPort], [67, 68]);
  assert.deepEqual([stack.payloadAt, stack.payloadLength, stack.sourceMacAt], [42, 3, 6]);
  assert.equal(stack.drops.total(), 0);
});

Deno.test("Stack.receive() drops and counts every truncation of a frame", () => {
  const bench = Bench.bound();
  for (let len = 0; len < 45; len++) {
    const result = bench.stack.receive(GOLDEN, len);
    assert.ok(result < 0, String(len));
    assert.ok(bench.stack.drops.get(-result) > 0);
    assert.equal(bench.stack.drops.total(), len + 1);
  }
  for (let len = 45; len <= GOLDEN.length; len++) {
    assert.equal(bench.stack.receive(GOLDEN, len), RECEIVED_UDP);
  }
});

Deno.test("Stack.receive() never throws, and a payload is within the frame, for any bytes", () => {
  const noise = fc.array(fc.tuple(fc.nat(GOLDEN.length - 1), fc.nat(255)), { maxLength: 4 });
  const source = fc.constantFrom(GOLDEN, udpFrame(), arpFrame(), arpReply());
  const bench = Bench.bound();
  fc.assert(fc.property(source, noise, fc.nat(60), (source, noise, cut) => {
    const frame = source.slice(0, source.length - Math.max(0, cut - 50));
    for (const [at, byte] of noise) frame[at] = byte;
    const result = bench.receive(frame);
    if (result === RECEIVED_UDP) {
      assert.ok(bench.stack.payloadAt + bench.stack.payloadLength <= frame.length);
    } else assert.ok(result === RECEIVED_ARP || drop.dropSlug(-result) !== "");
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (frame) => {
    assert.ok(bench.receive(frame) < 0);
  }));
});

Deno.test("Stack.receive() drops frames of other hosts, groups, VLANs and protocols", () => {
  const bench = Bench.bound();
  const changed = (at: number, bytes: string) => {
    const frame = udpFrame();
    frame.set(hex(bytes), at);
    return bench.receive(frame);
  };
  assert.equal(changed(0, "020000000009"), -drop.DROP_ETHERNET_NOT_FOR_US);
  assert.equal(changed(0, "01005e000001"), -drop.DROP_ETHERNET_NOT_FOR_US);
  assert.equal(changed(6, "030000000009"), -drop.DROP_ETHERNET_SOURCE);
  assert.equal(changed(12, "8100"), -drop.DROP_VLAN);
  assert.equal(changed(12, "86dd"), -drop.DROP_ETHERTYPE);
  // TCP; the checksum makes up for it.
  assert.equal(changed(23, "06 b6cc"), -drop.DROP_NOT_UDP);
});

Deno.test("Stack.receive() accepts our address and the broadcast addresses when bound", () => {
  const bench = Bench.bound();
  for (const to of [US, ip("255.255.255.255"), ip("192.0.2.255")]) {
    for (const mac of [OURS, BROADCAST]) {
      assert.equal(bench.receive(udpFrame({ mac, to, port: 123 })), RECEIVED_UDP);
    }
  }
  for (const to of ["192.0.2.8", "192.0.3.255", "224.0.0.1", "0.0.0.0"]) {
    const result = bench.receive(udpFrame({ to: ip(to), port: 123 }));
    assert.equal(result, -drop.DROP_IPV4_NOT_FOR_US, to);
  }
});

Deno.test("Stack.receive() has no subnet broadcast address when the prefix is 31 or 32", () => {
  for (const prefix of [31, 32]) {
    const bench = Bench.bound(prefix, 0);
    const result = bench.receive(udpFrame({ to: ip("192.0.2.6"), port: 123 }));
    assert.equal(result, -drop.DROP_IPV4_NOT_FOR_US);
    assert.equal(bench.receive(udpFrame({ to: 0, port: 123 })), -drop.DROP_IPV4_NOT_FOR_US);
  }
});

Deno.test("Stack.receive() accepts any unicast address to our MAC when unbound (RFC 2131 §4.1)", () => {
  const bench = new Bench();
  assert.equal(bench.receive(udpFrame({ to: ip("203.0.113.9") })), RECEIVED_UDP);
  const refused = -drop.DROP_IPV4_NOT_FOR_US;
  assert.equal(bench.receive(udpFrame({ to: ip("203.0.113.9"), mac: BROADCAST })), refused);
  assert.equal(bench.receive(udpFrame({ to: ip("224.0.0.1") })), refused);
  assert.equal(bench.receive(udpFrame({ to: 0 })), refused);
});

Deno.test("Stack.receive() accepts another unicast address at port 68 when bound", () => {
  const bench = Bench.bound();
  const to = ip("192.0.2.8");
  assert.equal(bench.receive(udpFrame({ to })), RECEIVED_UDP);
  assert.equal(bench.receive(udpFrame({ to, mac: BROADCAST })), -drop.DROP_IPV4_NOT_FOR_US);
});

Deno.test("Stack.sendBroadcast() sends a frame that another stack receives", () => {
  const bench = new Bench();
  bench.stack.payload.set(ascii("hello"));
  bench.stack.sendBroadcast(0, 68, 67, 5);
  const [frame] = bench.host.frames;
  assert.equal(toHex(frame.subarray(0, 14)), `${BROADCAST}${OURS}0800`);
  const other = new Bench();
  assert.equal(other.receive(frame), RECEIVED_UDP);
  assert.deepEqual([other.stack.udpSource, other.stack.udpDestination], [0, 0xffffffff]);
  assert.equal(toHex(frame.subarray(other.stack.payloadAt)), toHex(ascii("hello")));
});

Deno.test("Stack sends up to MAX_PAYLOAD bytes, and nothing when there are more", () => {
  const bench = Bench.bound();
  bench.stack.sendBroadcast(0, 68, 67, MAX_PAYLOAD);
  assert.equal(bench.host.frames[0].length, 1514);
  bench.sent();
  for (const length of [MAX_PAYLOAD + 1, -1]) {
    bench.stack.sendBroadcast(0, 68, 67, length);
    bench.stack.sendUnicast(SERVER, 68, 67, length);
  }
  assert.deepEqual(bench.sent(), []);
  assert.equal(bench.stack.remainingMs(), LONGEST_WAIT_MS);
});
