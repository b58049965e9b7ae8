import assert from "node:assert/strict";
import { DIRECTIVES } from "../config/directives.ts";
import { DHCPCD_OPTIONS } from "./dhcpcd_options.ts";

Deno.test("DHCPCD_OPTIONS has each name and each letter once", () => {
  const long = DHCPCD_OPTIONS.map((each) => each.long);
  const short = DHCPCD_OPTIONS.flatMap((each) => each.short ?? []);
  assert.equal(new Set(long).size, long.length);
  assert.equal(new Set(short).size, short.length);
});

Deno.test("DHCPCD_OPTIONS has every letter of dhcpcd's usage", () => {
  const letters = "146ABbDdEGgHJKLMNPpqTVCceFfhIijlmOoQrSstuvWwyXZzknUx";
  const known = DHCPCD_OPTIONS.map(({ short }) => short);
  assert.deepEqual([...letters].filter((letter) => !known.includes(letter)), []);
});

Deno.test("DHCPCD_OPTIONS knows every directive, and makes directives that there are", () => {
  const long = DHCPCD_OPTIONS.map((each) => each.long);
  assert.deepEqual([...DIRECTIVES.keys()].filter((name) => !long.includes(name)), []);
  for (const { becomes } of DHCPCD_OPTIONS) {
    if (becomes.as === "directive") assert.ok(DIRECTIVES.has(becomes.name), becomes.name);
  }
});

Deno.test("DHCPCD_OPTIONS gives a value to what has one in the file", () => {
  for (const { becomes, long, argument } of DHCPCD_OPTIONS) {
    const row = becomes.as === "directive" ? DIRECTIVES.get(becomes.name) : undefined;
    if (row === undefined) continue;
    const isOptional = row.args.startsWith("[") && argument !== "required";
    if (argument === "none") assert.ok(row.args === "" || isOptional, long);
    else assert.notEqual(row.args, "", long);
  }
});
