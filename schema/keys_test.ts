import assert from "node:assert/strict";
import { DAEMON_KEYS, DAEMON_TABLE } from "./daemon_keys.ts";
import {
  covers,
  joinPath,
  KEY_TABLE,
  type KeyRow,
  KEYS,
  MAX_PART_LENGTH,
  MAX_PATH_PARTS,
  rightOf,
  splitPath,
} from "./keys.ts";
import { renderKeysMd } from "./keys_md.ts";
import { STATUS_ROWS } from "./status_keys.ts";
import { renderAll } from "./generate.ts";

Deno.test("KEYS has every path of the table once, with the ranges written out", () => {
  const paths = [...KEYS.keys()];
  const ranges = KEY_TABLE.filter((row) => row.pattern.includes("{"));
  const inRanges = 16 + 16 + 32 + 4 + 8 + 3 + 64 + 8;
  assert.equal(ranges.length, 8);
  assert.equal(paths.length, KEY_TABLE.length - ranges.length + inRanges);
  assert.deepEqual(
    paths.filter((path) => path.startsWith("/nameserver/")),
    Array.from({ length: 16 }, (_, i) => `/nameserver/${String(i + 1).padStart(3, "0")}`),
  );
  paths.forEach((path, i) => assert.equal(KEYS.get(path)?.order, i));
});

Deno.test("KEYS has only paths that the codec lets through, and each required key exists", () => {
  for (const key of [...KEYS.values(), ...DAEMON_KEYS.values()]) {
    const parts = splitPath(key.path);
    assert.ok(parts.length >= 1 && parts.length <= MAX_PATH_PARTS);
    for (const part of parts) assert.match(part, new RegExp(`^[a-z0-9-]{1,${MAX_PART_LENGTH}}$`));
    assert.equal(joinPath(parts), key.path);
    if (key.requires !== undefined) assert.ok(KEYS.has(key.requires), key.requires);
    for (const example of key.type.examples) assert.ok(key.type.parse(example).ok, example);
  }
});

Deno.test("KEYS gives the DHCP calf exactly the rights of the MirageSDK roadmap and of the lease", () => {
  const withRight = (right: string | null) =>
    [...KEYS.values()].filter((key) => rightOf("calf:dhcp4", key) === right).map((key) => key.path);
  const told = ["/mac", "/seed", "/link", "/request", "/saved/ip", "/saved/server", "/saved/time"];
  assert.deepEqual(withRight("r").filter((path) => !/^\/(config|own-mac)\//.test(path)), told);
  assert.deepEqual(withRight(null), STATUS_ROWS.flatMap(untold));
  const writable = withRight("w");
  for (const path of ["/ip", "/gateway", "/mtu", "/domain", "/search", "/nameserver/001"]) {
    assert.ok(writable.includes(path), path);
  }
});

/** The paths of a row that calves have no right to. */
function untold({ pattern, rights }: KeyRow): string[] {
  if (rights["calf:dhcp4"] !== undefined) return [];
  return [...KEYS.keys()].filter((path) => path.startsWith(pattern.replace(/\{.*/, "")))
    .filter((path) => pattern.includes("{") || path === pattern);
}

Deno.test("KEYS and DAEMON_KEYS give operators all to read but the seed, and requests to write", () => {
  const keys = [...KEYS.values(), ...DAEMON_KEYS.values()];
  const withRight = (right: string | null) =>
    keys.filter((key) => rightOf("operator", key) === right).map((key) => key.path);
  assert.deepEqual(withRight(null), ["/seed"]);
  assert.deepEqual(withRight("w"), []);
  assert.deepEqual(withRight("rw"), ["/request", "/request"]);
});

Deno.test("KEYS shows as files what a lease brings, and nothing that is measured", () => {
  const files = [...KEYS.values()].filter(({ file }) => file === true);
  assert.ok(files.every((key) => rightOf("calf:dhcp4", key) === "w" && key.volatile !== true));
  for (const path of ["/state", "/ip", "/nameserver/001", "/lease/time"]) {
    assert.ok(files.some((key) => key.path === path), path);
  }
});

Deno.test("KEYS knows no property of objects as a key", () => {
  for (const path of ["__proto__", "/__proto__", "/constructor", "constructor", "size", "/", ""]) {
    assert.equal(KEYS.get(path), undefined);
  }
});

Deno.test("covers() holds for the path itself and above, not for names that start alike", () => {
  assert.ok(covers("/", "/ip"));
  assert.ok(covers("/ip", "/ip"));
  assert.ok(covers("/lease", "/lease/time"));
  assert.ok(!covers("/lease/t", "/lease/time"));
  assert.ok(!covers("/lease/time", "/lease"));
  assert.ok(!covers("/nameserver/00", "/nameserver/001"));
});

Deno.test("renderKeysMd() names every key and every type", () => {
  const text = renderKeysMd();
  for (const row of [...KEY_TABLE, ...DAEMON_TABLE]) {
    assert.ok(text.includes(`| \`${row.pattern}\` |`), row.pattern);
    assert.ok(text.includes(`| ${row.type.name} | ${row.type.accepts} |`), row.type.name);
  }
});

Deno.test("generate.ts would write the generated files as they are", async (t) => {
  for (const [name, text] of await renderAll()) {
    const missing = text === null;
    if (missing && Deno.env.get("REQUIRE_CAPNP") === "1") assert.fail("capnp is not installed");
    await t.step({
      name: missing ? `${name}: SKIPPED, the capnp tool is not installed` : name,
      ignore: missing,
      fn: () => {
        const path = new URL(name, import.meta.url);
        assert.equal(Deno.readTextFileSync(path), text, `${name}: run schema/generate.ts`);
      },
    });
  }
});
