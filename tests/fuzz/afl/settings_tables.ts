/**
 * What priv tells the core in the scenarios of AFL++: the configurations with which one begins, and
 * the changes on the way, as the messages that priv's own encoder makes of them.
 *
 * @module
 */
import type { KvWrite } from "../../../priv/kv/codec.ts";
import { encodeChanges } from "../../../priv/kv/encode_changes.ts";

const FACTS = { mac: "02:00:00:00:00:01", seed: "000102030405060708090a0b0c0d0e0f", link: "up" };
const SAVED = { "saved/ip": "192.0.2.7/24", "saved/time": "600", "saved/server": "192.0.2.1" };
const STATIC = {
  "config/static/ip": "192.0.2.99/24",
  "config/static/gateway": "192.0.2.1",
  "config/static/nameserver/001": "192.0.2.53",
};
const LONG = "x".repeat(63);

/** Keys besides the three facts (which they may replace); an input's first byte chooses. */
export const CONFIGURATIONS: readonly Record<string, string>[] = [
  {},
  { "config/acd": "before" },
  { "config/acd": "off" },
  SAVED,
  { ...SAVED, "config/acd": "before" },
  { link: "down" },
  { ...SAVED, request: "release" },
  { "config/fallback": "ipv4ll", "config/fallback-after": "1" },
  { "config/fallback": "static", "config/fallback-after": "1", ...STATIC },
  { "config/fallback": "static", "config/acd": "before", "config/fallback-after": "3", ...STATIC },
  { "config/inform": "192.0.2.77/24" },
  { "config/inform": "192.0.2.77/24", "config/acd": "before" },
  { "config/ipv6-only": "on", "config/acd": "before" },
  { "config/anonymity": "on", ...SAVED },
  { "config/broadcast": "on", "config/rapid-commit": "off", "config/classless-routes": "off" },
  {
    "config/client-id": "ff00000001000102030405060708090a0b0c",
    "config/hostname": "host.example.org",
    "config/fqdn": "both",
    "config/vendor-class": "vendor",
    "config/user-class": "user",
    "config/lease-time": "30",
  },
  {
    "config/hostname": `${LONG}.${LONG}.${LONG}.example`,
    "config/fqdn": "ptr",
    "config/vendor-class": "v".repeat(255),
    "config/user-class": "u".repeat(255),
    "config/client-id": "ff".repeat(255),
  },
  { "config/require": "54 42", "config/request": "42 69 70", "config/no-request": "6 3" },
  { "config/no-request": "1 3 6 12 15 26 28 33 51 53 54 58 59 119 121 249 61" },
  { "own-mac/001": "02:00:00:00:00:02", "own-mac/032": "02:00:00:00:00:aa" },
  { "config/acd": "never", "config/hostname": "-", "config/newer": "x" },
  { "config/acd": "", "config/static/ip": "0.0.0.0/0", "own-mac/001": "02:00" },
];

/** What priv tells on the way; null deletes. */
export const CHANGES: readonly Record<string, string | null>[] = [
  { link: "down" },
  { link: "up" },
  { request: "renew" },
  { request: "rebind" },
  { request: "release" },
  { request: "x" },
  { request: null },
  { "own-mac/001": "02:00:00:00:00:02" },
  { "own-mac/001": null },
  { "config/acd": "before" },
  { "saved/ip": "192.0.2.8/24", "saved/time": "600" },
  { link: "down", request: "release" },
  { link: "up", request: "renew" },
  {},
];

/** A message of priv, its id 0. */
function message(keys: Record<string, string | null>): Uint8Array {
  const writes = Object.entries(keys).map(([key, text]): KvWrite => ({ path: `/${key}`, text }));
  const [bytes, ...more] = encodeChanges(0, writes);
  if (more.length > 0) throw new Error("Cannot say it in one message");
  return bytes;
}

/** An array of `struct message` in C. */
function table(name: string, messages: readonly Uint8Array[]): string {
  const arrays = messages.map((bytes, i) =>
    `static const uint8_t ${name}_${i}[] = {${bytes.join(",")}};\n`
  );
  const rows = messages.map((_, i) => `  {${name}_${i}, sizeof ${name}_${i}},\n`);
  return `${arrays.join("")}static const struct message ${name}S[] = {\n${rows.join("")}};\n` +
    `enum { ${name}_COUNT = ${messages.length} };\n`;
}

/**
 * The tables for the harness.
 *
 * @returns tables.h
 */
export function tablesHeader(): string {
  return "/* Made by tests/fuzz/afl/settings_tables.ts. */\n#include <stddef.h>\n#include <stdint.h>\n" +
    "struct message { const uint8_t *bytes; size_t length; };\n" +
    table("CONFIGURATION", CONFIGURATIONS.map((keys) => message({ ...FACTS, ...keys }))) +
    table("CHANGE", CHANGES.map(message));
}
