import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { KEYS } from "../../schema/keys.ts";
import { ascii, ip } from "../sdk/sdk_fixture.ts";
import { Text } from "../sdk/text.ts";
import type { OptionCodes } from "./option_wishes.ts";
import {
  ACD_AFTER,
  ACD_BEFORE,
  ACD_NEVER,
  Dhcp4Settings,
  FALLBACK_IPV4LL,
  FALLBACK_NONE,
  FALLBACK_STATIC,
  FQDN_BOTH,
  FQDN_DISABLED,
  FQDN_NONE,
  FQDN_PTR,
} from "./settings.ts";
import { stringOf } from "./testing/tables.ts";

/** Takes a key; its value stands in the middle of other bytes, as in a message. */
function take(settings: Dhcp4Settings, path: string, value: string): boolean {
  return settings.take(new Text(64).ascii(path), ascii(`!${value}!`), 1, value.length);
}

function codesOf({ codes, length }: OptionCodes): number[] {
  return [...codes.subarray(0, length)];
}

/** All that is set. */
function shown(settings: Dhcp4Settings): Record<string, unknown> {
  return {
    acd: settings.acd,
    clientId: [...settings.clientId.bytes.subarray(0, settings.clientId.length)],
    hostName: stringOf(settings.hostName),
    fqdn: settings.fqdn,
    vendorClass: stringOf(settings.vendorClass),
    userClass: stringOf(settings.userClass),
    rapidCommit: settings.rapidCommit,
    anonymity: settings.anonymity,
    broadcast: settings.broadcast,
    classlessRoutes: settings.classlessRoutes,
    ipv6Only: settings.ipv6Only,
    leaseTime: settings.leaseTime,
    fallback: settings.fallback,
    fallbackAfter: settings.fallbackAfter,
    staticAddress: settings.staticAddress,
    staticPrefixLength: settings.staticPrefixLength,
    staticRouter: settings.staticRouter,
    staticNameServers: [...settings.staticNameServers],
    informAddress: settings.informAddress,
    informPrefixLength: settings.informPrefixLength,
    required: codesOf(settings.options.required),
    requested: codesOf(settings.options.requested),
    unwanted: codesOf(settings.options.unwanted),
  };
}

const DEFAULTS = shown(new Dhcp4Settings());

const SIXTEEN = Array.from({ length: 16 }, (_, i) => 100 + i);

/** Each key, values of it, and what they change. */
const VALUES: [key: string, value: string, changes: Record<string, unknown>][] = [
  ["acd", "before", { acd: ACD_BEFORE }],
  ["acd", "off", { acd: ACD_NEVER }],
  ["acd", "after", { acd: ACD_AFTER }],
  ["client-id", "0102000000ff", { clientId: [1, 2, 0, 0, 0, 255] }],
  ["client-id", "ab".repeat(255), { clientId: new Array(255).fill(0xab) }],
  ["hostname", "host.example.org", { hostName: "host.example.org" }],
  ["fqdn", "none", { fqdn: FQDN_NONE }],
  ["fqdn", "ptr", { fqdn: FQDN_PTR }],
  ["fqdn", "both", { fqdn: FQDN_BOTH }],
  ["vendor-class", "a vendor", { vendorClass: "a vendor" }],
  ["user-class", "b".repeat(255), { userClass: "b".repeat(255) }],
  ["rapid-commit", "off", { rapidCommit: false }],
  ["rapid-commit", "on", { rapidCommit: true }],
  ["anonymity", "on", { anonymity: true }],
  ["broadcast", "on", { broadcast: true }],
  ["classless-routes", "off", { classlessRoutes: false }],
  ["ipv6-only", "on", { ipv6Only: true }],
  ["ipv6-only", "off", { ipv6Only: false }],
  ["lease-time", "4294967294", { leaseTime: 0xfffffffe }],
  ["lease-time", "infinite", { leaseTime: 0xffffffff }],
  ["fallback", "ipv4ll", { fallback: FALLBACK_IPV4LL }],
  ["fallback", "static", { fallback: FALLBACK_STATIC }],
  ["fallback", "none", { fallback: FALLBACK_NONE }],
  ["fallback-after", "30", { fallbackAfter: 30 }],
  ["static/ip", "192.0.2.7/24", { staticAddress: ip("192.0.2.7"), staticPrefixLength: 24 }],
  ["static/gateway", "192.0.2.1", { staticRouter: ip("192.0.2.1") }],
  ["static/nameserver/001", "192.0.2.53", { staticNameServers: [ip("192.0.2.53"), 0, 0] }],
  ["static/nameserver/003", "192.0.2.53", { staticNameServers: [0, 0, ip("192.0.2.53")] }],
  ["inform", "10.1.2.3/8", { informAddress: ip("10.1.2.3"), informPrefixLength: 8 }],
  ["require", "54", { required: [54] }],
  ["request", "1 254 42", { requested: [1, 254, 42] }],
  ["no-request", SIXTEEN.join(" "), { unwanted: SIXTEEN }],
];

Deno.test("Dhcp4Settings.take() takes every value, and an empty one as the default", () => {
  const keys = new Set<string>();
  for (const [key, value, changes] of VALUES) {
    const settings = new Dhcp4Settings();
    assert.ok(KEYS.get(`/config/${key}`)?.type.parse(value).ok, `priv takes ${key} ${value}`);
    assert.equal(take(settings, `/config/${key}`, value), true, key);
    assert.deepEqual(shown(settings), { ...DEFAULTS, ...changes }, key);
    assert.equal(take(settings, `/config/${key}`, ""), true, key);
    assert.deepEqual(shown(settings), DEFAULTS, `${key} again`);
    keys.add(key.replace(/[0-9]+$/, ""));
  }
  const known = [...KEYS.keys()].filter((path) => path.startsWith("/config/"))
    .map((path) => path.slice(8).replace(/[0-9]+$/, ""));
  assert.deepEqual([...keys].sort(), [...new Set(known)].sort(), "every key of the table");
});

Deno.test("Dhcp4Settings are those of a client of which nothing is known", () => {
  assert.equal(DEFAULTS.rapidCommit, true);
  assert.equal(DEFAULTS.classlessRoutes, true);
  assert.equal(DEFAULTS.fqdn, FQDN_DISABLED);
  assert.equal(DEFAULTS.fallbackAfter, 10);
});

Deno.test("Dhcp4Settings.take() refuses what cannot be, and changes nothing", () => {
  const bad = [
    ["acd", "sometimes"],
    ["client-id", "0"],
    ["client-id", "mac"],
    ["client-id", "ab".repeat(256)],
    ["hostname", "host name"],
    ["fqdn", "disable"],
    ["vendor-class", "a\n"],
    ["vendor-class", "a".repeat(256)],
    ["rapid-commit", "yes"],
    ["lease-time", "0"],
    ["lease-time", "-1"],
    ["fallback-after", "soon"],
    ["static/ip", "192.0.2.7"],
    ["static/ip", "192.0.2.0/24"],
    ["static/ip", "127.0.0.1/8"],
    ["static/gateway", "0.0.0.0"],
    ["static/nameserver/001", "224.0.0.1"],
    ["static/nameserver/004", "192.0.2.53"],
    ["static/nameserver/000", "192.0.2.53"],
    ["static/nameserver", "192.0.2.53"],
    ["static/", "192.0.2.53"],
    ["static", "on"],
    ["inform", "192.0.2.255/24"],
    ["require", "0"],
    ["require", "255"],
    ["request", "1  3"],
    ["request", "1 3 "],
    ["request", " 1"],
    ["request", " "],
    ["request", "01"],
    ["request", "1,3"],
    ["no-request", [...SIXTEEN, 1].join(" ")],
    ["no-request", "6 x"],
    ["unknown", "on"],
    ["", "on"],
  ];
  const settings = new Dhcp4Settings();
  for (const [key, value] of bad) {
    assert.equal(take(settings, `/config/${key}`, value), false, `${key} ${value}`);
    assert.deepEqual(shown(settings), DEFAULTS, `${key} ${value}`);
  }
  assert.equal(take(settings, "/acd", "off"), false);
  assert.equal(take(settings, "acd", "off"), false);
});

Deno.test("Dhcp4Settings.take() takes what priv takes, for any text", () => {
  const texts = fc.oneof(
    // No capital letters: hexadecimal digits of priv's are small.
    fc.stringMatching(/^[ -@[-~]{1,30}$/),
    fc.stringMatching(/^[0-9a-f]{1,12}$/),
    fc.tuple(fc.ipV4(), fc.nat(40)).map(([address, bits]) => `${address}/${bits}`),
    fc.ipV4(),
    fc.nat(0xffffffff).map(String),
    fc.array(fc.nat(260), { minLength: 1, maxLength: 18 }).map((codes) => codes.join(" ")),
    fc.domain(),
    fc.constantFrom("on", "off", "infinite", "none", "both"),
  );
  const paths = [...KEYS.keys()].filter((path) => path.startsWith("/config/"));
  fc.assert(
    fc.property(fc.constantFrom(...paths), texts, (path, text) => {
      const parsed = KEYS.get(path)?.type.parse(text);
      const taken = take(new Dhcp4Settings(), path, text);
      // priv keeps characters out that a shell knows, which are harmless in a message.
      const isText = path === "/config/vendor-class" || path === "/config/user-class";
      if (!isText) assert.equal(taken, parsed?.ok, `${path} ${text}`);
      else if (parsed?.ok) assert.ok(taken, `${path} ${text}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Dhcp4Settings.offersRapidCommit is off when little is to be told", () => {
  const settings = new Dhcp4Settings();
  assert.equal(settings.offersRapidCommit, true);
  settings.anonymity = true;
  assert.equal(settings.offersRapidCommit, false);
  settings.anonymity = false;
  settings.rapidCommit = false;
  assert.equal(settings.offersRapidCommit, false);
});
