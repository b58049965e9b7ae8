import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { alone, arpSent, bound, worldWith } from "./testing/address_world.ts";
import { type Option, readSent, word } from "./testing/messages.ts";
import { ServiceWorld } from "./testing/service_world.ts";

/** A world whose priv can let requests wait. */
class SlowWorld extends ServiceWorld {
  /** The requests that wait; null when none has to. */
  waiting: Uint8Array[] | null = null;

  override ctlWrite(buf: Uint8Array, len: i32): void {
    if (this.waiting === null) super.ctlWrite(buf, len);
    else this.waiting.push(buf.slice(0, len));
  }

  /** priv answers again, first all that has waited. */
  catchUp(): void {
    const waiting = this.waiting ?? [];
    this.waiting = null;
    for (const message of waiting) super.ctlWrite(message, message.length);
    this.run(0);
  }
}

/** DHCP messages sent after the first `before` frames: type and destination. */
function dhcpSent(world: ServiceWorld, before: number): [type: number, destination: string][] {
  return world.sentFrames.slice(before).filter((frame) => frame.length > 300).map((frame) => [
    readSent(frame.subarray(42)).type,
    frame.subarray(30, 34).join("."),
  ]);
}

Deno.test("ServiceOutput takes a loss from the store as soon as it can", () => {
  const world = new SlowWorld();
  world.wire.dhcp.leaseTime = 60;
  world.start(10);
  world.waiting = [];
  for (let i = 0; i < 10; i++) {
    world.link("down");
    world.link("up"); // a state and a lease each
  }
  world.wire.dhcp.up = false;
  world.run(60_000);
  assert.ok(world.logged(4).includes("cannot send a commit"));
  world.catchUp();
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.equal(world.service.stack.address, 0, "though it is not ours any more");
  world.link("down");
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "INIT" });
  const before = world.commits.length;
  world.link("up");
  assert.deepEqual(world.commits.slice(before), [["/state=SELECTING"]]);
});

for (const end of ["time", "carrier", "release"]) {
  Deno.test(`ServiceOutput takes /ipv6-only back when V6ONLY ends by ${end}`, () => {
    const world = worldWith({ "/config/ipv6-only": "on" });
    world.wire.dhcp.extra = [[108, word(300)]];
    world.start(10);
    assert.deepEqual(Object.fromEntries(world.values), {
      "/state": "V6ONLY",
      "/ipv6-only": "300",
    });
    world.wire.dhcp.up = false;
    if (end === "time") world.run(300_000);
    else if (end === "carrier") world.link("down");
    else world.tell("/request", "release");
    const state = { time: "SELECTING", carrier: "INIT", release: "RELEASED" }[end];
    assert.deepEqual(Object.fromEntries(world.values), { "/state": state });
  });
}

Deno.test("ServiceOutput gives a fallback up that priv refuses, and tries it again", () => {
  const world = alone({
    "/config/fallback": "static",
    "/config/fallback-after": "1",
    "/config/static/ip": "192.0.2.99/24",
    "/config/acd": "off",
  });
  world.refuse = (changes) => changes.length > 2 ? "no" : null;
  world.run(5_000);
  assert.equal(world.service.stack.address, 0);
  assert.ok(world.logged(6).includes("not using 192.0.2.99 any more"));
  world.refuse = () => null;
  world.run(3_000);
  assert.equal(world.values.has("/ip"), false, "after 10 s");
  world.run(5_000);
  assert.equal(world.values.get("/ip"), "192.0.2.99/24");
});

/** Option 121 with one route to 198.51.100.0/24. */
function route(hop: string): Option[] {
  return [[121, [24, 198, 51, 100, ...word(hop)]]];
}

for (
  const [name, extra, asked] of [
    ["by a route", route("192.0.2.254"), "request 192.0.2.254"],
    ["on the link", route("0.0.0.0"), "request 198.51.100.1"],
    ["by the default router", [], "request 192.0.2.1"],
  ] as const
) {
  Deno.test(`ServiceOutput reaches a server of another network ${name}`, () => {
    const world = new ServiceWorld();
    world.wire.dhcp.address = "198.51.100.1";
    world.wire.dhcp.extra = [...extra];
    world.start(10);
    assert.equal(world.values.get("/lease/server"), "198.51.100.1");
    world.tell("/request", "renew");
    assert.deepEqual(arpSent(world).slice(-1), [asked]);
  });
}

Deno.test("ServiceOutput broadcasts what no router can carry to the server", () => {
  const world = new ServiceWorld();
  world.wire.dhcp.address = "198.51.100.1";
  world.wire.dhcp.extra = [[121, [8, 10, ...word("192.0.2.254")]]];
  world.start(10);
  const before = world.sentFrames.length;
  world.tell("/request", "renew");
  assert.equal(world.values.get("/state"), "BOUND");
  world.tell("/request", "release");
  assert.deepEqual(dhcpSent(world, before), [[3, "255.255.255.255"], [7, "255.255.255.255"]]);
  assert.deepEqual(world.wire.dhcp.returned, [[7, ip("192.0.2.7")]]);
});

Deno.test("ServiceInputs takes settings only before the client begins", () => {
  const world = bound();
  world.tell("/config/inform", "192.0.2.99/24");
  world.link("down");
  world.link("up");
  world.run(4000_000);
  assert.equal(world.values.get("/origin"), "dhcp");
  assert.deepEqual(world.logged(3), ["cannot use /config/inform"]);
});

Deno.test("ServiceInputs keeps what it knows when priv says something impossible later", () => {
  const world = bound();
  world.tell("/mac", "02");
  world.tell("/seed", "x");
  world.link("down");
  world.link("up");
  assert.equal(world.values.get("/state"), "BOUND");
  assert.ok(world.commits.flat().includes("/state=REBINDING"));
});
