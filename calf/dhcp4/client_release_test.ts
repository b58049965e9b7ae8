import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { LOST_CONFLICT, LOST_REFUSED, LOST_RELEASED } from "./output.ts";
import { ACD_BEFORE } from "./settings.ts";
import { boundSimulation, Simulation } from "./testing/simulation.ts";

const ADDRESS = ip("192.0.2.7");
const SERVER = ip("192.0.2.1");

function lost(s: Simulation): number[] {
  return s.records.flatMap((record) => record.what === "lost" ? [record.cause] : []);
}

function last(s: Simulation) {
  const { message, destination, at } = s.sent().at(-1)!;
  const { type, ciaddr, requested, server } = message;
  return { at, type, ciaddr, requested, server, destination };
}

const RELEASE = {
  type: 7,
  ciaddr: ADDRESS,
  requested: undefined,
  server: SERVER,
  destination: SERVER,
};

Deno.test("Dhcp4Client gives its lease back on request and then rests (RFC 2131 §4.4.6)", () => {
  const s = boundSimulation();
  s.tell((client) => client.release());
  assert.deepEqual(last(s), { at: 10, ...RELEASE });
  assert.deepEqual(lost(s), [LOST_RELEASED]);
  assert.deepEqual(s.states().at(-1), [10, "RELEASED"]);
  const before = s.sent().length;
  s.run(4000_000);
  s.down();
  s.up();
  s.run(4000_000);
  assert.equal(s.sent().length, before, "nothing is asked any more");
});

Deno.test("Dhcp4Client begins anew after RELEASED when a renewal is asked for", () => {
  const s = boundSimulation();
  s.tell((client) => client.release());
  s.tell((client) => client.renewNow());
  s.run(10);
  assert.deepEqual(s.states().slice(-3).map(([, name]) => name), [
    "SELECTING",
    "REQUESTING",
    "BOUND",
  ]);
  assert.equal(s.sent().at(-2)!.message.requested, ADDRESS);
});

Deno.test("Dhcp4Client that is to begin anew without a carrier begins when it comes", () => {
  const s = boundSimulation();
  s.tell((client) => client.release());
  s.down();
  s.tell((client) => client.renewNow());
  s.run(1000);
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
});

Deno.test("Dhcp4Client waits for its DHCPRELEASE to be on the wire, and does nothing else", () => {
  const s = boundSimulation((s) => s.server.leaseTime = 20);
  s.leavesAtOnce = false;
  s.tell((client) => client.release());
  const before = s.sent().length;
  s.run(30_000);
  s.tell((client) => client.release());
  s.tell((client) => client.renewNow());
  s.tell((client) => client.rebindNow());
  s.tell((client) => client.addressConflict(0));
  s.send(s.server.build(6, s.sent().at(-1)!.message.xid));
  s.run(10);
  assert.equal(s.sent().length, before);
  assert.deepEqual(lost(s), []);
  s.tell((client) => client.left());
  assert.deepEqual(lost(s), [LOST_RELEASED]);
});

Deno.test("Dhcp4Client does not wait for a DHCPRELEASE when the carrier goes", () => {
  const s = boundSimulation();
  s.leavesAtOnce = false;
  s.tell((client) => client.release());
  s.down();
  assert.deepEqual(lost(s), [LOST_RELEASED]);
});

Deno.test("Dhcp4Client gives its lease back without a carrier: nothing is sent", () => {
  const s = boundSimulation();
  s.down();
  const before = s.sent().length;
  s.tell((client) => client.release());
  assert.equal(s.sent().length, before);
  assert.deepEqual(lost(s), [LOST_RELEASED]);
});

Deno.test("Dhcp4Client broadcasts its DHCPRELEASE when the server did not say who it is", () => {
  const s = boundSimulation((s) => s.server.identifies = false);
  s.tell((client) => client.release());
  assert.deepEqual(last(s), { at: 10, ...RELEASE, server: undefined, destination: 0 });
});

Deno.test("Dhcp4Client stops looking for a server when told to release", () => {
  const s = new Simulation();
  s.server.up = false;
  s.up();
  s.run(100);
  s.tell((client) => client.release());
  s.run(600_000);
  assert.equal(s.sent().length, 1);
  assert.deepEqual(s.states().at(-1), [100, "RELEASED"]);
});

Deno.test("Dhcp4Client that is told to release before the carrier comes does not begin", () => {
  const s = new Simulation();
  s.tell((client) => client.release());
  s.up();
  s.run(600_000);
  assert.deepEqual(s.sent(), []);
});

Deno.test("Dhcp4Client gives a lease back that priv refuses, and waits at least 10 s", () => {
  const s = boundSimulation();
  s.tell((client) => client.leaseRefused());
  assert.deepEqual(last(s), { at: 10, ...RELEASE });
  assert.deepEqual(lost(s), [LOST_REFUSED]);
  const before = s.sent().length;
  s.run(9_999);
  assert.equal(s.sent().length, before);
  s.run(5_000);
  assert.equal(s.sent()[before].message.type, 1);
});

Deno.test("Dhcp4Client declines an address that somebody else has (RFC 2131 §4.4.4)", () => {
  const s = boundSimulation();
  s.tell((client) => client.addressConflict(10_000));
  assert.deepEqual(last(s), {
    at: 10,
    type: 4,
    ciaddr: 0,
    requested: ADDRESS,
    server: SERVER,
    destination: 0,
  });
  assert.deepEqual(lost(s), [LOST_CONFLICT]);
  const before = s.sent().length;
  s.run(9_999);
  assert.equal(s.sent().length, before, "at least 10 s (RFC 2131 §3.1.5)");
  s.run(5_000);
  const { type, requested } = s.sent()[before].message;
  assert.deepEqual({ type, requested }, { type: 1, requested: undefined });
});

Deno.test("Dhcp4Client has no conflict without a lease", () => {
  const s = new Simulation();
  s.up();
  s.run(0);
  s.tell((client) => client.addressConflict(0));
  s.tell((client) => client.addressVerified());
  assert.deepEqual(s.states().map(([, name]) => name), ["SELECTING"]);
});

/** A client that probes before it uses an address, at 10 ms. */
function probing(): Simulation {
  const s = new Simulation();
  s.settings.acd = ACD_BEFORE;
  s.up();
  s.run(10);
  assert.deepEqual(s.states().at(-1)?.[1], "PROBING");
  assert.equal(s.client.hasLease, false);
  return s;
}

Deno.test("Dhcp4Client uses an address only when it is verified, if told so", () => {
  const s = probing();
  s.run(30_000);
  assert.equal(s.client.hasLease, false);
  s.tell((client) => client.addressVerified());
  assert.equal(s.client.hasLease, true);
  s.run(1800_000 - 30_010 + 2 - 1);
  assert.equal(s.sent().length, 2);
  s.run(1);
  assert.equal(s.sent().length, 3, "T1 counts from the DHCPREQUEST, not from the end of probing");
});

Deno.test("Dhcp4Client declines an address before it was used", () => {
  const s = probing();
  s.tell((client) => client.addressConflict(10_000));
  assert.deepEqual(s.server.returned, []);
  s.run(1);
  assert.deepEqual(s.server.returned, [[4, ADDRESS]]);
  s.run(20_000);
  assert.deepEqual(s.states().at(-1)?.[1], "PROBING", "and gets another one");
});

Deno.test("Dhcp4Client sends no DHCPRELEASE from an address that it was still probing", () => {
  const s = probing();
  const before = s.sent().length;
  s.tell((client) => client.release());
  s.run(1);
  assert.equal(s.sent().length, before);
  assert.deepEqual(s.states().at(-1)?.[1], "RELEASED");
});

Deno.test("Dhcp4Client sends no DHCPRELEASE from an address that priv has not accepted yet", () => {
  const s = new Simulation();
  s.accepts = false;
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
  s.tell((client) => client.release());
  s.run(1);
  assert.deepEqual(s.server.returned, []);
  assert.deepEqual(s.states().at(-1)?.[1], "RELEASED");
});

Deno.test("Dhcp4Client that loses the carrier while probing begins anew", () => {
  const s = probing();
  s.down();
  s.run(60_000);
  s.up();
  s.run(10);
  assert.deepEqual(s.states().slice(-4).map(([, name]) => name), [
    "INIT",
    "SELECTING",
    "REQUESTING",
    "PROBING",
  ]);
});

Deno.test("Dhcp4Client does not probe again at a renewal", () => {
  const s = probing();
  s.tell((client) => client.addressVerified());
  s.run(1800_010);
  assert.deepEqual(s.states().slice(-2).map(([, name]) => name), ["RENEWING", "BOUND"]);
});

Deno.test("Dhcp4Client renews at once when asked, and repeats fast", () => {
  const s = boundSimulation();
  s.run(1000);
  s.server.up = false;
  s.tell((client) => client.renewNow());
  s.run(2000);
  const since = s.sent(1010);
  assert.ok(since.length >= 2, "repeated within 2 s");
  assert.deepEqual(since.map(({ destination }) => destination), since.map(() => SERVER));
  s.tell((client) => client.rebindNow());
  assert.equal(last(s).destination, 0);
  s.server.up = true;
  s.run(10_000);
  assert.deepEqual(s.states().slice(-3).map(([, name]) => name), [
    "RENEWING",
    "REBINDING",
    "BOUND",
  ]);
  s.tell((client) => client.rebindNow());
  s.tell((client) => client.renewNow());
  assert.equal(last(s).destination, SERVER, "from REBINDING back to RENEWING");
});

Deno.test("Dhcp4Client looks for a server at once when a renewal is asked for without a lease", () => {
  const s = new Simulation();
  s.server.up = false;
  s.up();
  s.run(100_000);
  const before = s.sent().length;
  s.tell((client) => client.renewNow());
  assert.equal(s.sent().length, before + 1);
  s.run(800);
  assert.equal(s.sent().length, before + 2, "and repeats fast again");
});
