import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { LONGEST_WAIT_MS } from "../sdk/clock.ts";
import { INFINITE } from "./options.ts";
import { LOST_EXPIRED, LOST_NAK } from "./output.ts";
import { boundSimulation, Simulation } from "./testing/simulation.ts";

const ADDRESS = ip("192.0.2.7");
const SERVER = ip("192.0.2.1");
/** When the DHCPREQUEST of the first lease was sent. */
const ASKED = 2;

/** A client in BOUND at 10 ms. */
function bound(leaseTime = 3600): Simulation {
  return boundSimulation((s) => s.server.leaseTime = leaseTime);
}

function names(s: Simulation): string[] {
  return s.states().map(([, name]) => name).slice(3);
}

Deno.test("Dhcp4Client renews at T1 by unicast, counted from the DHCPREQUEST", () => {
  const s = bound();
  s.run(3600_000);
  const [first, second] = s.sent(10);
  const t1 = ASKED + 1800_000;
  assert.deepEqual([first.at, first.destination], [t1, SERVER]);
  assert.deepEqual({ ...first.message, xid: 0 }, {
    type: 3,
    xid: 0,
    secs: 1,
    ciaddr: ADDRESS,
    requested: undefined,
    server: undefined,
    rapidCommit: false,
  });
  assert.deepEqual(s.states().slice(3, 5), [[t1, "RENEWING"], [t1 + 2, "BOUND"]]);
  assert.equal(second.at, t1 + 1800_000, "the new lease counts from the new DHCPREQUEST");
  assert.equal(s.server.acknowledged, 3);
});

Deno.test("Dhcp4Client keeps the lease through RENEWING and REBINDING until it expires", () => {
  const s = bound();
  s.server.up = false;
  s.run(3610_000);
  assert.deepEqual(s.states().slice(3), [
    [ASKED + 1800_000, "RENEWING"],
    [ASKED + 3150_000, "REBINDING"],
    [ASKED + 3600_000, "INIT"],
    [ASKED + 3600_000, "SELECTING"],
  ]);
  const lost = s.records.filter((record) => record.what === "lost");
  assert.deepEqual(lost.map(({ cause, address }) => [cause, address]), [[LOST_EXPIRED, ADDRESS]]);
});

Deno.test("Dhcp4Client repeats at half the time left, not below a minute (RFC 2131 §4.4.5)", () => {
  const s = bound();
  s.server.up = false;
  s.run(3599_000);
  const at = s.sent(10).map((record) => (record.at - ASKED) / 1000);
  // 1350 s from T1 to T2, then 450 s to the end.
  const renewing = [1800, 2475, 2812.5, 2981.25, 3065.625, 3125.625];
  assert.deepEqual(at, [...renewing, 3150, 3375, 3487.5, 3547.5]);
  const destinations = s.sent(10).map((record) => record.destination);
  assert.deepEqual(destinations, [...renewing.map(() => SERVER), 0, 0, 0, 0]);
});

Deno.test("Dhcp4Client asks twice in each phase of a short lease", () => {
  const s = bound(120);
  s.server.up = false;
  s.run(119_000);
  const at = s.sent(10).map((record) => (record.at - ASKED) / 1000);
  assert.deepEqual(at, [60, 82.5, 105, 112.5]);
});

Deno.test("Dhcp4Client counts secs from T1 on, through REBINDING", () => {
  const s = bound(120);
  s.server.up = false;
  s.run(119_000);
  assert.deepEqual(s.sent(10).map((record) => record.message.secs), [1, 22, 45, 52]);
});

Deno.test("Dhcp4Client gets more time in REBINDING from another server", () => {
  const s = bound();
  s.server.up = false;
  s.run(2000_000);
  s.server.up = true;
  s.server.address = "192.0.2.2";
  s.run(1200_000);
  assert.deepEqual(names(s), ["RENEWING", "REBINDING", "BOUND"]);
  assert.equal(s.client.lease.server, ip("192.0.2.2"));
  s.run(1800_000);
  assert.equal(s.sent().at(-1)!.destination, ip("192.0.2.2"), "asks the new server next time");
});

Deno.test("Dhcp4Client ignores a DHCPACK for a DHCPREQUEST before the last one", () => {
  const s = bound();
  s.server.up = false;
  s.run(1800_000 + 700_000);
  const [first, second] = s.sent(10);
  assert.notEqual(first.message.xid, second.message.xid);
  s.send(s.server.build(5, first.message.xid));
  s.run(10);
  assert.deepEqual(names(s), ["RENEWING"]);
  s.send(s.server.build(5, second.message.xid));
  s.run(10);
  assert.deepEqual(names(s), ["RENEWING", "BOUND"]);
  s.run(1800_000);
  assert.equal(s.sent().at(-1)!.at, second.at + 1800_000, "T1 counts from the second");
});

Deno.test("Dhcp4Client drops the lease at a DHCPNAK and begins anew after a moment", () => {
  for (const wait of [1800_000, 3150_000]) {
    const s = bound();
    if (wait > 1800_000) s.server.up = false;
    s.run(wait - 1000);
    s.server.up = true;
    s.server.offer = "192.0.2.8";
    s.run(3000);
    const lost = s.records.filter((record) => record.what === "lost");
    assert.deepEqual(lost.map(({ cause }) => cause), [LOST_NAK]);
    const discover = s.sent().find((record) => record.at > lost[0].at)!;
    const pause = discover.at - lost[0].at;
    assert.ok(pause >= 375 && pause <= 625, `${pause}`);
    assert.equal(s.client.lease.address, ip("192.0.2.8"));
  }
});

Deno.test("Dhcp4Client has nothing to wait for when the lease is infinite", () => {
  const s = bound(INFINITE);
  assert.equal(s.client.remainingMs(), LONGEST_WAIT_MS);
  s.run(0x7fffffff * 2);
  assert.equal(s.sent(10).length, 0);
});

Deno.test("Dhcp4Client keeps a lease of 136 years without mistaking its time", () => {
  const s = bound(0xfffffffe);
  s.run(100 * 86400_000);
  assert.deepEqual(names(s), []);
});

Deno.test("Dhcp4Client confirms the lease by broadcast when the carrier comes back", () => {
  const s = bound();
  s.run(1000);
  s.down();
  s.run(60_000);
  const backAt = s.now;
  s.up();
  s.run(10);
  const [confirm] = s.sent(10);
  assert.deepEqual([confirm.at, confirm.destination], [backAt, 0]);
  assert.deepEqual([confirm.message.ciaddr, confirm.message.requested], [ADDRESS, undefined]);
  assert.deepEqual(names(s), ["REBINDING", "BOUND"]);
  assert.equal(s.records.some((record) => record.what === "lost"), false);
});

Deno.test("Dhcp4Client confirms quickly at first, and keeps the lease when nobody answers", () => {
  const s = bound(86400);
  s.down();
  s.server.up = false;
  s.up();
  s.run(140_000);
  const gaps = s.sent(10).map((record, i, all) => record.at - (all[i - 1]?.at ?? record.at));
  const expected = [0, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000];
  assert.equal(gaps.length, expected.length, gaps.join(" "));
  gaps.forEach((gap, i) => assert.ok(Math.abs(gap - expected[i]) <= 1000, gaps.join(" ")));
  s.run(3600_000);
  assert.equal(s.sent(10).length, expected.length, "then as RFC 2131 §4.4.5 has it");
  assert.equal(s.client.hasLease, true);
});

Deno.test("Dhcp4Client learns by a DHCPNAK that the carrier came back on another network", () => {
  const s = bound();
  s.down();
  s.server.address = "198.51.100.1";
  s.server.offer = "198.51.100.7";
  s.run(1000);
  s.up();
  s.run(1000);
  assert.deepEqual(names(s), ["REBINDING", "INIT", "SELECTING", "REQUESTING", "BOUND"]);
  assert.equal(s.client.lease.address, ip("198.51.100.7"));
});

Deno.test("Dhcp4Client lets the time of the lease go on while the carrier is gone", () => {
  const s = bound();
  s.down();
  s.run(4000_000);
  assert.deepEqual(s.states().slice(3), [
    [ASKED + 1800_000, "RENEWING"],
    [ASKED + 3150_000, "REBINDING"],
    [ASKED + 3600_000, "INIT"],
  ]);
  assert.equal(s.sent(10).length, 0, "nothing is sent");
  const upAt = s.now;
  s.up();
  assert.equal(s.sent(10)[0].at, upAt, "and begins at once when it is back");
});

Deno.test("Dhcp4Client goes straight to REBINDING or INIT after a long sleep", () => {
  for (
    const [sleep, expected] of [[3200_000, ["REBINDING"]], [9000_000, [
      "INIT",
      "SELECTING",
    ]]] as const
  ) {
    const s = bound();
    s.server.up = false;
    s.sleep(sleep);
    assert.deepEqual(names(s), expected);
  }
});

Deno.test("Dhcp4Client goes back to INIT when the carrier goes in SELECTING or REQUESTING", () => {
  for (const state of ["SELECTING", "REQUESTING"]) {
    const s = new Simulation();
    s.up();
    s.run(state === "SELECTING" ? 0 : 2);
    assert.equal(s.states().at(-1)![1], state);
    s.down();
    s.run(1000);
    assert.equal(s.states().at(-1)![1], "INIT");
    s.up();
    s.run(10);
    assert.equal(s.client.hasLease, true);
  }
});

Deno.test("Dhcp4Client ignores a DHCPACK in RENEWING while the carrier is gone", () => {
  const s = bound();
  s.server.up = false;
  s.run(1800_000);
  assert.deepEqual(names(s), ["RENEWING"]);
  s.down();
  s.send(s.server.build(5, s.sent().at(-1)!.message.xid));
  s.run(10);
  assert.deepEqual(names(s), ["RENEWING"]);
});

Deno.test("Dhcp4Client knows its server when only the DHCPOFFER says who that is", () => {
  const s = new Simulation();
  s.up();
  s.run(2);
  assert.equal(s.states().at(-1)![1], "REQUESTING");
  s.server.identifies = false;
  s.run(10);
  assert.equal(s.client.lease.server, SERVER);
});
