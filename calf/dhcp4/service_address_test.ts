import assert from "node:assert/strict";
import "portable";
import { hex, ip } from "../sdk/sdk_fixture.ts";
import { arpSent, bound, claim, worldWith } from "./testing/address_world.ts";

const PROBES = ["probe 192.0.2.7", "probe 192.0.2.7", "probe 192.0.2.7"];
const ANNOUNCEMENTS = ["announcement 192.0.2.7", "announcement 192.0.2.7"];

Deno.test("Dhcp4Service probes an address that it uses already, and announces it", () => {
  const world = bound();
  world.run(20_000);
  assert.deepEqual(arpSent(world), [...PROBES, ...ANNOUNCEMENTS]);
  assert.equal(world.commits.length, 3);
});

Deno.test("Dhcp4Service probes an address before it uses it with acd=before", () => {
  const world = worldWith({ "/config/acd": "before" }).start(10);
  assert.equal(world.values.get("/state"), "PROBING");
  assert.equal(world.values.get("/ip"), undefined);
  world.run(1000);
  assert.equal(world.values.get("/ip"), undefined);
  world.run(19_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.deepEqual(arpSent(world), [...PROBES, ...ANNOUNCEMENTS]);
});

Deno.test("Dhcp4Service sends no probe with acd=off, and gives nothing up", () => {
  const world = bound({ "/config/acd": "off" });
  for (let i = 0; i < 5; i++) {
    world.receive(claim("192.0.2.7"));
    world.run(1000);
  }
  assert.deepEqual(arpSent(world), []);
  assert.equal(world.values.get("/state"), "BOUND");
});

Deno.test("Dhcp4Service declines an address that another host has, and takes it from the store", () => {
  const world = bound();
  world.run(100);
  world.receive(claim("192.0.2.7"));
  assert.deepEqual(world.wire.dhcp.returned, [[4, ip("192.0.2.7")]]);
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "INIT" });
  assert.deepEqual(world.logged(4), ["192.0.2.7 is used by 02:00:00:00:00:aa too: given up"]);
  assert.equal(world.logged(6).at(-1), "lost 192.0.2.7: somebody else has it");
  world.wire.dhcp.offer = "192.0.2.8";
  world.run(9_000);
  assert.equal(world.values.get("/state"), "INIT");
  world.run(5_000);
  assert.equal(world.values.get("/ip"), "192.0.2.8/24");
});

Deno.test("Dhcp4Service declines an address before it has used it", () => {
  const world = worldWith({ "/config/acd": "before" }).start(1500);
  world.receive(claim("192.0.2.7"));
  assert.deepEqual(world.wire.dhcp.returned, [[4, ip("192.0.2.7")]]);
  assert.equal(world.values.get("/state"), "INIT");
});

Deno.test("Dhcp4Service defends its address once, and gives it up the second time (RFC 5227 §2.4)", () => {
  const world = bound();
  world.run(30_000);
  const before = arpSent(world).length;
  world.receive(claim("192.0.2.7"));
  assert.deepEqual(arpSent(world).slice(before), ["announcement 192.0.2.7"]);
  assert.equal(world.values.get("/state"), "BOUND");
  world.run(11_000);
  world.receive(claim("192.0.2.7"));
  assert.equal(world.values.get("/state"), "BOUND", "long ago");
  world.run(5_000);
  world.receive(claim("192.0.2.7"));
  assert.equal(world.values.get("/state"), "INIT");
});

Deno.test("Dhcp4Service does not take the machine's other interfaces for another host", () => {
  const world = bound({ "/own-mac/001": "02:00:00:00:00:aa" });
  for (let i = 0; i < 5; i++) world.receive(claim("192.0.2.7"));
  world.tell("/own-mac/002", "02:00:00:00:00:bb");
  for (let i = 0; i < 5; i++) world.receive(claim("192.0.2.7", hex("0200000000bb")));
  assert.equal(world.values.get("/state"), "BOUND");
  assert.deepEqual(world.wire.dhcp.returned, []);
});

Deno.test("Dhcp4Service forgets the machine's interfaces that are gone, however many there were", () => {
  const world = bound();
  const mac = (n: number) => `02:00:00:00:01:${n.toString(16).padStart(2, "0")}`;
  for (let n = 1; n <= 100; n++) world.tell("/own-mac/064", mac(n));
  for (let i = 0; i < 5; i++) world.receive(claim("192.0.2.7", hex("020000000164")));
  assert.equal(world.values.get("/state"), "BOUND");
  world.tell("/own-mac/064", null);
  world.receive(claim("192.0.2.7", hex("020000000164")));
  assert.equal(world.values.get("/state"), "INIT");
});

Deno.test("Dhcp4Service probes again when the carrier was gone", () => {
  const world = bound();
  world.run(20_000);
  const before = arpSent(world).length;
  world.link("down");
  world.run(1000);
  world.link("up");
  world.run(20_000);
  assert.deepEqual(arpSent(world).slice(before), [...PROBES, ...ANNOUNCEMENTS]);
});

Deno.test("Dhcp4Service does not probe at a renewal", () => {
  const world = bound();
  world.run(20_000);
  const before = arpSent(world).length;
  world.run(1800_000);
  assert.deepEqual(arpSent(world).slice(before), ["request 192.0.2.1"]);
});

Deno.test("Dhcp4Service asks for the lease from before its start", () => {
  const world = worldWith({ "/saved/ip": "192.0.2.7/24", "/saved/time": "600" }).start(10);
  const states = world.commits.flat().filter((change) => change.startsWith("/state="));
  assert.deepEqual(states, ["/state=INIT-REBOOT", "/state=REBOOTING", "/state=BOUND"]);
});

Deno.test("Dhcp4Service gives its lease back on request, when ARP has found the server", () => {
  const world = bound();
  world.tell("/request", "release");
  assert.deepEqual(arpSent(world).slice(-1), ["request 192.0.2.1"]);
  assert.deepEqual(world.wire.dhcp.returned, [[7, ip("192.0.2.7")]]);
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "RELEASED" });
  world.run(4000_000);
  assert.equal(world.values.get("/state"), "RELEASED");
  world.tell("/request", "renew");
  world.tell("/request", null);
  assert.equal(world.values.get("/state"), "BOUND");
});

Deno.test("Dhcp4Service ends a released lease though the server is not to be found", () => {
  const world = bound();
  world.wire.dhcp.up = false;
  world.unplugged = true;
  world.tell("/request", "release");
  assert.equal(world.values.get("/state"), "BOUND");
  world.run(5_000);
  assert.equal(world.values.get("/state"), "RELEASED");
});

Deno.test("Dhcp4Service removes what a calf before it has left, when that is refused or released", () => {
  const saved: Record<string, string> = { "/saved/ip": "192.0.2.9/24", "/saved/time": "600" };
  for (const request of [null, "release"]) {
    const world = worldWith(request === null ? saved : { ...saved, "/request": request });
    for (const [key, value] of [["/ip", "192.0.2.9/24"], ["/lease/time", "600"]]) {
      world.values.set(key, value);
    }
    world.wire.dhcp.offer = "192.0.2.8";
    world.start(0);
    assert.equal(world.commits.some((changes) => changes[0] === "-/"), true);
    assert.notEqual(world.values.get("/ip"), "192.0.2.9/24");
  }
});

Deno.test("Dhcp4Service that is started again after a release does not begin", () => {
  const world = worldWith({ "/request": "release", "/saved/ip": "192.0.2.7/24" }).start(60_000);
  assert.equal(world.values.get("/state"), "RELEASED");
  assert.deepEqual(world.sentFrames, []);
});

Deno.test("Dhcp4Service uses the operator's address with /config/inform", () => {
  const world = worldWith({ "/config/inform": "192.0.2.99/24" });
  world.wire.dhcp.up = false;
  world.start(10);
  assert.deepEqual(Object.fromEntries(world.values), {
    "/state": "INFORMING",
    "/ip": "192.0.2.99/24",
    "/origin": "inform",
    "/lease/time": "infinite",
    "/lease/t1": "infinite",
    "/lease/t2": "infinite",
  });
  world.wire.dhcp.up = true;
  world.run(2000);
  assert.equal(world.values.get("/state"), "BOUND");
  assert.equal(world.values.get("/nameserver/001"), "192.0.2.53");
  assert.equal(world.values.get("/ip"), "192.0.2.99/24");
});

Deno.test("Dhcp4Service logs a setting that cannot be, and goes on", () => {
  const world = bound({ "/config/acd": "sometimes", "/config/newer": "x" });
  assert.deepEqual(world.logged(3), [
    "cannot use /config/acd",
    "cannot use /config/newer",
  ]);
});
