import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { DHCP_TAKEN, DROP_DHCP_LEASE_TIME, DROP_DHCP_XID } from "./drops.ts";
import { DHCPACK, DHCPDISCOVER, INFINITE } from "./options.ts";
import { LOST_EXPIRED } from "./output.ts";
import { ACD_BEFORE } from "./settings.ts";
import { boundSimulation, Simulation } from "./testing/simulation.ts";

const SERVER = ip("192.0.2.1");

/** A client in BOUND at 10 ms whose server does not answer any more. */
function bound(leaseTime = 3600): Simulation {
  const s = boundSimulation((s) => s.server.leaseTime = leaseTime);
  s.server.up = false;
  return s;
}

function names(s: Simulation): string[] {
  return s.states().map(([, name]) => name);
}

/** A message of `type` with this xid arrives now, before any timer. */
function receive(s: Simulation, type: number, xid: number): number {
  const bytes = s.server.build(type, xid, [[80, []]]);
  return s.client.receive(bytes, 0, bytes.length);
}

Deno.test("Dhcp4Client counts a lease by rapid commit from a DHCPDISCOVER that may be meant", () => {
  for (const [wait, index] of [[3000, 0], [100_000, -1]]) {
    const s = new Simulation();
    s.server.up = false;
    s.up();
    s.run(wait);
    const discovers = s.sent();
    assert.equal(receive(s, DHCPACK, discovers.at(-1)!.message.xid), DHCP_TAKEN);
    s.run(1800_000);
    const request = s.sent().find(({ message }) => message.type !== DHCPDISCOVER)!;
    assert.equal(request.at, discovers.at(index)!.at + 1800_000);
  }
});

Deno.test("Dhcp4Client takes no DHCPACK whose lease is over", () => {
  const s = new Simulation();
  s.server.answers = (type) => type === DHCPDISCOVER;
  s.up();
  s.run(3);
  assert.equal(names(s).at(-1), "REQUESTING");
  const { xid } = s.sent().at(-1)!.message;
  s.advance(3600_000);
  assert.equal(receive(s, DHCPACK, xid), DROP_DHCP_LEASE_TIME);
  assert.equal(s.client.hasLease, false);
  s.server.answers = () => true;
  s.run(30_000);
  assert.equal(s.client.hasLease, true, "and gets another");
});

Deno.test("Dhcp4Client takes a DHCPACK late, as long as the lease lasts", () => {
  const s = new Simulation();
  s.server.answers = (type) => type === DHCPDISCOVER;
  s.up();
  s.run(3);
  s.advance(3599_000);
  assert.equal(receive(s, DHCPACK, s.sent().at(-1)!.message.xid), DHCP_TAKEN);
  assert.equal(s.client.hasLease, true);
});

Deno.test("Dhcp4Client that slept through its lease loses it before it reads on", () => {
  const s = bound();
  s.run(1800_000);
  assert.equal(names(s).at(-1), "RENEWING");
  const { xid } = s.sent().at(-1)!.message;
  s.advance(1800_000);
  assert.equal(receive(s, DHCPACK, xid), DROP_DHCP_XID);
  assert.deepEqual(names(s).slice(-2), ["INIT", "SELECTING"]);
});

for (const call of ["renewNow", "rebindNow", "release", "linkUp"] as const) {
  Deno.test(`Dhcp4Client that slept through its lease sends nothing in its name at ${call}()`, () => {
    const s = bound();
    if (call === "linkUp") s.down();
    const before = s.sent().length;
    s.advance(3600_000);
    s.tell((client) => client[call]());
    assert.equal(s.client.hasLease, false);
    assert.ok(s.sent().slice(before).every(({ message }) => message.type === DHCPDISCOVER));
  });
}

Deno.test("Dhcp4Client does not use an address that was verified when its lease was over", () => {
  const s = new Simulation();
  s.settings.acd = ACD_BEFORE;
  s.up();
  s.run(10);
  assert.equal(names(s).at(-1), "PROBING");
  s.advance(3600_000);
  s.tell((client) => client.addressVerified());
  assert.equal(s.client.hasLease, false);
  const lost = s.records.flatMap((record) => record.what === "lost" ? [record.cause] : []);
  assert.deepEqual(lost, [LOST_EXPIRED]);
  s.run(1000);
  assert.equal(names(s).at(-1), "PROBING", "and gets another");
});

Deno.test("Dhcp4Client that is to renew after T2 asks all servers", () => {
  const s = bound();
  s.run(3200_000);
  assert.equal(names(s).at(-1), "REBINDING");
  const before = s.sent().length;
  s.tell((client) => client.renewNow());
  assert.deepEqual(s.sent().slice(before).map(({ destination }) => destination), [0]);
  assert.equal(names(s).at(-1), "REBINDING");
});

Deno.test("Dhcp4Client comes to T2 though it has been REBINDING before", () => {
  const s = bound();
  s.run(1000);
  s.tell((client) => client.rebindNow());
  s.run(1000);
  s.tell((client) => client.renewNow());
  s.run(3200_000);
  assert.deepEqual(names(s).slice(3), ["REBINDING", "RENEWING", "REBINDING"]);
  assert.equal(s.sent().at(-1)!.destination, 0);
});

Deno.test("Dhcp4Client that is REBINDING early takes no notice of T2", () => {
  const s = bound();
  s.run(3149_000);
  s.down();
  s.up();
  s.run(60_000);
  assert.deepEqual(names(s).slice(3), ["RENEWING", "REBINDING"]);
  const gaps = s.sent(3149_000).map(({ at }, i, all) => at - (all[i - 1]?.at ?? at));
  assert.ok(gaps.length > 5 && gaps.slice(2).every((gap, i) => gap > gaps[i + 1]), gaps.join(" "));
});

Deno.test("Dhcp4Client renews an infinite lease of its server when asked, and gives it back", () => {
  const s = bound(INFINITE);
  s.run(1000);
  s.tell((client) => client.renewNow());
  assert.equal(s.sent().at(-1)!.destination, SERVER);
  s.tell((client) => client.release());
  const { message, destination } = s.sent().at(-1)!;
  assert.deepEqual([message.type, destination], [7, SERVER]);
});
