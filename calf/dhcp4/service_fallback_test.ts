import assert from "node:assert/strict";
import "portable";
import { alone, arpSent, bound, claim, worldWith } from "./testing/address_world.ts";

const LINK_LOCAL = /^169\.254\.[0-9]+\.[0-9]+\/16$/;

Deno.test("Dhcp4Service takes a link-local address when no server answers, and looks on", () => {
  const world = alone({ "/config/fallback": "ipv4ll", "/config/fallback-after": "5" });
  world.run(4_000);
  assert.deepEqual(arpSent(world), []);
  world.run(11_000);
  const address = world.values.get("/ip") ?? "";
  assert.match(address, LINK_LOCAL);
  assert.equal(world.values.get("/origin"), "ipv4ll");
  assert.equal(world.values.get("/state"), "SELECTING");
  assert.equal(world.values.get("/lease/time"), "infinite");
  assert.equal(world.values.get("/gateway"), undefined);
  assert.equal(arpSent(world).filter((text) => text.startsWith("probe 169.254.")).length, 3);
  world.wire.dhcp.up = true;
  world.run(70_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.equal(world.values.get("/origin"), "dhcp");
});

Deno.test("Dhcp4Service takes another link-local address when somebody has the first", () => {
  const world = alone({ "/config/fallback": "ipv4ll", "/config/fallback-after": "1" });
  world.run(12_000);
  const first = world.values.get("/ip")!;
  world.receive(claim(first.replace("/16", "")));
  world.receive(claim(first.replace("/16", "")));
  assert.equal(world.values.get("/ip"), undefined, "given up");
  world.run(12_000);
  assert.match(world.values.get("/ip")!, LINK_LOCAL);
  assert.notEqual(world.values.get("/ip"), first);
});

Deno.test("Dhcp4Service always takes the same link-local address first", () => {
  const config = { "/config/fallback": "ipv4ll", "/config/fallback-after": "1" };
  const worlds = [alone(config), alone({ ...config, "/config/acd": "off" })];
  for (const world of worlds) world.run(12_000);
  assert.match(worlds[0].values.get("/ip")!, LINK_LOCAL);
  assert.equal(worlds[0].values.get("/ip"), worlds[1].values.get("/ip"));
  assert.ok(arpSent(worlds[1]).length >= 3, "probed in any case (RFC 3927 §2.2.1)");
});

Deno.test("Dhcp4Service takes the static address when no server answers", () => {
  const world = alone({
    "/config/fallback": "static",
    "/config/fallback-after": "1",
    "/config/static/ip": "192.0.2.99/24",
    "/config/static/gateway": "192.0.2.254",
    "/config/static/nameserver/001": "192.0.2.53",
  });
  world.run(12_000);
  assert.equal(world.values.get("/ip"), "192.0.2.99/24");
  assert.equal(world.values.get("/gateway"), "192.0.2.254");
  assert.equal(world.values.get("/nameserver/001"), "192.0.2.53");
  assert.equal(world.values.get("/origin"), "static");
});

Deno.test("Dhcp4Service has no fallback unless told so", () => {
  const world = alone({});
  world.run(600_000);
  assert.equal(world.values.get("/ip"), undefined);
});

Deno.test("Dhcp4Service drops its fallback on release", () => {
  const world = alone({ "/config/fallback": "ipv4ll", "/config/fallback-after": "1" });
  world.run(12_000);
  world.tell("/request", "release");
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "RELEASED" });
});

Deno.test("Dhcp4Service falls back again when its lease has expired", () => {
  const world = bound({ "/config/fallback": "ipv4ll", "/config/fallback-after": "1" });
  world.wire.dhcp.up = false;
  world.run(3600_000);
  world.run(20_000);
  assert.match(world.values.get("/ip")!, LINK_LOCAL);
});

Deno.test("Dhcp4Service lets its fallback wait while the address of a lease is probed", () => {
  const world = worldWith({
    "/config/acd": "before",
    "/config/fallback": "ipv4ll",
    "/config/fallback-after": "4",
  });
  world.wire.dhcp.up = false;
  world.start(1_600);
  world.wire.dhcp.up = true;
  world.run(2_300);
  assert.equal(world.values.get("/state"), "PROBING");
  world.run(8_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.deepEqual(arpSent(world).filter((text) => text.includes(" 169.254.")), []);
  assert.equal(arpSent(world).filter((text) => text === "probe 192.0.2.7").length, 3);
});

Deno.test("Dhcp4Service holds its fallback while the address of a lease is probed", () => {
  const config = { "/config/acd": "before", "/config/fallback": "ipv4ll" };
  const world = alone({ ...config, "/config/fallback-after": "1" });
  world.run(12_000);
  const fallback = world.values.get("/ip");
  assert.match(fallback!, LINK_LOCAL);
  world.wire.dhcp.up = true;
  while (world.values.get("/state") !== "PROBING") world.run(100);
  assert.equal(world.values.get("/ip"), fallback);
  world.run(8_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
});

Deno.test("Dhcp4Service says nothing about an address that it was probing when the carrier went", () => {
  const world = worldWith({ "/config/acd": "before" }).start(1_500);
  assert.equal(world.values.get("/state"), "PROBING");
  const before = arpSent(world).length;
  world.link("down");
  world.run(20_000);
  world.wire.dhcp.up = false;
  world.link("up");
  world.run(20_000);
  assert.deepEqual(arpSent(world).slice(before), []);
});

Deno.test("Dhcp4Service keeps a fallback that it holds when the carrier flaps, and probes it", () => {
  const world = alone({ "/config/fallback": "ipv4ll", "/config/fallback-after": "1" });
  world.run(12_000);
  const held = world.values.get("/ip")!;
  const before = arpSent(world).length;
  world.link("down");
  world.run(1_000);
  assert.deepEqual([world.values.get("/ip"), world.values.get("/state")], [held, "INIT"]);
  world.link("up");
  world.run(12_000);
  assert.equal(world.values.get("/ip"), held);
  const address = held.replace("/16", "");
  assert.deepEqual(arpSent(world).slice(before), [
    ...new Array(3).fill(`probe ${address}`),
    ...new Array(2).fill(`announcement ${address}`),
  ]);
});

Deno.test("Dhcp4Service sends no ARP for its static fallback with acd=off", () => {
  const world = alone({
    "/config/acd": "off",
    "/config/fallback": "static",
    "/config/fallback-after": "1",
    "/config/static/ip": "192.0.2.99/24",
  });
  world.run(2_000);
  assert.equal(world.values.get("/ip"), "192.0.2.99/24");
  world.link("down");
  world.link("up");
  world.run(20_000);
  assert.deepEqual(arpSent(world), []);
});

Deno.test("Dhcp4Service has no static fallback without its address", () => {
  const config = { "/config/fallback": "static", "/config/acd": "off" };
  const world = alone({ ...config, "/config/fallback-after": "1" });
  world.run(60_000);
  assert.equal(world.values.has("/ip"), false);
  assert.deepEqual(arpSent(world), []);
});

Deno.test("Dhcp4Service does not announce an address whose lease is over", () => {
  for (const acd of ["before", "after"]) {
    const world = worldWith({ "/config/acd": acd }).start(3_000);
    const before = arpSent(world).length;
    world.wire.dhcp.up = false;
    world.now += 3600_000;
    world.run(60_000);
    assert.deepEqual(arpSent(world).slice(before), [], acd);
  }
});
