import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { DISCOVERS_PER_XID } from "./exchange.ts";
import { MAX_REQUESTS } from "./client.ts";
import {
  DHCP_TAKEN,
  DROP_DHCP_CHADDR,
  DROP_DHCP_CLIENT_ID,
  DROP_DHCP_LEASE_TIME,
  DROP_DHCP_SERVER,
  DROP_DHCP_STATE,
  DROP_DHCP_XID,
  DROP_DHCP_YIADDR,
} from "./drops.ts";
import { DHCPACK, DHCPDISCOVER, DHCPNAK, DHCPOFFER, DHCPREQUEST } from "./options.ts";
import { MemoryServer } from "./testing/memory_server.ts";
import { buildMessage, type MessageFields, type Option, word } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";

const ADDRESS = ip("192.0.2.7");
const SERVER = ip("192.0.2.1");

/** A client whose DHCPDISCOVER nobody hears, and a way to answer it by hand. */
function alone(): { s: Simulation; receive: (type: number, fields?: MessageFields) => number } {
  const s = new Simulation();
  s.servers = [];
  s.up();
  const receive = (type: number, fields: MessageFields = {}) => {
    const options: Option[] = [[53, [type]], [51, word(3600)], ...fields.options ?? []];
    const xid = s.sent().at(-1)?.message.xid;
    const bytes = buildMessage({ xid, ...fields, options });
    return s.client.receive(bytes, 0, bytes.length);
  };
  return { s, receive };
}

/** Gaps between sendings must be the expected ones within the jitter of backoffDelay(). */
function assertGaps(times: number[], expected: number[]): void {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.equal(gaps.length, expected.length, gaps.join(" "));
  gaps.forEach((gap, i) => {
    const jitter = Math.min(expected[i] / 4, 1000);
    assert.ok(Math.abs(gap - expected[i]) <= jitter, `gap ${i}: ${gap} for ${expected[i]}`);
  });
}

Deno.test("Dhcp4Client gets a lease with four messages and no wait", () => {
  const s = new Simulation();
  s.up();
  s.run(10);
  assert.deepEqual(s.states(), [[0, "SELECTING"], [2, "REQUESTING"], [4, "BOUND"]]);
  const [discover, request] = s.sent();
  assert.equal(s.sent().length, 2);
  assert.deepEqual(discover.message, {
    type: DHCPDISCOVER,
    xid: discover.message.xid,
    secs: 1,
    ciaddr: 0,
    requested: undefined,
    server: undefined,
    rapidCommit: true,
  });
  assert.deepEqual(request.message, {
    ...discover.message,
    rapidCommit: false,
    type: DHCPREQUEST,
    requested: ADDRESS,
    server: SERVER,
  });
  assert.deepEqual([discover.destination, request.destination], [0, 0]);
});

Deno.test("Dhcp4Client sends nothing before linkUp() and after linkDown()", () => {
  const s = new Simulation();
  s.run(100_000);
  assert.deepEqual(s.records, []);
  s.servers = [];
  s.up();
  s.down();
  s.run(1000_000);
  assert.equal(s.sent().length, 1);
  assert.deepEqual(s.states(), [[100_000, "SELECTING"], [100_000, "INIT"]]);
});

Deno.test("Dhcp4Client repeats DHCPDISCOVER after 0.5 s, doubling to 64 s (RFC 2131 §4.1)", () => {
  const { s } = alone();
  s.run(400_000);
  const sent = s.sent();
  const times = sent.map((record) => record.at).slice(0, 11);
  assertGaps(times, [500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000]);
  const xids = sent.map((record) => record.message.xid);
  assert.equal(new Set(xids.slice(0, DISCOVERS_PER_XID)).size, 1, "one xid at first");
  assert.equal(new Set(xids.slice(DISCOVERS_PER_XID - 1)).size, xids.length - 3, "then its own");
  for (const { at, message } of sent) {
    assert.equal(message.secs, Math.max(1, Math.floor(at / 1000)));
  }
});

Deno.test("Dhcp4Client keeps the secs of the DHCPDISCOVER in REQUESTING (RFC 2131 §4.4.1)", () => {
  const { s, receive } = alone();
  s.run(5000);
  const { secs } = s.sent().at(-1)!.message;
  assert.ok(secs >= 2);
  s.run(1000);
  assert.equal(receive(DHCPOFFER), DHCP_TAKEN);
  assert.equal(s.sent().at(-1)!.message.secs, secs);
});

Deno.test("Dhcp4Client gives up in REQUESTING, and waits longer after each failure", () => {
  const s = new Simulation();
  s.server.answer = function (message, destination) {
    const reply = MemoryServer.prototype.answer.call(this, message, destination);
    return reply !== null && reply[242] === DHCPOFFER ? reply : null;
  };
  s.up();
  s.run(3600_000);
  const sent = s.sent();
  const first = sent.slice(0, 1 + MAX_REQUESTS);
  assert.deepEqual(first.map((r) => r.message.type), [1, 3, 3, 3, 3]);
  assertGaps(first.slice(1).map((record) => record.at), [500, 1000, 2000]);
  const discovers = sent.filter((record) => record.message.type === DHCPDISCOVER);
  // The cycle is 7.5 s of REQUESTING, give or take the jitter, and the pause.
  const pauses = discovers.slice(1).map(({ at }, i) => at - discovers[i].at - 7500);
  [500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000].forEach((pause, i) => {
    assert.ok(Math.abs(pauses[i] - pause) < 3000, `pause ${i}: ${pauses[i]}`);
  });
  assert.notEqual(discovers[0].message.xid, discovers[1].message.xid, "a new acquisition");
});

Deno.test("Dhcp4Client takes the first usable DHCPOFFER", () => {
  const { s, receive } = alone();
  assert.equal(receive(DHCPOFFER, { yiaddr: "0.0.0.0" }), DROP_DHCP_YIADDR);
  assert.equal(receive(DHCPOFFER, { yiaddr: "127.0.0.1" }), DROP_DHCP_YIADDR);
  const options: Option[] = [[54, word("192.0.2.9")]];
  assert.equal(receive(DHCPOFFER, { yiaddr: "192.0.2.8", options }), DHCP_TAKEN);
  assert.equal(receive(DHCPOFFER, { yiaddr: "192.0.2.7" }), DROP_DHCP_STATE);
  const { requested, server } = s.sent().at(-1)!.message;
  assert.deepEqual([requested, server], [ip("192.0.2.8"), ip("192.0.2.9")]);
});

Deno.test("Dhcp4Client ignores what is not for it", () => {
  const { s, receive } = alone();
  for (const type of [DHCPOFFER, DHCPACK, DHCPNAK]) {
    assert.equal(receive(type, { xid: 1 }), DROP_DHCP_XID);
    assert.equal(receive(type, { chaddr: [2, 0, 0, 0, 0, 2] }), DROP_DHCP_CHADDR);
    for (
      const id of [[1, 2, 0, 0, 0, 0, 2], [0, 2, 0, 0, 0, 0, 1], [1], [1, 2, 0, 0, 0, 0, 1, 0]]
    ) {
      assert.equal(receive(type, { options: [[61, id]] }), DROP_DHCP_CLIENT_ID);
    }
  }
  assert.equal(receive(DHCPACK), DROP_DHCP_STATE, "nothing was requested");
  assert.equal(receive(DHCPNAK), DROP_DHCP_STATE);
  assert.deepEqual(s.states(), [[0, "SELECTING"]]);
  assert.equal(receive(DHCPOFFER, { options: [[61, [1, 2, 0, 0, 0, 0, 1]]] }), DHCP_TAKEN);
});

Deno.test("Dhcp4Client ignores everything while the carrier is gone", () => {
  const { s, receive } = alone();
  s.down();
  assert.equal(receive(DHCPOFFER), DROP_DHCP_STATE);
});

Deno.test("Dhcp4Client refuses a lease time of 0 without leaving the state", () => {
  const { s, receive } = alone();
  const zero: Option[] = [[53, [DHCPOFFER]], [51, word(0)]];
  const xid = s.sent()[0].message.xid;
  const offer = buildMessage({ xid, options: zero });
  assert.equal(s.client.receive(offer, 0, offer.length), DROP_DHCP_LEASE_TIME);
  assert.equal(receive(DHCPOFFER), DHCP_TAKEN);
  const ack = buildMessage({ xid, options: [[53, [DHCPACK]], [51, word(0)]] });
  assert.equal(s.client.receive(ack, 0, ack.length), DROP_DHCP_LEASE_TIME);
  assert.deepEqual(s.states(), [[0, "SELECTING"], [0, "REQUESTING"]]);
});

Deno.test("Dhcp4Client ignores in REQUESTING a DHCPNAK of a server that it did not ask", () => {
  const { s, receive } = alone();
  receive(DHCPOFFER, { options: [[54, word(SERVER)]] });
  assert.equal(receive(DHCPNAK, { options: [[54, word("192.0.2.66")]] }), DROP_DHCP_SERVER);
  assert.equal(receive(DHCPNAK, { options: [[54, word(SERVER)]] }), DHCP_TAKEN);
  assert.deepEqual(s.states().at(-1), [0, "INIT"]);
});

Deno.test("Dhcp4Client obeys in REQUESTING a DHCPNAK that does not say whose it is", () => {
  const { s, receive } = alone();
  receive(DHCPOFFER, { options: [[54, word(SERVER)]] });
  assert.equal(receive(DHCPNAK), DHCP_TAKEN);
  assert.deepEqual(s.states().at(-1), [0, "INIT"]);
});

Deno.test("Dhcp4Client does not spin when every DHCPREQUEST gets a DHCPNAK", () => {
  const s = new Simulation();
  s.server.refuses = true;
  s.up();
  s.run(600_000);
  const discovers = s.sent().filter((record) => record.message.type === DHCPDISCOVER);
  assertGaps(discovers.map(({ at }) => at).slice(0, 5), [504, 1004, 2004, 4004]);
  assert.ok(discovers.length < 20, `${discovers.length} in ten minutes`);
});

Deno.test("Dhcp4Client works with a server without option 54", () => {
  const s = new Simulation();
  s.server.identifies = false;
  s.up();
  s.run(1800_100);
  assert.deepEqual(s.states().slice(0, 3).map(([, name]) => name), [
    "SELECTING",
    "REQUESTING",
    "BOUND",
  ]);
  assert.equal(s.sent()[1].message.server, undefined);
  assert.equal(s.sent()[2].destination, 0, "renews by broadcast");
  assert.deepEqual(s.states().slice(3).map(([, name]) => name), ["RENEWING", "BOUND"]);
});

Deno.test("Dhcp4Client drops a lease that priv refuses, and waits 10 s and longer", () => {
  const s = new Simulation();
  s.commits = false;
  s.up();
  s.run(600_000);
  const discovers = s.sent().filter((record) => record.message.type === DHCPDISCOVER);
  const gaps = discovers.slice(1).map(({ at }, i) => at - discovers[i].at);
  assert.ok(gaps.every((gap) => gap >= 10_000), gaps.join(" "));
  assert.ok(gaps.at(-1)! > 60_000, gaps.join(" "));
  assert.equal(s.client.hasLease, false);
});

Deno.test("Dhcp4Client.leaseAccepted() makes the next failure the first again", () => {
  const s = new Simulation();
  s.server.refuses = true;
  s.up();
  s.run(20_000);
  s.server.refuses = false;
  s.run(20_000);
  assert.equal(s.client.hasLease, true);
  s.client.leaseAccepted();
  s.tell((client) => client.leaseRefused());
  const refusedAt = s.now;
  s.run(20_000);
  const types = s.sent(refusedAt).map(({ message }) => message.type);
  assert.deepEqual(types, [7, 1, 3]);
  assert.equal(s.sent(refusedAt)[1].at, refusedAt + 10_000);
});

Deno.test("Dhcp4Client.leaseRefused() does nothing without a lease", () => {
  const { s } = alone();
  s.client.leaseRefused();
  s.client.leaseAccepted();
  assert.deepEqual(s.states(), [[0, "SELECTING"]]);
});
