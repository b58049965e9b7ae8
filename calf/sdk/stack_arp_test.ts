import assert from "node:assert/strict";
import { LONGEST_WAIT_MS } from "./clock.ts";
import * as drop from "./drop.ts";
import { ascii, ip, toHex } from "./sdk_fixture.ts";
import { RECEIVED_ARP } from "./stack.ts";
import {
  arpFrame,
  arpReply,
  Bench,
  BROADCAST,
  isArpRequest,
  OURS,
  SERVER,
  SERVER_MAC,
  US,
} from "./stack_fixture.ts";

Deno.test("Stack.receive() answers an ARP request for our address, to the asker alone", () => {
  const bench = Bench.bound();
  assert.equal(bench.receive(arpFrame()), RECEIVED_ARP);
  assert.deepEqual(bench.sent(), [
    `${SERVER_MAC}${OURS}08060001080006040002${OURS}c0000207${SERVER_MAC}c0000201`,
  ]);
  // A probe of another host that wants our address (RFC 5227 §2.1.1).
  assert.equal(bench.receive(arpFrame({ sender: 0 })), RECEIVED_ARP);
  assert.equal(bench.sent().length, 1);
});

Deno.test("Stack.receive() answers no ARP request when it has no address, or for another", () => {
  const bench = new Bench();
  assert.equal(bench.receive(arpFrame()), -drop.DROP_ARP_NOT_FOR_US);
  assert.equal(bench.receive(arpFrame({ target: 0 })), -drop.DROP_ARP_NOT_FOR_US);
  bench.stack.configure(US, 24, SERVER);
  assert.equal(bench.receive(arpFrame({ target: US + 1 })), -drop.DROP_ARP_NOT_FOR_US);
  bench.stack.unconfigure();
  assert.equal(bench.receive(arpFrame()), -drop.DROP_ARP_NOT_FOR_US);
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.receive() reports another host that claims our address (RFC 5227 §2.4)", () => {
  const bench = Bench.bound();
  assert.equal(bench.receive(arpFrame({ sender: US })), -drop.DROP_ARP_CONFLICT);
  assert.equal(bench.receive(arpReply({ sender: US })), -drop.DROP_ARP_CONFLICT);
  assert.equal(bench.receive(arpFrame({ sender: US, senderMac: OURS })), -drop.DROP_ARP_SENDER);
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.sendUnicast() asks by ARP first, then sends, then remembers", () => {
  const bench = Bench.bound();
  bench.send(SERVER, "one");
  assert.deepEqual(bench.sent(), [
    `${BROADCAST}${OURS}08060001080006040001${OURS}c0000207000000000000c0000201`,
  ]);
  assert.equal(bench.stack.remainingMs(), 1000);
  bench.stack.payload.fill(0);
  assert.equal(bench.receive(arpReply()), RECEIVED_ARP);
  bench.send(SERVER, "two");
  const sent = bench.sent();
  assert.equal(sent.length, 2);
  assert.ok(sent.every((frame) => frame.startsWith(`${SERVER_MAC}${OURS}0800`)));
  assert.ok(sent[0].endsWith(toHex(ascii("one"))));
  assert.ok(sent[1].endsWith(toHex(ascii("two"))));
  assert.equal(bench.stack.remainingMs(), LONGEST_WAIT_MS);
});

Deno.test("Stack.sendUnicast() asks again when a minute has passed (RFC 1122 §2.3.2.1)", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  bench.receive(arpReply());
  bench.sent();
  bench.at(60_000);
  bench.send(SERVER);
  assert.ok(isArpRequest(bench.sent()[0]));
});

Deno.test("Stack.onTimer() asks three times, a second apart, when replies are lost", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  const times = [];
  for (let ms = 0; ms < 10_000; ms += 250) {
    bench.at(ms);
    for (const frame of bench.sent()) times.push([ms, isArpRequest(frame)]);
  }
  assert.deepEqual(times, [[0, true], [1000, true], [2000, true]]);
  assert.equal(bench.stack.remainingMs(), LONGEST_WAIT_MS);
  // The datagram is gone, so that a late reply is one that nobody asked for.
  assert.equal(bench.receive(arpReply()), -drop.DROP_ARP_UNSOLICITED);
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.onTimer() still sends the datagram when the third request is answered", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  bench.at(1000);
  bench.at(2000);
  bench.sent();
  bench.clock.advance(2900);
  assert.equal(bench.stack.remainingMs(), 100);
  assert.equal(bench.receive(arpReply()), RECEIVED_ARP);
  assert.ok(bench.sent()[0].startsWith(SERVER_MAC));
});

Deno.test("Stack.sendUnicast() keeps the later datagram, and asks no more often for it", () => {
  const bench = Bench.bound();
  bench.send(SERVER, "one");
  bench.sent();
  for (let i = 0; i < 5; i++) bench.send(SERVER, "two");
  assert.deepEqual(bench.sent(), []);
  bench.receive(arpReply());
  const sent = bench.sent();
  assert.equal(sent.length, 1);
  assert.ok(sent[0].endsWith(toHex(ascii("two"))));
});

Deno.test("Stack.sendUnicast() asks for the new next hop when the one that waits is another", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  bench.send(SERVER + 1);
  assert.equal(bench.sent().filter(isArpRequest).length, 2);
  assert.equal(bench.receive(arpReply()), -drop.DROP_ARP_UNSOLICITED);
  assert.equal(bench.receive(arpReply({ sender: SERVER + 1 })), RECEIVED_ARP);
});

Deno.test("Stack.sendUnicast() goes by the router when the destination is off-link", () => {
  const bench = Bench.bound();
  bench.send(ip("203.0.113.5"));
  assert.ok(bench.sent()[0].endsWith("c0000201"));
  bench.receive(arpReply());
  const [frame] = bench.sent();
  assert.ok(frame.startsWith(SERVER_MAC));
  assert.equal(frame.slice(60, 68), "cb007105");
});

Deno.test("Stack.sendUnicast() goes by a router outside the subnet when the prefix is 32", () => {
  const bench = Bench.bound(32, SERVER);
  bench.send(SERVER);
  assert.ok(bench.sent()[0].endsWith("c0000201"));
});

Deno.test("Stack.sendUnicast() sends nothing when there is no way", () => {
  const unbound = new Bench();
  unbound.send(SERVER);
  const bench = Bench.bound(24, 0);
  for (const to of ["203.0.113.5", "192.0.2.7", "192.0.2.255", "255.255.255.255", "0.0.0.0"]) {
    bench.send(ip(to));
  }
  assert.deepEqual([...unbound.sent(), ...bench.sent()], []);
});

Deno.test("Stack learns from no ARP packet that it did not ask for", () => {
  const evil = "0200000000ee";
  const poison = [
    arpReply({ senderMac: evil }),
    arpFrame({ senderMac: evil }),
    arpFrame({ senderMac: evil, target: SERVER }),
    arpReply({ senderMac: evil, mac: BROADCAST, target: SERVER }),
  ];
  const bench = Bench.bound();
  for (const frame of poison) bench.receive(frame);
  bench.sent();
  bench.send(SERVER);
  assert.ok(isArpRequest(bench.sent()[0]), "nothing was learned before");
  // While it waits: replies of others, to others, and requests.
  bench.receive(arpReply({ senderMac: evil, sender: SERVER + 9 }));
  bench.receive(arpReply({ senderMac: evil, target: US + 1 }));
  bench.receive(arpReply({ senderMac: BROADCAST }));
  bench.receive(arpFrame({ senderMac: evil }));
  assert.ok(bench.sent().every((frame) => frame.slice(24, 28) === "0806"));
  assert.equal(bench.receive(arpReply()), RECEIVED_ARP);
  // Afterwards: the first answer stands.
  for (const frame of poison) bench.receive(frame);
  bench.sent();
  bench.send(SERVER);
  assert.ok(bench.sent()[0].startsWith(SERVER_MAC));
});

Deno.test("Stack.configure() keeps what ARP learned only when nothing changed", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  bench.receive(arpReply());
  bench.sent();
  bench.stack.configure(US, 24, SERVER);
  bench.send(SERVER);
  assert.ok(bench.sent()[0].startsWith(SERVER_MAC));
  bench.stack.configure(US, 25, SERVER);
  bench.send(SERVER);
  assert.ok(isArpRequest(bench.sent()[0]));
});

Deno.test("Stack.unconfigure() forgets a datagram that waits", () => {
  const bench = Bench.bound();
  bench.send(SERVER);
  bench.stack.unconfigure();
  bench.sent();
  assert.equal(bench.stack.remainingMs(), LONGEST_WAIT_MS);
  bench.at(5000);
  bench.receive(arpReply());
  assert.deepEqual(bench.sent(), []);
});
