import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { Simulation } from "./testing/simulation.ts";

const ADDRESS = ip("192.0.2.7");

/** A client that had a lease before it was started. */
function remembering(valid = true): Simulation {
  const s = new Simulation();
  s.client.remember(ADDRESS, valid);
  return s;
}

function types(s: Simulation): number[] {
  return s.sent().map(({ message }) => message.type);
}

Deno.test("Dhcp4Client asks for the lease from before the start (RFC 2131 §4.3.2, INIT-REBOOT)", () => {
  const s = remembering();
  s.up();
  s.run(10);
  const [first, ...others] = s.sent();
  assert.deepEqual(others, []);
  assert.equal(first.destination, 0);
  const { type, requested, server, ciaddr } = first.message;
  assert.deepEqual({ type, requested, server, ciaddr }, {
    type: 3,
    requested: ADDRESS,
    server: undefined,
    ciaddr: 0,
  });
  assert.deepEqual(s.states().map(([, name]) => name), ["INIT-REBOOT", "REBOOTING", "BOUND"]);
});

Deno.test("Dhcp4Client stays in INIT-REBOOT without a carrier, and goes back to it", () => {
  const s = remembering();
  s.server.up = false;
  s.run(10_000);
  assert.deepEqual(s.states().map(([, name]) => name), ["INIT-REBOOT"]);
  s.up();
  s.run(100);
  s.down();
  s.run(60_000);
  s.server.up = true;
  s.up();
  s.run(100);
  assert.deepEqual(types(s), [3, 3]);
  assert.deepEqual(s.states().map(([, name]) => name).slice(1), [
    "REBOOTING",
    "INIT-REBOOT",
    "REBOOTING",
    "BOUND",
  ]);
});

Deno.test("Dhcp4Client looks for a server when nobody answers in REBOOTING", () => {
  const s = remembering();
  s.server.up = false;
  s.up();
  s.run(3000);
  assert.deepEqual(types(s).slice(0, 3), [3, 3, 1]);
  const [, second, discover] = s.sent();
  assert.ok(second.at >= 375 && second.at <= 625, `repeated after ${second.at} ms`);
  assert.ok(discover.at >= 1100 && discover.at <= 1900, `given up after ${discover.at} ms`);
  assert.equal(discover.message.requested, ADDRESS, "the old address is a wish");
  assert.notEqual(discover.message.xid, second.message.xid);
});

Deno.test("Dhcp4Client ignores a late DHCPACK of REBOOTING in SELECTING", () => {
  const s = remembering();
  s.server.up = false;
  s.up();
  s.run(3000);
  s.send(s.server.build(5, s.sent()[0].message.xid));
  s.run(10);
  assert.equal(s.client.hasLease, false);
});

for (const identifies of [true, false]) {
  const with54 = identifies ? "with" : "without";
  Deno.test(`Dhcp4Client obeys a DHCPNAK ${with54} option 54 in REBOOTING at once`, () => {
    const s = remembering();
    s.server.offer = "192.0.2.8";
    s.server.identifies = identifies;
    s.up();
    s.run(100);
    assert.deepEqual(types(s), [3, 1, 3]);
    assert.equal(s.sent()[1].message.requested, undefined, "the address is not ours any more");
    const refused = s.records.filter((record) => record.what === "refused");
    assert.deepEqual(refused.map(({ address, server }) => [address, server]), [
      [ADDRESS, identifies ? ip("192.0.2.1") : 0],
    ]);
    assert.equal(s.client.lease.address, ip("192.0.2.8"));
  });
}

Deno.test("Dhcp4Client is not made to spin by a server that refuses everything", () => {
  const s = remembering();
  s.server.refuses = true;
  s.up();
  s.run(60_000);
  assert.ok(s.sent().length < 30, `${s.sent().length} messages in a minute`);
});

Deno.test("Dhcp4Client wishes for the address of a lease that is over", () => {
  const s = remembering(false);
  s.up();
  s.run(10);
  assert.deepEqual(types(s), [1, 3]);
  assert.equal(s.sent()[0].message.requested, ADDRESS);
});

Deno.test("Dhcp4Client does not tell where it was when it is to be anonymous (RFC 7844 §3.3)", () => {
  const s = new Simulation();
  s.settings.anonymity = true;
  s.client.remember(ADDRESS, true);
  s.up();
  s.run(10);
  assert.deepEqual(types(s), [1, 3]);
  assert.equal(s.sent()[0].message.requested, undefined);
});

Deno.test("Dhcp4Client counts a lease from the first DHCPREQUEST of REBOOTING", () => {
  const s = remembering();
  s.server.up = false;
  s.up();
  s.run(700);
  assert.equal(s.sent().length, 2);
  s.server.up = true;
  s.send(s.server.build(5, s.sent()[1].message.xid));
  s.run(1800_000);
  assert.equal(s.sent()[2].at, 1800_000);
});

Deno.test("Dhcp4Client says once that nobody answers, after 15 s", () => {
  const s = new Simulation();
  s.server.up = false;
  s.up();
  s.run(600_000);
  const silence = s.records.filter((record) => record.what === "silence");
  assert.equal(silence.length, 1);
  assert.ok(silence[0].at > 11_000 && silence[0].at < 20_000, `${silence[0].at} ms`);
});
