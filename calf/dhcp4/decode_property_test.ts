import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ascii, fromAscii, ip } from "../sdk/sdk_fixture.ts";
import { Dhcp4Reply } from "./decode.ts";
import { DHCP_TAKEN, dhcpDropSlug } from "./drops.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";

const reply = new Dhcp4Reply();

/** Decodes into a reply that is full of the message before, as in life. */
function check(bytes: Uint8Array): void {
  const reason = reply.decode(bytes, 0, bytes.length);
  if (reason !== DHCP_TAKEN) {
    assert.notEqual(dhcpDropSlug(reason), "");
    return;
  }
  assert.ok([2, 5, 6].includes(reply.messageType));
  assert.ok(reply.prefixLength >= 0 && reply.prefixLength <= 32);
  assert.ok(reply.nameServerCount >= 0 && reply.nameServerCount <= 16);
  assert.ok(reply.mtu === 0 || reply.mtu >= 576);
  assert.ok(!reply.domain.truncated && !reply.search.truncated);
  for (const text of [reply.message, reply.serverName, reply.bootFile]) {
    assert.match(fromAscii(text.bytes.slice(0, text.length)), /^[ -~]*$/);
  }
}

Deno.test("Dhcp4Reply.decode() gives a value or a reason for arbitrary bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), check));
});

Deno.test("Dhcp4Reply.decode() gives a value or a reason for arbitrary options", () => {
  const codes = fc.oneof(
    fc.constantFrom(1, 3, 6, 15, 26, 28, 51, 52, 53, 54, 56, 61, 80, 108, 116, 119),
    fc.nat(255),
  );
  const option = fc.tuple(codes, fc.uint8Array({ maxLength: 40 }));
  const area = (length: number) => fc.uint8Array({ maxLength: length });
  const message = fc.record({
    options: fc.array(option, { maxLength: 20 }),
    file: area(128),
    sname: area(64),
    tail: area(30),
  });
  fc.assert(fc.property(message, fc.constantFrom(2, 5, 6), ({ options, ...rest }, type) => {
    const all: Option[] = [[53, [type]], ...options];
    check(buildMessage({ ...rest, options: all }));
  }));
});

Deno.test("Dhcp4Reply.decode() is the inverse of encoding", () => {
  const host = fc.ipV4().filter((a) => !/^(0|127|22[4-9]|23\d|255)\./.test(a));
  const values = fc.record({
    type: fc.constantFrom(2, 5, 6),
    xid: fc.nat(0xffffffff),
    yiaddr: fc.ipV4(),
    server: host,
    leaseTime: fc.nat(0xffffffff),
    t1: fc.nat(0xffffffff),
    t2: fc.nat(0xffffffff),
    prefixLength: fc.integer({ min: 1, max: 32 }),
    broadcast: host,
    routers: fc.array(host, { minLength: 1, maxLength: 5 }),
    nameServers: fc.array(host, { minLength: 1, maxLength: 16 }),
    domain: fc.domain().filter((name) => name.length <= 253),
    mtu: fc.integer({ min: 576, max: 65535 }),
  });
  fc.assert(fc.property(values, fc.infiniteStream(fc.nat()), (v, order) => {
    const options: Option[] = [
      [53, [v.type]],
      [54, word(v.server)],
      [51, word(v.leaseTime)],
      [58, word(v.t1)],
      [59, word(v.t2)],
      [1, word((0xffffffff << (32 - v.prefixLength)) >>> 0)],
      [28, word(v.broadcast)],
      [3, v.routers.flatMap(word)],
      [6, v.nameServers.flatMap(word)],
      [15, ascii(v.domain)],
      [26, [v.mtu >> 8, v.mtu & 255]],
    ];
    const keyed = options.map((option) => ({ option, key: order.next().value ?? 0 }));
    const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ option }) => option);
    const bytes = buildMessage({ xid: v.xid, yiaddr: v.yiaddr, options: shuffled });
    assert.equal(reply.decode(bytes, 0, bytes.length), DHCP_TAKEN);
    assert.deepEqual({
      type: reply.messageType,
      xid: reply.xid,
      yiaddr: reply.yiaddr,
      server: reply.server,
      leaseTime: reply.leaseTime,
      t1: reply.t1,
      t2: reply.t2,
      prefixLength: reply.prefixLength,
      broadcast: reply.broadcast,
      router: reply.router,
      nameServers: [...reply.nameServers.subarray(0, reply.nameServerCount)],
      domain: fromAscii(reply.domain.bytes.subarray(0, reply.domain.length)),
      mtu: reply.mtu,
      present: [reply.hasLeaseTime, reply.hasT1, reply.hasT2],
    }, {
      type: v.type,
      xid: v.xid,
      yiaddr: ip(v.yiaddr),
      server: ip(v.server),
      leaseTime: v.leaseTime,
      t1: v.t1,
      t2: v.t2,
      prefixLength: v.prefixLength,
      broadcast: ip(v.broadcast),
      router: ip(v.routers[0]),
      nameServers: v.nameServers.map(ip),
      domain: v.domain,
      mtu: v.mtu,
      present: [true, true, true],
    });
  }));
});
