/**
 * Tests of flood.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseRate } from "./flood.ts";

Deno.test("parseRate() gives frames a second", () => {
  assert.equal(parseRate("250000 5000"), 50_000);
});

Deno.test("parseRate() throws when the flooder has not come to its end", () => {
  assert.throws(() => parseRate("ready"), /says ready/);
  assert.throws(() => parseRate(undefined));
});
