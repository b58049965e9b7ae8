import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { INFINITE } from "./options.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";

const ADDRESS = ip("192.0.2.7");

function types(s: Simulation): number[] {
  return s.sent().map(({ message }) => message.type);
}

function names(s: Simulation): string[] {
  return s.states().map(([, name]) => name);
}

Deno.test("Dhcp4Client takes a DHCPACK to its DHCPDISCOVER (RFC 4039)", () => {
  const s = new Simulation();
  s.server.rapid = true;
  s.up();
  s.run(1800_010);
  assert.deepEqual(types(s), [1, 3]);
  assert.equal(s.sent()[1].at, 1800_000, "the lease counts from the DHCPDISCOVER");
  assert.deepEqual(names(s), ["SELECTING", "BOUND", "RENEWING", "BOUND"]);
});

Deno.test("Dhcp4Client ignores a DHCPACK to its DHCPDISCOVER without option 80", () => {
  const s = new Simulation();
  s.server.up = false;
  s.up();
  s.run(10);
  const { xid } = s.sent()[0].message;
  s.send(s.server.build(5, xid));
  s.run(10);
  assert.deepEqual(names(s), ["SELECTING"]);
  s.send(s.server.build(5, xid, [[80, []]]));
  s.run(10);
  assert.deepEqual(names(s), ["SELECTING", "BOUND"]);
});

Deno.test("Dhcp4Client that does not offer option 80 does not take it either", () => {
  const s = new Simulation();
  s.settings.rapidCommit = false;
  s.server.up = false;
  s.up();
  s.run(10);
  s.send(s.server.build(5, s.sent()[0].message.xid, [[80, []]]));
  s.run(10);
  assert.deepEqual(names(s), ["SELECTING"]);
});

Deno.test("Dhcp4Client takes a DHCPOFFER with option 80 for a DHCPOFFER", () => {
  const s = new Simulation();
  s.server.extra = [[80, []]];
  s.up();
  s.run(10);
  assert.deepEqual(types(s), [1, 3]);
  assert.equal(s.client.hasLease, true);
});

/** A client with an address that is the operator's. */
function informing(): Simulation {
  const s = new Simulation();
  s.settings.informAddress = ip("192.0.2.99");
  s.settings.informPrefixLength = 24;
  return s;
}

Deno.test("Dhcp4Client asks for options only when it has an address (RFC 2131 §4.4.3)", () => {
  const s = informing();
  s.up();
  assert.deepEqual(names(s).slice(0, 1), ["INFORMING"]);
  assert.equal(s.client.hasLease, true, "the address is there without a server");
  s.run(10);
  const [{ message, destination }] = s.sent();
  assert.deepEqual([message.type, message.ciaddr, destination], [8, ip("192.0.2.99"), 0]);
  assert.equal(message.requested, undefined);
  assert.equal(s.client.lease.address, ip("192.0.2.99"));
  assert.equal(s.client.lease.leaseTime, INFINITE);
  assert.equal(s.client.lease.nameServers[0], ip("192.0.2.53"));
  assert.deepEqual(names(s).at(-1), "BOUND");
  s.run(10_000_000);
  assert.equal(s.sent().length, 1, "there is nothing to renew");
});

Deno.test("Dhcp4Client says nothing from an address before priv has accepted it", () => {
  const informs = informing();
  informs.accepts = false;
  informs.up();
  informs.run(60_000);
  assert.deepEqual(types(informs), []);
  informs.accept();
  informs.run(0);
  assert.deepEqual(types(informs), [8]);

  const renews = new Simulation();
  renews.accepts = false;
  renews.up();
  renews.run(10);
  renews.tell((client) => client.renewNow());
  renews.run(10);
  assert.deepEqual(types(renews), [1, 3]);
  renews.accept();
  renews.run(0);
  assert.deepEqual(types(renews), [1, 3, 3]);
});

Deno.test("Dhcp4Client does not renew what is over when priv accepts it late", () => {
  const s = new Simulation();
  s.accepts = false;
  s.up();
  s.run(10);
  s.tell((client) => client.renewNow());
  s.accept();
  s.advance(s.client.lease.leaseTime * 1000); // the machine sleeps
  s.run(0);
  assert.deepEqual(types(s).slice(0, 3), [1, 3, 1]);
});

Deno.test("Dhcp4Client repeats a DHCPINFORM, and asks again when the carrier is back or on request", () => {
  const s = informing();
  s.server.up = false;
  s.up();
  s.run(10_000);
  assert.ok(s.sent().length >= 4);
  s.server.up = true;
  s.down();
  s.run(10_000);
  const before = s.sent().length;
  s.up();
  s.run(10);
  s.tell((client) => client.renewNow());
  s.run(10);
  assert.deepEqual(types(s).slice(before), [8, 8]);
  assert.equal(names(s).at(-1), "BOUND");
});

Deno.test("Dhcp4Client with an address of its own has nothing to give back", () => {
  const s = informing();
  s.up();
  s.run(10);
  s.tell((client) => client.release());
  assert.deepEqual(types(s), [8]);
  assert.equal(s.client.hasLease, false);
  assert.equal(names(s).at(-1), "RELEASED");
  s.tell((client) => client.renewNow());
  s.run(10);
  assert.equal(s.client.hasLease, true);
});

const V6ONLY: Option = [108, word(1800)];

/** A client that asks for option 108, of a server that gives it. */
function ipv6Only(option: Option = V6ONLY): Simulation {
  const s = new Simulation();
  s.settings.ipv6Only = true;
  s.server.extra = [option];
  s.up();
  s.run(10);
  return s;
}

Deno.test("Dhcp4Client does without IPv4 for as long as it is told (RFC 8925 §3.2)", () => {
  const s = ipv6Only();
  assert.deepEqual(types(s), [1]);
  assert.deepEqual(names(s), ["SELECTING", "V6ONLY"]);
  s.run(1799_980);
  assert.equal(s.sent().length, 1);
  s.run(100);
  assert.deepEqual(types(s), [1, 1]);
});

Deno.test("Dhcp4Client does without IPv4 for 300 s at least (RFC 8925 §3.4)", () => {
  const s = ipv6Only([108, word(1)]);
  s.run(299_000);
  assert.equal(s.sent().length, 1);
  s.run(2_000);
  assert.equal(s.sent().length, 2);
});

Deno.test("Dhcp4Client wants IPv4 after all when the network changes or on request", () => {
  const s = ipv6Only();
  s.down();
  s.server.extra = [];
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
  const again = ipv6Only();
  again.server.extra = [];
  again.tell((client) => client.renewNow());
  again.run(10);
  assert.equal(again.client.hasLease, true);
});

Deno.test("Dhcp4Client obeys option 108 without an address in the DHCPOFFER", () => {
  const s = new Simulation();
  s.settings.ipv6Only = true;
  s.server.up = false;
  s.up();
  s.run(10);
  const { xid } = s.sent()[0].message;
  s.send(buildMessage({ xid, yiaddr: "0.0.0.0", options: [[53, [2]], V6ONLY] }));
  s.run(10);
  assert.deepEqual(names(s), ["SELECTING", "V6ONLY"]);
});

Deno.test("Dhcp4Client obeys option 108 in REBOOTING, and keeps a lease that it has", () => {
  const s = new Simulation();
  s.settings.ipv6Only = true;
  s.client.remember(ADDRESS, true);
  s.server.extra = [V6ONLY];
  s.up();
  s.run(10);
  assert.deepEqual(names(s), ["INIT-REBOOT", "REBOOTING", "V6ONLY"]);
  const late = new Simulation();
  late.settings.ipv6Only = true;
  late.up();
  late.run(10);
  late.server.extra = [V6ONLY];
  late.run(1800_010);
  assert.equal(names(late).at(-1), "BOUND");
});

Deno.test("Dhcp4Client takes no notice of option 108 that it has not asked for", () => {
  const s = new Simulation();
  s.server.extra = [V6ONLY];
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
});

for (const allowed of [0, 1]) {
  Deno.test(`Dhcp4Client passes on option 116 = ${allowed} without an address (RFC 2563)`, () => {
    const s = new Simulation();
    s.server.up = false;
    s.up();
    s.run(10);
    const { xid } = s.sent()[0].message;
    s.send(buildMessage({ xid, yiaddr: "0.0.0.0", options: [[53, [2]], [116, [allowed]]] }));
    s.run(10);
    const told = s.records.filter((record) => record.what === "auto-configure");
    assert.deepEqual(told.map((record) => record.allowed), [allowed === 1]);
    assert.deepEqual(names(s), ["SELECTING"]);
  });
}
