import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ARP_REQUEST, ArpPacket } from "../sdk/arp.ts";
import { Text } from "../sdk/text.ts";
import { claim } from "./testing/address_world.ts";
import { stringOf } from "./testing/tables.ts";
import type { Option } from "./testing/messages.ts";
import { word } from "./testing/messages.ts";
import { ServiceWorld } from "./testing/service_world.ts";

/** More frames than this in a minute, when nothing but time happens, are a flood. */
const FRAMES_PER_MINUTE = 60;

/** A world, and what is watched in it. */
class Watched {
  readonly world = new ServiceWorld();
  #before = "0.0.0.0";
  #seen = 0;
  #commits = 0;

  /** Our address, as the stack has it. */
  get address(): string {
    return stringOf(new Text(15).ipv4(this.world.service.stack.address));
  }

  /** Checks what one thing has led to. */
  check(): void {
    const { values, sentFrames } = this.world;
    const address = this.address;
    const told = values.get("/ip")?.replace(/\/.*/, "") ?? "0.0.0.0";
    // A refused lease is given back by unicast, which takes a while.
    if (!this.world.service.client.leaving) {
      assert.equal(told, address, "the store and the stack have the same address");
    }
    const state = values.get("/state") ?? "INIT";
    if (["BOUND", "RENEWING", "REBINDING", "INFORMING"].includes(state)) {
      assert.notEqual(told, "0.0.0.0", state);
    }
    if (state === "RELEASED" || state === "V6ONLY") assert.equal(told, "0.0.0.0", state);
    // A lease may tell it too, when it was renewed.
    if (!values.has("/ip")) assert.equal(values.has("/ipv6-only"), state === "V6ONLY");
    const changes = this.world.commits.slice(this.#commits).flat();
    this.#commits = this.world.commits.length;
    const ours = changes.filter((change) => change.startsWith("/ip="))
      .map((change) => change.slice(4).replace(/\/.*/, "")).concat(address, this.#before);
    const packet = new ArpPacket();
    for (; this.#seen < sentFrames.length; this.#seen++) {
      const frame = sentFrames[this.#seen];
      if (frame[13] !== 6) continue;
      assert.equal(packet.parse(frame, 14, 28), 0);
      const sender = stringOf(new Text(15).ipv4(packet.sender));
      const probe = packet.operation === ARP_REQUEST && packet.sender === 0;
      assert.ok(probe || ours.includes(sender), `ARP from ${sender}`);
    }
    this.#before = address;
  }

  /** Lets time pass, from deadline to deadline. */
  run(ms: number): void {
    const { world } = this;
    const sent: number[] = [];
    const end = world.now + ms;
    while (world.now < end) {
      const before = world.sentFrames.length;
      const quiet = world.values.get("/state") === "RELEASED" || !world.service.client.hasLease &&
          world.readable.get("/link") === "down";
      world.run(Math.min(Math.max(1, world.service.nextDeadlineMs()), end - world.now));
      assert.ok(world.service.nextDeadlineMs() > 0, "spins");
      const count = world.sentFrames.length - before;
      assert.ok(count === 0 || !quiet, "sends nothing at rest");
      for (let i = 0; i < count; i++) sent.push(world.now);
      this.check();
    }
    for (let i = FRAMES_PER_MINUTE; i < sent.length; i++) {
      assert.ok(sent[i] - sent[i - FRAMES_PER_MINUTE] > 60_000, "a flood");
    }
  }
}

/** One thing that happens. */
interface Event {
  name: string;
  value: unknown;
  happen(watched: Watched): void;
}

function event<T>(
  name: string,
  values: fc.Arbitrary<T>,
  happen: (watched: Watched, value: T) => void,
): fc.Arbitrary<Event> {
  return values.map((value) => ({ name, value, happen: (w) => happen(w, value) }));
}

const extras = fc.constantFrom<Option[]>(
  [],
  [],
  [[108, word(1800)]],
  [[116, [0]]],
  [[121, [8, 10, ...word("192.0.2.254")]]],
);

const events: fc.Arbitrary<Event>[] = [
  event("run", fc.oneof(fc.nat(3000), fc.nat(30_000), fc.nat(2000_000)), (w, ms) => w.run(ms)),
  event("jump", fc.oneof(fc.nat(5000), fc.nat(8000_000)), (w, ms) => {
    w.world.now += ms;
    w.world.service.onTimer();
    w.run(0);
  }),
  event(
    "server",
    fc.record({
      up: fc.boolean(),
      refuses: fc.constantFrom(false, false, false, true),
      identifies: fc.boolean(),
      rapid: fc.boolean(),
      offer: fc.constantFrom("192.0.2.7", "192.0.2.7", "192.0.2.8", "0.0.0.0"),
      address: fc.constantFrom("192.0.2.1", "192.0.2.1", "198.51.100.1"),
      leaseTime: fc.constantFrom(3600, 3600, 20, 0xffffffff, null),
      extra: extras,
    }),
    ({ world }, server) => Object.assign(world.wire.dhcp, server),
  ),
  event("link", fc.constantFrom("up", "up", "down"), ({ world }, status) => {
    world.link(status as "up");
  }),
  event("request", fc.constantFrom("renew", "rebind", "release"), ({ world }, request) => {
    world.tell("/request", request);
    world.tell("/request", null);
  }),
  event("claim", fc.constantFrom(1, 1, 2), ({ world }, count) => {
    const address = world.service.stack.address;
    for (let i = 0; i < count && address !== 0; i++) {
      world.receive(claim(stringOf(new Text(15).ipv4(address))));
    }
  }),
  event("claim 192.0.2.7", fc.constant(null), ({ world }) => world.receive(claim("192.0.2.7"))),
  event("refuse", fc.constantFrom(true, false, false), ({ world }, refuses) => {
    world.refuse = (changes) =>
      refuses && changes.some((change) => change.startsWith("/ip=")) ? "no" : null;
  }),
  event("unplugged", fc.boolean(), ({ world }, unplugged) => world.unplugged = unplugged),
];

const config = fc.record({
  "acd": fc.constantFrom("after", "before", "off"),
  "fallback": fc.constantFrom("none", "ipv4ll", "static"),
  "fallback-after": fc.constantFrom("1", "4", "100"),
  "static/ip": fc.constantFrom("192.0.2.99/24", ""),
  "inform": fc.constantFrom("", "", "", "", "192.0.2.77/24"),
  "ipv6-only": fc.constantFrom("on", "off"),
  "anonymity": fc.constantFrom("on", "off", "off"),
  "rapid-commit": fc.constantFrom("on", "off"),
});

Deno.test("Dhcp4Service and the store agree whatever happens, with all settings", () => {
  const states = new Set<string>();
  const origins = new Set<string>();
  const more = fc.constantFrom<[string, string][]>(
    [],
    [],
    [["/saved/ip", "192.0.2.7/24"], ["/saved/time", "600"]],
    [["/link", "down"]],
    [["/request", "release"]],
  );
  fc.assert(
    fc.property(
      config,
      more,
      fc.array(fc.oneof(...events), { maxLength: 40, size: "max" }),
      (config, more, events) => {
        const watched = new Watched();
        const { world } = watched;
        for (const [key, value] of Object.entries(config)) {
          world.readable.set(`/config/${key}`, value);
        }
        for (const [key, value] of more) world.readable.set(key, value);
        world.start(10);
        watched.check();
        for (const { happen } of events) {
          happen(watched);
          world.run(0);
          watched.check();
          origins.add(world.values.get("/origin") ?? "none");
        }
        for (const change of world.commits.flat()) {
          if (change.startsWith("/state=")) states.add(change);
        }
      },
    ),
    { numRuns: 1000 },
  );
  assert.deepEqual([...origins].sort(), ["dhcp", "inform", "ipv4ll", "none", "static"]);
  assert.equal(states.size, 12, [...states].join(" "));
});
