import assert from "node:assert/strict";
import fc from "fast-check";
import { NAMES } from "./directives.ts";
import { editDistance, hint, suggest } from "./suggest.ts";

Deno.test("suggest() finds the directive that a slip of the keyboard meant", () => {
  for (
    const [word, name] of [
      ["hostnme", "hostname"],
      ["hsotname", "hostname"],
      ["persistant", "persistent"],
      ["allowinterface", "allowinterfaces"],
      ["denyInterfaces", "denyinterfaces"],
      ["client_id", "clientid"],
      ["intreface", "interface"],
      ["metrics-text-file", "metrics-textfile"],
    ]
  ) assert.equal(suggest(word, NAMES), name, word);
});

Deno.test("suggest() finds nothing when nothing is near", () => {
  for (const word of ["", "x", "frobnicate", "z".repeat(1000)]) {
    assert.equal(suggest(word, NAMES), null, word);
  }
  assert.equal(hint("frobnicate", NAMES), "");
  assert.equal(hint("clientids", NAMES), ' (did you mean "clientid"?)');
});

Deno.test("editDistance() is a distance", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 6 });
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance, editDistance(b, a));
    assert.equal(distance === 0, a === b);
    assert(distance >= Math.abs(a.length - b.length));
    assert(distance <= Math.max(a.length, b.length));
  }));
  assert.equal(editDistance("ab", "ba"), 1);
  assert.equal(editDistance("abc", "adc"), 1);
});
