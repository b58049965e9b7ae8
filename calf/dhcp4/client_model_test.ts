import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { DHCPACK, DHCPDISCOVER, DHCPNAK, DHCPOFFER, INFINITE } from "./options.ts";
import { ClientWatch } from "./testing/client_watch.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";

/** A client, what watches it, and the carrier. */
interface World {
  s: Simulation;
  watch: ClientWatch;
  carrier: boolean;
}

/** One thing that happens. */
interface Event {
  name: string;
  value: unknown;
  happen(world: World): void;
}

function event<T>(
  name: string,
  values: fc.Arbitrary<T>,
  happen: (world: World, value: T) => void,
): fc.Arbitrary<Event> {
  return values.map((value) => ({ name, value, happen: (world) => happen(world, value) }));
}

const seconds = fc.oneof(fc.nat(100), fc.nat(100_000), fc.nat(INFINITE), fc.constant(INFINITE));
const addresses = fc.constantFrom(
  "192.0.2.7",
  "192.0.2.7",
  "192.0.2.8",
  "192.0.2.8",
  "0.0.0.0",
  "127.0.0.1",
);
const servers = fc.constantFrom("192.0.2.1", "192.0.2.1", "192.0.2.2", "0.0.0.0", null);

const message = event(
  "message",
  fc.record({
    type: fc.constantFrom(
      DHCPOFFER,
      DHCPOFFER,
      DHCPACK,
      DHCPACK,
      DHCPACK,
      DHCPNAK,
      DHCPDISCOVER,
      9,
    ),
    /** Which of our messages, counted from the last one, is answered; none when −1. */
    answers: fc.constantFrom(0, 0, 0, 0, 1, 2, -1),
    yiaddr: addresses,
    server: servers,
    time: fc.option(seconds),
    t1: fc.option(seconds),
    t2: fc.option(seconds),
    more: fc.constantFrom<Option[]>([], [], [], [[80, []]], [[108, word(1800)]], [[108, word(1)]], [
      [116, [0]],
    ], [[116, [1]]]),
    otherMac: fc.constantFrom(false, false, false, false, true),
  }),
  (world, { type, answers, yiaddr, server, time, t1, t2, more, otherMac }) => {
    const { s, watch } = world;
    const options: Option[] = [[53, [type]], ...more];
    if (server !== null) options.push([54, word(server)]);
    if (time !== null) options.push([51, word(time)]);
    if (t1 !== null) options.push([58, word(t1)]);
    if (t2 !== null) options.push([59, word(t2)]);
    const xid = answers < 0 ? 0 : s.sent().at(-1 - answers)?.message.xid ?? 0;
    const chaddr = otherMac ? { chaddr: [2, 0, 0, 0, 0, 9] } : {};
    const bytes = buildMessage({ xid, yiaddr, options, ...chaddr });
    if (!otherMac) watch.receives(type, xid, ip(yiaddr));
    s.tell((client) => client.receive(bytes, 0, bytes.length));
    watch.check(world.carrier);
  },
);

const passing = event(
  "run",
  fc.oneof(fc.nat(3000), fc.nat(100_000), fc.nat(4000_000)),
  ({ s, watch, carrier }, ms) => {
    s.run(ms);
    watch.checkTime(carrier, ms);
  },
);
/** Time passes, and what comes next comes before the timers: the machine has slept. */
const jump = event(
  "jump",
  fc.oneof(fc.nat(5000), fc.nat(4000_000), fc.nat(0x7fffffff)),
  (w, ms) => {
    w.s.advance(ms);
  },
);

const carrier = event("carrier", fc.boolean(), (world, up) => {
  world.watch.flaps();
  world.carrier = up;
  if (up) world.s.up();
  else world.s.tell((client) => client.linkDown());
  world.watch.check(up);
});

type Call = "renewNow" | "rebindNow" | "release" | "leaseRefused" | "leaseAccepted" | "left";

const calls = event(
  "call",
  fc.constantFrom<Call>(
    "renewNow",
    "rebindNow",
    "release",
    "leaseRefused",
    "leaseAccepted",
    "left",
  ),
  (world, name) => {
    if (name === "renewNow" || name === "rebindNow") world.watch.wakes();
    world.s.tell((client) => client[name]());
    world.watch.check(world.carrier);
  },
);
const verified = event("verified", fc.constant(null), (world) => {
  world.watch.verifies();
  world.s.tell((client) => client.addressVerified());
  world.watch.check(world.carrier);
});
const conflict = event("conflict", fc.constant(10_000), (world, ms) => {
  world.s.tell((client) => client.addressConflict(ms));
  world.watch.check(world.carrier);
});
const switches = event("switch", fc.constantFrom("commits", "leavesAtOnce"), ({ s }, name) => {
  if (name === "commits") s.commits = !s.commits;
  else s.leavesAtOnce = !s.leavesAtOnce;
});

const events = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: message },
    { weight: 5, arbitrary: passing },
    { weight: 1, arbitrary: jump },
    { weight: 1, arbitrary: carrier },
    { weight: 2, arbitrary: calls },
    { weight: 3, arbitrary: verified },
    { weight: 1, arbitrary: conflict },
    { weight: 1, arbitrary: switches },
  ),
  { maxLength: 60, size: "max" },
);

const settings = fc.record({
  acd: fc.constantFrom(0, 1, 1, 2),
  inform: fc.constantFrom(false, false, false, true),
  ipv6Only: fc.boolean(),
  rapidCommit: fc.boolean(),
  anonymity: fc.constantFrom(false, false, true),
  broadcast: fc.boolean(),
  leaseTime: fc.constantFrom(0, 0, 30),
  leavesAtOnce: fc.boolean(),
  remembered: fc.constantFrom(null, null, true, false),
});

Deno.test("Dhcp4Client keeps its promises whatever happens, with all settings", () => {
  const states = new Set<string>();
  fc.assert(
    fc.property(settings, events, fc.nat(0xffffffff), (settings, events, seed) => {
      const s = new Simulation(seed);
      s.servers = [];
      s.leavesAtOnce = settings.leavesAtOnce;
      const { acd, ipv6Only, rapidCommit, anonymity, broadcast, leaseTime } = settings;
      Object.assign(s.settings, { acd, ipv6Only, rapidCommit, anonymity, broadcast, leaseTime });
      if (settings.inform) {
        Object.assign(s.settings, { informAddress: ip("192.0.2.99"), informPrefixLength: 24 });
      }
      const world: World = { s, watch: new ClientWatch(s), carrier: false };
      if (settings.remembered !== null) {
        world.watch.known.add(ip("192.0.2.7"));
        s.client.remember(ip("192.0.2.7"), settings.remembered);
      }
      world.watch.check(false);
      s.up();
      world.carrier = true;
      world.watch.check(true);
      for (const { happen } of events) happen(world);
      for (const [, state] of s.states()) states.add(state);
    }),
    { numRuns: 5000 },
  );
  assert.equal(states.size, 12, [...states].join(" "));
});
