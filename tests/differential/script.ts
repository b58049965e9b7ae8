/**
 * Random scripts: what can happen to a calf, from its network, from priv, and from the clock.
 *
 * @module
 */
import "portable";
import fc from "fast-check";
import { DHCPACK, DHCPNAK, DHCPOFFER, INFINITE } from "../../calf/dhcp4/options.ts";
import { buildMessage, MAC, type Option, word } from "../../calf/dhcp4/testing/messages.ts";
import { emitUdpFrame } from "../../calf/sdk/frame.ts";
import { ascii, hex, ip } from "../../calf/sdk/sdk_fixture.ts";
import { arpFrame, OURS } from "../../calf/sdk/stack_fixture.ts";
import { damaged, type TwinWorld } from "./twin_world.ts";

/** One thing that happens. `name` and `value` are what fast-check shows of it. */
export interface Event {
  /** What. */
  name: string;
  /** Its particulars. */
  value: unknown;
  /** Makes it happen. */
  happen(world: TwinWorld): void;
}

/** A whole script. */
export interface Script {
  /** The time at which it begins, in ms modulo 2^32. */
  begin: number;
  /** What the keys /mac, /seed and /link say. */
  keys: [mac: string, seed: string, link: string];
  /** Further keys: /config/*, /saved/*, /own-mac/* and /request. */
  more: [path: string, value: string][];
  /** What happens then. */
  events: Event[];
}

function event<T>(
  name: string,
  values: fc.Arbitrary<T>,
  happen: (world: TwinWorld, value: T) => void,
): fc.Arbitrary<Event> {
  return values.map((value) => ({ name, value, happen: (world) => happen(world, value) }));
}

const addresses = fc.oneof(
  fc.constantFrom("192.0.2.7", "192.0.2.1", "192.0.2.8", "192.0.2.255", "0.0.0.0", "10.0.0.1"),
  fc.constantFrom("127.0.0.1", "224.0.0.1", "255.255.255.255", "172.16.0.9", "203.0.113.5"),
);
const seconds = fc.oneof(fc.nat(200), fc.nat(100_000), fc.nat(INFINITE), fc.constant(INFINITE));

/** A route as option 121 has it. */
function route(bits: number, hop: string): number[] {
  return [bits, ...[10, 129, 255, 1].slice(0, (bits + 7) >> 3), ...word(hop)];
}

const text = fc.string({ unit: "binary-ascii", maxLength: 40 });

/** Options as servers send them, and options that no server should send. */
const option: fc.Arbitrary<Option> = fc.oneof(
  fc.tuple(fc.constantFrom(51, 58, 59), seconds.map(word)),
  fc.tuple(fc.constantFrom(1, 3, 6, 28, 54), fc.array(addresses, { maxLength: 20 }))
    .map(([code, list]): Option => [code, list.flatMap(word)]),
  fc.nat(32).map((bits): Option => [1, word((2 ** 32 - 2 ** (32 - bits)) >>> 0)]),
  fc.tuple(fc.constant(26), fc.tuple(fc.nat(255), fc.nat(255))),
  fc.tuple(fc.constantFrom(15, 12, 66, 67), fc.oneof(text, fc.domain()).map(ascii)),
  fc.tuple(fc.constantFrom(56, 60, 100, 101, 160), text.map(ascii)),
  fc.tuple(fc.constantFrom(114, 252), fc.oneof(text, fc.webUrl()).map(ascii)),
  fc.tuple(fc.constantFrom(33, 42, 150), fc.array(addresses, { maxLength: 8 }))
    .map(([code, list]): Option => [code, list.flatMap(word)]),
  fc.tuple(fc.constantFrom(121, 249), fc.array(fc.tuple(fc.nat(33), addresses), { maxLength: 4 }))
    .map(([code, list]): Option => [code, list.flatMap(([bits, hop]) => route(bits, hop))]),
  fc.tuple(fc.constantFrom(81, 120), fc.array(fc.domain(), { maxLength: 2 }).map(domainNames))
    .map(([code, names]): Option => [code, [...code === 81 ? [4, 0, 0] : [0], ...names]]),
  fc.constantFrom<Option>([116, [0]], [116, [1]], [108, word(0)], [108, word(1800)], [80, []]),
  fc.tuple(fc.constant(119), fc.array(fc.domain(), { maxLength: 3 }).map(domainNames)),
  fc.constantFrom<Option>([119, [1, 97, 0xc0, 0]], [119, [0xc0, 0]], [52, [3]], [52, [1]]),
  fc.constantFrom<Option>([61, [1, ...MAC]], [61, [1, 2, 3]], [82, [1, 1, 1]]),
  fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 })),
);
const options = fc.array(option, { maxLength: 6 });

const damage = fc.record({
  // The second: option codes, lengths and data of a DHCP message, alone and in a frame.
  changes: fc.array(
    fc.tuple(fc.oneof(fc.nat(400), fc.integer({ min: 240, max: 330 })), fc.nat(255)),
    { maxLength: 6 },
  ),
  length: fc.option(fc.oneof(fc.nat(60), fc.integer({ min: 200, max: 340 })), { freq: 4 }),
});
const damages = fc.array(damage, { minLength: 1, maxLength: 3 });

const time = [
  event("run", fc.oneof(fc.nat(2000), fc.nat(100_000)), (world, ms) => world.run(ms)),
  event("deadlines", fc.integer({ min: 1, max: 4 }), (world, count) => {
    for (let i = 0; i < count; i++) world.toDeadline();
  }),
  // Time alone passes: whatever comes next comes before the timers.
  event("jump", fc.oneof(fc.nat(5000), fc.nat(4000_000), fc.nat(0x7fffffff)), (world, ms) => {
    world.now += ms;
  }),
  event("back", fc.nat(5000), (world, ms) => world.now = Math.max(0, world.now - ms)),
  event("timer", fc.constant(null), (world) => world.service.onTimer()),
];

const network = [
  event(
    "server",
    fc.record({
      up: fc.boolean(),
      refuses: fc.constantFrom(false, false, true),
      rapid: fc.boolean(),
      identifies: fc.boolean(),
      offer: fc.oneof({ weight: 3, arbitrary: fc.constant("192.0.2.7") }, {
        weight: 1,
        arbitrary: addresses,
      }),
      leaseTime: fc.option(seconds),
      extra: fc.oneof(
        { weight: 2, arbitrary: fc.array(option, { maxLength: 4 }) },
        { weight: 1, arbitrary: fc.constant<Option[]>([[108, word(1800)]]) },
      ),
    }),
    (world, settings) => Object.assign(world.wire.dhcp, settings),
  ),
  event(
    "weather",
    fc.record({ lossy: fc.constantFrom(false, false, true), copies: fc.nat(2) }),
    (world, weather) => Object.assign(world, weather),
  ),
  event("damaged messages", damages, (world, list) => world.messageDamage.push(...list)),
  event("damaged frames", damages, (world, list) => world.frameDamage.push(...list)),
  event("damaged copy", damage, (world, how) => world.inject(damaged(world.lastReply, how))),
  event("garbage", fc.uint8Array({ maxLength: 120 }), (world, bytes) => world.inject(bytes)),
  event(
    "garbage for us",
    fc.tuple(fc.constantFrom("0800", "0806", "8100"), fc.uint8Array({ maxLength: 80 })),
    (world, [type, bytes]) => {
      world.inject(Uint8Array.from([...hex(`${OURS}020000000002${type}`), ...bytes]));
    },
  ),
  event("large", fc.integer({ min: 300, max: 9216 - 42 }), (world, length) => {
    world.inject(datagram(new Uint8Array(length).fill(length), "192.0.2.1", "192.0.2.7", 68));
  }),
  event(
    "message",
    fc.record({
      type: fc.constantFrom(DHCPOFFER, DHCPOFFER, DHCPACK, DHCPACK, DHCPNAK, 1, 9),
      ours: fc.constantFrom(true, true, true, false),
      yiaddr: addresses,
      options,
      file: fc.array(option, { maxLength: 2 }),
      to: fc.constantFrom("255.255.255.255", "192.0.2.7", "192.0.2.255", "192.0.2.9"),
      port: fc.constantFrom(68, 68, 68, 67),
    }),
    (world, { type, ours, yiaddr, options, file, to, port }) => {
      const message = buildMessage({
        xid: ours ? world.xid : 1,
        yiaddr,
        options: [[53, [type]], ...options],
        file: file.flatMap(([code, data]) => [code, data.length, ...Array.from(data)])
          .slice(0, 128),
      });
      world.inject(datagram(message, "192.0.2.1", to, port));
    },
  ),
  event(
    "arp",
    fc.record({
      operation: fc.constantFrom(1, 1, 2, 2, 3),
      sender: addresses.map(ip),
      target: addresses.map(ip),
    }),
    (world, fields) => world.inject(arpFrame(fields)),
  ),
];

const conflicts = [
  // Another host uses, or probes for, the address that we have, probe, or are offered.
  event("conflict", fc.constantFrom("claim", "claim", "probe"), (world, kind) => {
    const address = world.detected;
    const sender = kind === "claim" ? address : 0;
    world.inject(arpFrame({ operation: 1, sender, target: address }));
  }),
];

/** Keys below /config with values that they can have, and some that they cannot. */
const setting: fc.Arbitrary<[string, string]> = fc.oneof(
  keyed("acd", "after", "before", "before", "off", "never"),
  keyed("client-id", "", "01020000000001", "ff00", "0"),
  keyed("hostname", "", "host", "host.example.org", "-"),
  keyed("fqdn", "", "none", "ptr", "both"),
  keyed("vendor-class", "", "vendor"),
  keyed("user-class", "", "user"),
  keyed("rapid-commit", "on", "off"),
  keyed("anonymity", "on", "off"),
  keyed("broadcast", "on", "off"),
  keyed("classless-routes", "on", "off"),
  keyed("ipv6-only", "on", "on", "off"),
  keyed("lease-time", "", "30", "4294967295", "0"),
  keyed("fallback", "none", "ipv4ll", "ipv4ll", "static"),
  keyed("fallback-after", "", "1", "3", "100"),
  keyed("static/ip", "", "192.0.2.99/24", "192.0.2.7/24", "0.0.0.0/0"),
  keyed("static/gateway", "", "192.0.2.1"),
  keyed("static/nameserver/001", "192.0.2.53", "x"),
  keyed("inform", "", "", "", "192.0.2.77/24"),
  keyed("require", "", "54", "42", "1 3 6 51"),
  keyed("request", "", "42 69 70", "1 1 200"),
  keyed("no-request", "", "6 3 54", "1 3 6 12 15 26 28 33 51 53 58 59 119 121 249 61", "x"),
  keyed("newer", "x"),
);

function keyed(name: string, ...values: string[]): fc.Arbitrary<[string, string]> {
  return fc.tuple(fc.constant(`/config/${name}`), fc.constantFrom(...values));
}

/** Settings that lead where settings taken by chance hardly do. */
const TOGETHER: [string, string][][] = [
  ...["ipv4ll", "static"].map((fallback): [string, string][] => [
    ["/config/fallback", fallback],
    ["/config/fallback-after", "1"],
    ["/config/static/ip", "192.0.2.99/24"],
  ]),
  [["/config/ipv6-only", "on"], ["/config/acd", "before"]],
  [["/config/inform", "192.0.2.77/24"]],
];

/** A lease from before the start. */
const SAVED: [string, string][] = [["/saved/ip", "192.0.2.7/24"], ["/saved/time", "600"]];

const saved: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(fc.constant("/saved/ip"), fc.constantFrom("192.0.2.7/24", "192.0.2.8/24", "x")),
  fc.tuple(fc.constant("/saved/server"), fc.constant("192.0.2.1")),
  fc.tuple(fc.constant("/saved/time"), fc.constantFrom("600", "0", "infinite")),
);

const ownMac: fc.Arbitrary<[string, string]> = fc.tuple(
  fc.nat(40).map((n) => `/own-mac/${String(n).padStart(3, "0")}`),
  fc.constantFrom("02:00:00:00:00:02", "02:00:00:00:00:aa", "02:00"),
);

const priv = [
  event(
    "key",
    fc.tuple(fc.oneof(setting, saved, ownMac), fc.boolean()),
    (world, [[path, value], there]) => {
      world.tell(path, there ? value : null);
      world.run(0);
    },
  ),
  event(
    "request",
    fc.constantFrom("renew", "renew", "rebind", "rebind", "release", "", "x", null),
    (world, request) => {
      world.tell("/request", request);
      world.run(0);
    },
  ),
  event("link", fc.constantFrom("up", "up", "down", "", "upx"), (world, status) => {
    world.link(status as "up");
    world.run(0);
  }),
  event("deaf", fc.constantFrom(false, false, true), (world, deaf) => world.deaf = deaf),
  event("refuses", fc.option(text, { freq: 2 }), (world, reason) => {
    world.refuse = () => reason;
  }),
  event(
    "response",
    fc.tuple(fc.oneof(fc.nat(20), fc.nat(0xffffffff)), text, fc.boolean()),
    (world, [id, value, ok]) => world.respond(id, ok ? value : null, ok ? null : value),
  ),
  event("damaged response", damage, (world, how) => sendCtl(world, how)),
  event("malformed", fc.uint8Array({ maxLength: 64 }), (world, bytes) => {
    world.service.onCtl(bytes, bytes.length);
    world.run(0);
  }),
];

/** Everything that can happen. */
export const anything: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(...time) },
  { weight: 5, arbitrary: fc.oneof(...network) },
  { weight: 1, arbitrary: fc.oneof(...conflicts) },
  { weight: 2, arbitrary: fc.oneof(...priv) },
);

const hexDigits = fc.array(fc.constantFrom(..."0123456789abcdef"), {
  minLength: 32,
  maxLength: 32,
}).map((digits) => digits.join(""));

/** Beginnings of scripts, most of them as a calf's usually is. */
export const beginnings: fc.Arbitrary<Omit<Script, "events">> = fc.record({
  begin: fc.oneof(fc.nat(0xffffffff), fc.nat(100_000).map((ms) => 0xffffffff - ms)),
  keys: fc.tuple(
    fc.oneof({ weight: 15, arbitrary: fc.constant("02:00:00:00:00:01") }, {
      weight: 1,
      arbitrary: text,
    }),
    fc.oneof({ weight: 15, arbitrary: hexDigits }, {
      weight: 1,
      arbitrary: fc.constantFrom("0".repeat(32), "", "g".repeat(32)),
    }),
    fc.constantFrom("up", "up", "up", "up", "up", "down", ""),
  ),
  more: fc.tuple(
    fc.oneof(
      fc.array(setting, { maxLength: 8 }),
      fc.constantFrom(...TOGETHER),
    ),
    fc.oneof(
      fc.constantFrom<[string, string][]>([], SAVED),
      fc.array(fc.oneof(saved, ownMac), { maxLength: 3 }),
    ),
    fc.constantFrom<[string, string][]>([], [], [], [], [], [["/request", "release"]]),
  ).map((lists) => lists.flat()),
});

/** Whole scripts. */
export const scripts: fc.Arbitrary<Script> = fc.tuple(
  beginnings,
  fc.array(anything, { minLength: 20, maxLength: 60, size: "max" }),
).map(([beginning, events]) => ({ ...beginning, events }));

/** Plays a script from the start of the service on. */
export function play(world: TwinWorld, { begin, keys, more, events }: Script): void {
  world.now = begin;
  ["/mac", "/seed", "/link"].forEach((key, index) => world.readable.set(key, keys[index]));
  for (const [key, value] of more) world.readable.set(key, value);
  world.start(10);
  for (const { happen } of events) happen(world);
  world.run(1000);
}

/** A datagram from a server to us. */
export function datagram(
  payload: Uint8Array,
  from: string,
  to: string,
  port: number,
): Uint8Array {
  const frame = new Uint8Array(42 + payload.length);
  const server = hex("020000000002");
  emitUdpFrame(frame, MAC, 0, server, ip(from), ip(to), 67, port, payload, payload.length);
  return frame;
}

/** Sends the last response of priv again, damaged. */
function sendCtl(world: TwinWorld, how: Parameters<typeof damaged>[1]): void {
  const bytes = damaged(world.service.lastCtl, how);
  world.service.onCtl(bytes, bytes.length);
  world.run(0);
}

/** The data of option 119, without compression. */
function domainNames(names: string[]): number[] {
  return names.flatMap((name) => [
    ...name.split(".").flatMap((label) => [label.length, ...ascii(label)]),
    0,
  ]).slice(0, 255);
}
