/**
 * Tests of site.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseEpochRealtime } from "./site.ts";

Deno.test("parseEpochRealtime() keeps the microseconds, whatever the locale", () => {
  assert.equal(parseEpochRealtime("1795359612.000809"), 1795359612000.809);
  assert.equal(parseEpochRealtime("1795359612,500000"), 1795359612500);
});

Deno.test("parseEpochRealtime() throws when the shell knows no such variable", () => {
  assert.throws(() => parseEpochRealtime(""), /bash 5/);
  assert.throws(() => parseEpochRealtime(undefined), /bash 5/);
});
