import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { DROP_ETHERNET_NOT_FOR_US, DROP_UDP_PORT, DROP_VLAN } from "../sdk/drop.ts";
import { emitUdpFrame } from "../sdk/frame.ts";
import { ascii, hex, ip } from "../sdk/sdk_fixture.ts";
import { DROP_DHCP_SHORT, DROP_DHCP_XID } from "./drops.ts";
import { buildMessage, MAC, XID } from "./testing/messages.ts";
import { ServiceWorld } from "./testing/service_world.ts";

/** A datagram for us. */
function datagram(payload: Uint8Array, port = 68): Uint8Array {
  const frame = new Uint8Array(42 + payload.length);
  const source = ip("192.0.2.1");
  const server = hex("020000000002");
  emitUdpFrame(frame, MAC, 0, server, source, 0xffffffff, 67, port, payload, payload.length);
  return frame;
}

function states(world: ServiceWorld): string[] {
  return world.commits.flat().filter((change) => change.startsWith("/state="))
    .map((change) => change.slice(7));
}

Deno.test("Dhcp4Service gets a lease and commits it as a whole", () => {
  const world = new ServiceWorld().start(10);
  assert.deepEqual(states(world), ["SELECTING", "REQUESTING", "BOUND"]);
  assert.equal(world.commits.length, 3, "one commit each");
  assert.equal(world.commits[2][0], "-/");
  assert.deepEqual(Object.fromEntries(world.values), {
    "/state": "BOUND",
    "/ip": "192.0.2.7/24",
    "/gateway": "192.0.2.1",
    "/nameserver/001": "192.0.2.53",
    "/lease/server": "192.0.2.1",
    "/lease/time": "3600",
    "/lease/t1": "1800",
    "/lease/t2": "3150",
    "/origin": "dhcp",
  });
  assert.deepEqual(world.logged(6), [
    "state SELECTING",
    "state REQUESTING",
    "bound to 192.0.2.7/24 from 192.0.2.1, lease 3600 s",
  ]);
  assert.deepEqual(world.lines.filter((line) => !line.startsWith("<6>")), []);
});

Deno.test("Dhcp4Service renews by unicast and ARP, and commits the same lease again", () => {
  const world = new ServiceWorld().start(10);
  world.run(1800_100);
  assert.deepEqual(states(world).slice(3), ["RENEWING", "BOUND"]);
  assert.equal(world.commits.length, 5);
  assert.deepEqual(world.commits[4], world.commits[2]);
  assert.equal(world.logged(6).at(-1), "renewed 192.0.2.7/24 from 192.0.2.1, lease 3600 s");
});

Deno.test("Dhcp4Service removes an expired lease and its address", () => {
  const world = new ServiceWorld().start(10);
  world.wire.dhcp.up = false;
  world.run(3600_000);
  assert.deepEqual(states(world).slice(3), ["RENEWING", "REBINDING", "INIT", "SELECTING"]);
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "SELECTING" });
  assert.equal(world.service.stack.address, 0);
  assert.ok(world.logged(6).includes("lost 192.0.2.7: the lease has expired"));
});

Deno.test("Dhcp4Service removes the lease at a DHCPNAK", () => {
  const world = new ServiceWorld().start(10);
  world.wire.dhcp.refuses = true;
  world.run(1800_100);
  assert.deepEqual(Object.fromEntries(world.values), { "/state": "INIT" });
  assert.ok(world.logged(6).includes("lost 192.0.2.7: DHCPNAK"));
});

Deno.test("Dhcp4Service waits for mac, seed and link", () => {
  for (const key of ["/mac", "/seed", "/link"]) {
    const world = new ServiceWorld();
    world.readable.delete(key);
    world.start(60_000);
    assert.deepEqual(world.commits, [], key);
    assert.deepEqual(world.logged(3), ["priv does not say /mac, /seed and /link"]);
    world.tell("/domain", "example.org");
    world.tell(key, new ServiceWorld().readable.get(key)!);
    assert.equal(world.values.get("/state"), "BOUND", `${key} came late`);
  }
  for (const [key, value] of [["/mac", "02:00"], ["/seed", "0"]]) {
    const world = new ServiceWorld();
    world.readable.set(key, value);
    world.start(60_000);
    assert.deepEqual(world.commits, [], key);
    assert.deepEqual(world.logged(3), [
      `cannot use ${key}`,
      "priv does not say /mac, /seed and /link",
    ]);
  }
});

Deno.test("Dhcp4Service does nothing while the link is down, and begins when it is up", () => {
  const world = new ServiceWorld();
  world.readable.set("/link", "down");
  world.start(600_000);
  assert.deepEqual(world.commits, []);
  world.link("up");
  assert.equal(world.values.get("/state"), "BOUND");
  world.link("down");
  world.run(600_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24", "the lease stays");
  world.link("up");
  assert.deepEqual(states(world).slice(3), ["REBINDING", "BOUND"]);
});

Deno.test("Dhcp4Service gives a refused lease up and waits before the next", () => {
  const world = new ServiceWorld();
  world.refuse = (changes) => changes.length > 2 ? "bad value for /ip: no\n" : null;
  world.start(300_000);
  assert.equal(world.values.has("/ip"), false);
  assert.deepEqual(states(world).slice(0, 5), [
    "SELECTING",
    "REQUESTING",
    "BOUND",
    "INIT",
    "SELECTING",
  ]);
  const attempts = states(world).filter((state) => state === "BOUND").length;
  assert.ok(attempts > 3 && attempts < 15, `${attempts} in five minutes`);
  assert.equal(world.logged(3)[0], "priv refused: bad value for /ip: no\\x0a");
  world.refuse = () => null;
  world.run(100_000);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
});

Deno.test("Dhcp4Service forgets failures when priv accepts a lease", () => {
  const world = new ServiceWorld();
  world.refuse = (changes) => changes.length > 2 ? "no" : null;
  world.start(200_000);
  world.refuse = () => null;
  world.run(100_000);
  assert.equal(world.values.get("/state"), "BOUND");
  world.link("down");
  world.wire.dhcp.offer = "192.0.2.8";
  world.link("up");
  assert.equal(world.values.get("/state"), "INIT", "DHCPNAK");
  world.run(1000);
  assert.equal(world.values.get("/ip"), "192.0.2.8/24", "the pause is that of a first failure");
});

Deno.test("Dhcp4Service keeps the lease when priv refuses something else", () => {
  const world = new ServiceWorld().start(10);
  world.refuse = (changes) => changes.includes("/state=RENEWING") ? "no" : null;
  world.run(1800_100);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.deepEqual(world.logged(3), ["priv refused: no"]);
});

Deno.test("Dhcp4Service counts every dropped frame by its reason and logs it at debug", () => {
  const world = new ServiceWorld().start(10);
  const drops = world.service.stack.drops;
  const frames: [Uint8Array, number][] = [
    [datagram(buildMessage({ options: [[53, [5]]] })), DROP_DHCP_XID],
    [datagram(new Uint8Array(239)), DROP_DHCP_SHORT],
    [datagram(ascii("x"), 53), DROP_UDP_PORT],
    [hex(`020000000001 020000000002 8100 ${"00".repeat(46)}`), DROP_VLAN],
  ];
  for (const [frame, reason] of frames) {
    const before = drops.total();
    world.service.onFrame(frame, frame.length);
    assert.equal(drops.get(reason), 1);
    assert.equal(drops.total(), before + 1);
  }
  assert.deepEqual(world.logged(7), [
    "dropped frame: dhcp-xid",
    "dropped frame: dhcp-short",
    "dropped frame: udp-port",
    "dropped frame: ethernet-vlan",
  ]);
});

Deno.test("Dhcp4Service tells priv of dropped frames beside the lease, and only when there are more", () => {
  const world = new ServiceWorld().start(10);
  world.receive(datagram(ascii("x"), 53));
  world.run(100_000);
  assert.deepEqual(world.commits.slice(3), [["/packets/dropped/udp-port=1"]]);
  world.receive(datagram(ascii("x"), 53));
  world.wire.dhcp.refuses = true;
  world.run(1800_000); // DHCPNAK
  assert.deepEqual(Object.fromEntries(world.values), {
    "/state": "INIT",
    "/packets/dropped/udp-port": "2",
  });
});

Deno.test("Dhcp4Service keeps its lease when priv takes no counters", () => {
  const world = new ServiceWorld().start(10);
  world.refuse = (changes) => changes[0].startsWith("/packets/") ? "unknown key: /packets" : null;
  world.receive(datagram(ascii("x"), 53));
  world.run(10_000);
  world.receive(datagram(ascii("x"), 53));
  world.run(10_000);
  assert.equal(world.commits.length, 4, "refused once, never tried again");
  assert.deepEqual(world.logged(4), ["priv takes no counters: unknown key: /packets"]);
  assert.deepEqual(world.logged(3), []);
  assert.equal(world.values.get("/state"), "BOUND");
});

Deno.test("Dhcp4Service takes answers to its host for nothing that concerns it", () => {
  const world = new ServiceWorld().start(10);
  world.respond(0, "", null);
  world.respond(0, null, "denied: /sandbox/layers is read-only");
  assert.deepEqual(world.logged(3), ["priv refused: denied: /sandbox/layers is read-only"]);
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
});

Deno.test("Dhcp4Service takes no DHCP message before it has begun", () => {
  const world = new ServiceWorld();
  world.readable.delete("/link");
  world.start(10);
  const frame = datagram(buildMessage({ xid: 0, options: [[53, [5]]] }));
  world.service.onFrame(frame, frame.length);
  assert.equal(world.service.stack.drops.get(DROP_ETHERNET_NOT_FOR_US), 1);
  assert.deepEqual(world.commits, []);
});

Deno.test("Dhcp4Service survives a malformed message of priv", () => {
  const world = new ServiceWorld().start(10);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    world.service.onCtl(bytes, bytes.length);
  }));
  world.respond(12345, "", null);
  assert.equal(world.values.get("/state"), "BOUND");
  assert.equal(world.logged(3)[0], "malformed message from priv");
});

Deno.test("Dhcp4Service.onFrame() survives arbitrary frames and damaged ones", () => {
  const world = new ServiceWorld().start(10);
  const good = datagram(buildMessage({ xid: XID, options: [[53, [2]], [119, [0xc0, 0]]] }));
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 });
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(damage, fc.nat(good.length)).map(([changes, length]) => {
      const frame = good.slice();
      for (const [at, value] of changes) frame[at] = value;
      return frame.slice(0, length);
    }),
  );
  fc.assert(fc.property(frames, (frame) => {
    const before = world.service.stack.drops.total();
    world.service.onFrame(frame, frame.length);
    assert.equal(world.service.stack.drops.total(), before + 1, "counted");
  }));
  assert.equal(world.values.get("/ip"), "192.0.2.7/24");
  assert.equal(world.commits.length, 3);
});

Deno.test("Dhcp4Service takes an answer to nothing for nothing, whenever priv looks whether it reads", () => {
  const world = new ServiceWorld();
  const poked = () => {
    const told = () => [world.lines.length, world.commits.length, world.sentFrames.length];
    const before = told();
    world.respond(0, "", null);
    world.run(0);
    assert.deepEqual(told(), before);
  };
  poked(); // before it has asked for anything
  world.wire.dhcp.up = false;
  world.start(10);
  poked();
  world.wire.dhcp.up = true;
  world.run(100_000);
  assert.equal(world.values.get("/state"), "BOUND");
  poked();
  world.link("down");
  poked();
});
