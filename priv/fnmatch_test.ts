import assert from "node:assert/strict";
import fc from "fast-check";
import { expressionOf, fitsAny, isPattern } from "./fnmatch.ts";

const FITTING: readonly (readonly [pattern: string, name: string, fits: boolean])[] = [
  ["eth*", "eth0", true],
  ["eth*", "veth0", false],
  ["*", "", true],
  ["eth?", "eth10", false],
  ["eth[0-2]", "eth1", true],
  ["eth[0-2]", "eth3", false],
  ["eth[!0]", "eth1", true],
  ["eth[!0]", "eth0", false],
  ["e.h0", "eth0", false],
  ["e[th0", "e[th0", true],
  ["e(t)*", "e(t)0", true],
  ["en[^x]", "en^", true],
  ["en[9-0]", "en9", false],
];

for (const [pattern, name, fits] of FITTING) {
  Deno.test(`expressionOf() says ${fits} when the pattern is ${pattern} and the name ${name}`, () => {
    assert.equal(expressionOf(pattern).test(name), fits);
  });
}

Deno.test("isPattern() knows stars, question marks and sets when there are any", () => {
  assert.deepEqual(["eth*", "eth?", "eth[01]"].map(isPattern), [true, true, true]);
  assert.deepEqual(["eth0", "e[th0", "e[]th"].map(isPattern), [false, false, false]);
});

Deno.test("fitsAny() takes names literally and patterns as patterns when there are both", () => {
  assert.equal(fitsAny(["wlan0", "eth*"], "eth7"), true);
  assert.equal(fitsAny(["wlan0", "eth*"], "wlan0"), true);
  assert.equal(fitsAny(["wlan0"], "wlan01"), false);
  assert.equal(fitsAny([], "eth0"), false);
});

Deno.test("expressionOf() never throws, whatever the pattern", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (pattern, name) => {
    expressionOf(pattern).test(name);
  }));
});
