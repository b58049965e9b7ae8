import assert from "node:assert/strict";
import * as drop from "./drop.ts";
import { hex, ip, toHex } from "./sdk_fixture.ts";
import { RECEIVED_ARP } from "./stack.ts";
import {
  arpFrame,
  arpReply,
  Bench,
  BROADCAST,
  ourAnnouncement,
  ourProbe,
  OURS,
  SERVER,
  SERVER_MAC,
  US,
} from "./stack_fixture.ts";

const RIVAL = "0200000000ee";
const OTHER = US + 1;

/** The MAC address that the stack blames. */
function culprit(bench: Bench, frame: Uint8Array): string {
  const at = bench.stack.sourceMacAt;
  return toHex(frame.subarray(at, at + 6));
}

Deno.test("Stack.sendArpProbe() names no sender, sendArpAnnouncement() us as both ends", () => {
  const bench = new Bench();
  bench.stack.sendArpProbe(US);
  assert.deepEqual(bench.sent(), [
    `${BROADCAST}${OURS}08060001080006040001${OURS}00000000000000000000c0000207`,
  ]);
  bench.stack.sendArpAnnouncement(US);
  assert.deepEqual(bench.sent(), [
    `${BROADCAST}${OURS}08060001080006040001${OURS}c0000207000000000000c0000207`,
  ]);
  assert.deepEqual([ourProbe(US).length, ourAnnouncement(US).length], [84, 84]);
});

Deno.test("Stack.receive() reports who claims the watched address, without an address", () => {
  const bench = new Bench();
  bench.stack.watch(US);
  const claims = [
    arpFrame({ sender: US, senderMac: RIVAL, target: SERVER }),
    arpFrame({ sender: US, senderMac: RIVAL, target: US }),
    arpReply({ sender: US, senderMac: RIVAL, target: 0 }),
    arpReply({ sender: US, senderMac: RIVAL, mac: BROADCAST, target: SERVER }),
  ];
  for (const claim of claims) {
    bench.stack.conflictAddress = 0;
    bench.stack.sourceMacAt = 0;
    assert.equal(bench.receive(claim), -drop.DROP_ARP_CONFLICT);
    assert.equal(bench.stack.conflictAddress, US);
    assert.equal(culprit(bench, claim), RIVAL);
  }
  assert.equal(bench.stack.drops.get(drop.DROP_ARP_CONFLICT), claims.length);
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.receive() reports who claims an address of 240.0.0.0/4, which a lease may be for", () => {
  const bench = new Bench();
  const ours = ip("240.0.0.7");
  bench.stack.watch(ours);
  const claim = arpFrame({ sender: ours, senderMac: RIVAL, target: ours });
  assert.equal(bench.receive(claim), -drop.DROP_ARP_CONFLICT);
  bench.stack.configure(ours, 24, 0);
  assert.equal(bench.receive(claim), -drop.DROP_ARP_CONFLICT);
  assert.equal(bench.stack.reaches(ip("240.0.0.1")), true);
});

Deno.test("Stack.receive() reports another host's probe for the watched address", () => {
  const bench = new Bench();
  bench.stack.watch(US);
  const probe = arpFrame({ sender: 0, senderMac: RIVAL });
  assert.equal(bench.receive(probe), -drop.DROP_ARP_PROBE);
  assert.deepEqual([bench.stack.conflictAddress, culprit(bench, probe)], [US, RIVAL]);
  // Questions are neither probes nor answered: the address is not ours yet.
  assert.equal(bench.receive(arpFrame()), -drop.DROP_ARP_NOT_FOR_US);
  assert.equal(bench.receive(arpFrame({ sender: 0, target: OTHER })), -drop.DROP_ARP_NOT_FOR_US);
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.receive() answers a probe for our own address, watched or not", () => {
  const bench = Bench.bound();
  for (const watched of [0, US, OTHER]) {
    bench.stack.watch(watched);
    assert.equal(bench.receive(arpFrame({ sender: 0 })), RECEIVED_ARP);
  }
  const answer = `${SERVER_MAC}${OURS}08060001080006040002${OURS}c0000207${SERVER_MAC}00000000`;
  assert.deepEqual(bench.sent(), [answer, answer, answer]);
});

Deno.test("Stack.receive() reports conflicts about our address and a watched one beside it", () => {
  const bench = Bench.bound();
  bench.stack.watch(OTHER);
  for (const address of [US, OTHER]) {
    assert.equal(bench.receive(arpFrame({ sender: address })), -drop.DROP_ARP_CONFLICT);
    assert.equal(bench.stack.conflictAddress, address);
  }
  assert.equal(bench.receive(arpFrame({ sender: 0, target: OTHER })), -drop.DROP_ARP_PROBE);
  assert.equal(bench.receive(arpFrame()), RECEIVED_ARP);
  bench.stack.unconfigure();
  assert.equal(bench.receive(arpFrame({ sender: US })), -drop.DROP_ARP_NOT_FOR_US);
  assert.equal(bench.receive(arpFrame({ sender: OTHER })), -drop.DROP_ARP_CONFLICT);
  bench.stack.configure(US, 24, SERVER);
  assert.equal(bench.receive(arpFrame({ sender: OTHER })), -drop.DROP_ARP_CONFLICT);
  bench.stack.watch(0);
  assert.equal(bench.receive(arpFrame({ sender: OTHER, target: 0 })), -drop.DROP_ARP_NOT_FOR_US);
  assert.equal(bench.receive(arpFrame({ sender: 0, target: 0 })), -drop.DROP_ARP_NOT_FOR_US);
});

Deno.test("Stack.receive() sees no conflict in our own frames that come back", () => {
  const bench = new Bench();
  bench.stack.watch(US);
  bench.stack.sendArpProbe(US);
  bench.stack.sendArpAnnouncement(US);
  bench.stack.configure(US, 24, SERVER);
  bench.receive(arpFrame());
  for (const frame of bench.sent()) {
    // An answer goes to its asker only, and comes back if a switch floods it.
    const reflected = hex(BROADCAST + frame.slice(12));
    assert.equal(bench.receive(reflected), -drop.DROP_ARP_SENDER);
  }
  assert.deepEqual(bench.sent(), []);
});

Deno.test("Stack.receive() sees no conflict in this machine's other interfaces (RFC 5227 §2.4)", () => {
  const bench = new Bench();
  bench.stack.watch(US);
  bench.stack.otherMacs.put(0, hex(`00${RIVAL}`), 1);
  const frames = [
    arpReply({ sender: US, senderMac: RIVAL }),
    arpFrame({ sender: US, senderMac: RIVAL }),
    arpFrame({ sender: 0, senderMac: RIVAL }),
  ];
  for (const frame of frames) assert.equal(bench.receive(frame), -drop.DROP_ARP_SENDER);
  // They may ask where we are, as anybody.
  bench.stack.configure(US, 24, SERVER);
  assert.equal(bench.receive(arpFrame({ senderMac: RIVAL })), RECEIVED_ARP);
  bench.stack.otherMacs.remove(0);
  assert.equal(bench.receive(frames[0]), -drop.DROP_ARP_CONFLICT);
});

Deno.test("Stack.receive() answers to all for a link-local address (RFC 3927 §2.5)", () => {
  const bench = new Bench();
  bench.stack.configure(ip("169.254.7.8"), 16, 0);
  const sender = ip("169.254.1.1");
  assert.equal(bench.receive(arpFrame({ sender, target: ip("169.254.7.8") })), RECEIVED_ARP);
  assert.deepEqual(bench.sent(), [
    `${BROADCAST}${OURS}08060001080006040002${OURS}a9fe0708${SERVER_MAC}a9fe0101`,
  ]);
});

Deno.test("Stack.receive() answers four ARP requests in a second", () => {
  const bench = Bench.bound();
  const answered: number[] = [];
  for (let ms = 0; ms <= 3000; ms += 100) {
    bench.at(ms);
    const result = bench.receive(arpFrame());
    if (result === RECEIVED_ARP) answered.push(ms);
    else assert.equal(result, -drop.DROP_ARP_RATE);
  }
  const second = [0, 100, 200, 300];
  assert.deepEqual(answered, [
    ...second,
    ...second.map((ms) => ms + 1000),
    ...second.map((ms) => ms + 2000),
    3000,
  ]);
  assert.equal(bench.sent().length, answered.length);
});

Deno.test("Stack.busy() is true while a datagram waits for ARP", () => {
  const bench = Bench.bound();
  assert.equal(bench.stack.busy(), false);
  bench.send(SERVER);
  assert.equal(bench.stack.busy(), true);
  bench.receive(arpReply());
  assert.equal(bench.stack.busy(), false);
  bench.send(SERVER);
  assert.equal(bench.stack.busy(), false, "the router is known");
  bench.send(SERVER + 3);
  assert.equal(bench.stack.busy(), true);
  for (const ms of [1000, 2000, 2999]) bench.at(ms);
  assert.equal(bench.stack.busy(), true);
  bench.at(3000);
  assert.equal(bench.stack.busy(), false, "nobody answers");
});
