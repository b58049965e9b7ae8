import assert from "node:assert/strict";
import "portable";
import { DHCPACK } from "../../calf/dhcp4/options.ts";
import { buildMessage } from "../../calf/dhcp4/testing/messages.ts";
import { arpFrame } from "../../calf/sdk/stack_fixture.ts";
import { core, EXTRA } from "./core.ts";
import { datagram } from "./script.ts";
import { TwinWorld } from "./twin_world.ts";
import { WasmService } from "./wasm_service.ts";

/** Lets time pass from deadline to deadline until the state is `state`. */
function until(world: TwinWorld, state: string): void {
  for (let i = 0; i < 100 && world.values.get("/state") !== state; i++) world.toDeadline();
  assert.equal(world.values.get("/state"), state);
}

/** Another host says that it has the address that ours is, twice. */
function claim(world: TwinWorld): void {
  const address = world.detected;
  for (let i = 0; i < 2; i++) world.inject(arpFrame({ sender: address, target: address }));
}

function request(world: TwinWorld, what: string): void {
  world.tell("/request", what);
  world.tell("/request", null);
}

/** Everything that a client can go through with a server, from BOUND to BOUND: a lease is lost five times. */
function round(world: TwinWorld): void {
  const { dhcp } = world.wire;
  world.link("down");
  world.link("up"); // REBINDING
  until(world, "BOUND");
  world.run(20_000); // probes and announcements
  request(world, "renew");
  request(world, "rebind");
  world.run(1800_000); // T1
  const ack = buildMessage({ xid: world.xid, options: [[53, [DHCPACK]]] });
  world.inject(arpFrame());
  world.inject(datagram(ack, "192.0.2.1", "192.0.2.7", 68));
  world.inject(datagram(ack.subarray(0, 100), "192.0.2.1", "192.0.2.7", 68));
  world.inject(ack);
  world.service.onCtl(ack, ack.length);
  world.respond(12345, "", null);
  dhcp.refuses = true;
  request(world, "renew"); // DHCPNAK
  dhcp.refuses = false;
  until(world, "BOUND");
  world.refuse = (changes) => changes.length > 2 ? "no" : null;
  request(world, "renew"); // refused: DHCPRELEASE
  world.refuse = () => null;
  world.copies = 0;
  for (let i = 0; i < 3; i++) world.toDeadline(); // lost replies
  world.copies = 1;
  until(world, "BOUND");
  world.run(20_000);
  claim(world); // defended, then DHCPDECLINE
  until(world, "BOUND");
  request(world, "release");
  until(world, "RELEASED");
  request(world, "renew");
  until(world, "BOUND");
  dhcp.up = false;
  world.run(1800_000); // RENEWING, ARP requests
  world.now += 3600_000;
  world.run(30_000); // expired, SELECTING, a fallback
  claim(world);
  world.run(30_000);
  dhcp.up = true;
  until(world, "BOUND");
}

/** Everything without a lease: an address of the operator's, or no IPv4. */
function quietRound(world: TwinWorld): void {
  world.link("down");
  world.link("up");
  world.run(10_000);
  request(world, "renew");
  request(world, "release");
  world.run(1000);
  request(world, "rebind");
  world.run(400_000);
  world.inject(arpFrame());
}

/** Settings, how often a round loses the lease, and the round. */
const WORLDS: [name: string, config: Record<string, string>, lost: number][] = [
  ["by default", {}, 5],
  ["probing first, with a saved lease and a link-local fallback", {
    "acd": "before",
    "fallback": "ipv4ll",
    "fallback-after": "1",
    "hostname": "host.example.org",
    "fqdn": "both",
  }, 5],
  ["anonymous, without detection and with a static fallback", {
    "acd": "off",
    "anonymity": "on",
    "fallback": "static",
    "fallback-after": "1",
    "static/ip": "192.0.2.99/24",
    "static/nameserver/001": "192.0.2.53",
  }, 4],
  ["with an address of the operator's", { inform: "192.0.2.77/24" }, 1],
  ["without IPv4", { "ipv6-only": "on", "broadcast": "on", "vendor-class": "x" }, 0],
];

for (const [name, config, losses] of WORLDS) {
  Deno.test(`the core as Wasm allocates nothing after its start, ${name}`, async () => {
    const module = await core();
    const cores: WasmService[] = [];
    const world = new TwinWorld((host) => {
      cores.push(new WasmService(module, host));
      return cores[0];
    });
    const { memoryBytes } = cores[0];
    const wantsIpv6 = config["ipv6-only"] !== undefined;
    world.wire.dhcp.extra = EXTRA;
    for (const [key, value] of Object.entries(config)) world.readable.set(`/config/${key}`, value);
    if (config.acd === "before") {
      world.readable.set("/saved/ip", "192.0.2.7/24");
      world.readable.set("/saved/time", "600");
    }
    world.start(10);
    const rounds = (count: number) => {
      for (let i = 0; i < count; i++) (losses > 1 ? round : quietRound)(world);
    };
    rounds(20); // fills every buffer that there is
    const { usedBytes } = cores[0];
    rounds(100);
    const lost = world.logged(6).filter((line) => line.startsWith("lost"));
    assert.equal(lost.length, 120 * losses);
    const states = new Set(world.states());
    assert.equal(states.has("V6ONLY"), wantsIpv6);
    assert.equal(states.has("PROBING") && states.has("REBOOTING"), config.acd === "before");
    const fallbacks = world.logged(6).filter((line) => line.startsWith("no server: using"));
    assert.equal(fallbacks.length > 100, config.fallback !== undefined);
    assert.equal(cores[0].usedBytes, usedBytes);
    assert.equal(cores[0].memoryBytes, memoryBytes);
  });
}
