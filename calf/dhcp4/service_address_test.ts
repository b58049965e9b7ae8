import assert from "node:assert/strict";
import "portable";
import { ARP_REQUEST, ArpPacket } from "../sdk/arp.ts";
import { emitArpReplyFrame } from "../sdk/frame.ts";
import { hex, ip } from "../sdk/sdk_fixture.ts";
import { ServiceWorld } from "./testing/service_world.ts";

const OTHER = hex("0200000000aa");
const US = hex("020000000001");

/** An ARP reply by which another host says that it has `address`. */
function claim(address: string, mac = OTHER): Uint8Array {
  const frame = new Uint8Array(42);
  emitArpReplyFrame(frame, mac, ip(address), US, 0, ip("192.0.2.1"), false);
  return frame;
}

/** What the service has sent by ARP unasked: `probe`, `announcement` or `request` and the target. */
function arpSent(world: ServiceWorld): string[] {
  const texts: string[] = [];
  const packet = new ArpPacket();
  for (const frame of world.sentFrames) {
    if (frame[12] !== 8 || frame[13] !== 6 || packet.parse(frame, 14, 28) !== 0) continue;
    const target = `${packet.target >>> 24}.${(packet.target >>> 16) & 255}.` +
      `${(packet.target >>> 8) & 255}.${packet.target & 255}`;
    if (packet.operation !== ARP_REQUEST) continue;
    if (packet.sender === 0) texts.push(`probe ${target}`);
    else if (packet.sender === packet.target) texts.push(`announcement ${target}`);
    else texts.push(`request ${target}`);
  }
  return texts;
}

/** A world with these decisions of the operator. */
function worldWith(config: Record<string, string>): ServiceWorld {
  const world = new ServiceWorld();
  for (const [key, value] of Object.entries(config)) world.readable.set(key, value);
  return world;
}

function bound(config: Record<string, string> = {}): ServiceWorld {
  const world = worldWith(config).start(10);
  assert.equal(world.values.get("/state"), "BOUND");
  return world;
}

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

Deno.test("Dhcp4Service that is started again after a release does not begin", () => {
  const world = worldWith({ "/request": "release", "/saved/ip": "192.0.2.7/24" }).start(60_000);
  assert.equal(world.values.get("/state"), "RELEASED");
  assert.deepEqual(world.sentFrames, []);
});

const LINK_LOCAL = /^169\.254\.[0-9]+\.[0-9]+\/16$/;

/** A world without a server, and with a fallback. */
function alone(config: Record<string, string>): ServiceWorld {
  const world = worldWith(config);
  world.wire.dhcp.up = false;
  return world.start(10);
}

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
