import assert from "node:assert/strict";
import { KEY_TABLE, KEYS } from "../../schema/keys.ts";
import { keysToJson } from "../key_json.ts";
import { leaseJson } from "./lease_json.ts";

Deno.test("leaseJson() gives typed members when a lease is set", () => {
  const keys = new Map([
    ["/lease/time", "3600"],
    ["/nameserver/002", "192.0.2.2"],
    ["/nameserver/001", "192.0.2.1"],
    ["/state", "BOUND"],
    ["/search", "example.org corp.example.org"],
    ["/mtu", "1500"],
    ["/mac", "02:00:00:00:00:01"], // no file
    ["/packets/sent", "4"], // no file
  ]);
  const text = leaseJson(keys);
  assert.ok(text.endsWith("}\n"));
  assert.deepEqual(JSON.parse(text), {
    state: "BOUND",
    mtu: 1500,
    search: ["example.org", "corp.example.org"],
    nameserver: ["192.0.2.1", "192.0.2.2"],
    lease: { time: 3600 },
  });
});

Deno.test("leaseJson() gives an empty object when nothing is set, and 4294967295 for ever", () => {
  assert.equal(leaseJson(new Map()), "{}\n");
  assert.deepEqual(JSON.parse(leaseJson(new Map([["/lease/time", "infinite"]]))), {
    lease: { time: 4294967295 },
  });
});

Deno.test("keysToJson() keeps what the table does not know, and no name reaches a prototype", () => {
  const keys = new Map([
    ["/__proto__", "x"],
    ["/later/key", "1"],
    ["/ip", "192.0.2.7/24"],
    ["/ip/deeper", "in the way"],
    ["/", "nothing"],
  ]);
  const text = JSON.stringify(keysToJson(keys, KEYS));
  assert.equal(text, '{"ip":"192.0.2.7/24","__proto__":"x","later":{"key":"1"}}');
});

Deno.test("no key of the table is in another one's place", () => {
  const paths = KEY_TABLE.map(({ pattern }) => pattern.replace(/\/\{.*\}$/, ""));
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) {
    assert.ok(!paths.some((other) => other.startsWith(`${path}/`)), `${path} is a value and more`);
  }
});

/** As much of JSON Schema as lease.schema.json has. */
interface Schema {
  type: "object" | "array" | "integer" | "string";
  properties?: Record<string, Schema>;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  description?: string;
}

function check(schema: Schema, value: unknown, where: string): void {
  switch (schema.type) {
    case "object":
      assert.equal(typeof value, "object", where);
      for (const [name, member] of Object.entries(value as Record<string, unknown>)) {
        const inner = schema.properties?.[name];
        assert.ok(inner !== undefined, `${where}.${name} is not in the schema`);
        check(inner, member, `${where}.${name}`);
      }
      break;
    case "array":
      assert.ok(Array.isArray(value), where);
      assert.ok(value.length >= (schema.minItems ?? 0), where);
      assert.ok(value.length <= (schema.maxItems ?? Infinity), where);
      for (const each of value) check(schema.items as Schema, each, `${where}[]`);
      break;
    case "integer":
      assert.ok(Number.isInteger(value), where);
      assert.ok(Number(value) >= Number(schema.minimum), where);
      assert.ok(Number(value) <= Number(schema.maximum), where);
      break;
    default:
      assert.equal(typeof value, schema.type, where);
  }
}

Deno.test("leaseJson() is as lease.schema.json says when every key is set", () => {
  const schema: Schema = JSON.parse(
    Deno.readTextFileSync(new URL("../../schema/lease.schema.json", import.meta.url)),
  );
  const keys = new Map([...KEYS.values()].map(({ path, type }) => [path, type.examples[0]]));
  const value = JSON.parse(leaseJson(keys));
  check(schema, value, "$");
  const inSchema = Object.keys(schema.properties ?? {});
  assert.deepEqual(Object.keys(value).sort(), inSchema.sort(), "and nothing is left out");
});
