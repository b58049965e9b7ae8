/**
 * Tests of cpu_time.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { cpuSeconds, parseReapedSeconds, parseSchedstat } from "./cpu_time.ts";

const STAT = "42 (a) b c) S 1 42 42 0 -1 4194560 100 200 0 0 7 8 120 35 20 0 1 0 9 1 2";

Deno.test("parseSchedstat() gives the time on a processor", () => {
  assert.equal(parseSchedstat("1500000000 179105 1\n"), 1_500_000_000);
  assert.throws(() => parseSchedstat(""), /schedstat/);
});

Deno.test("parseReapedSeconds() finds its fields behind a name with parentheses", () => {
  assert.equal(parseReapedSeconds(STAT), 1.55);
  assert.throws(() => parseReapedSeconds("42 (a) S 1"), /stat/);
});

Deno.test("cpuSeconds() grows with work and passes over what is gone", () => {
  const before = cpuSeconds([Deno.pid]);
  for (const end = performance.now() + 200; performance.now() < end;);
  const used = cpuSeconds([Deno.pid]) - before;
  assert.ok(used > 0.02, `${used} s`);
  assert.equal(cpuSeconds([]), 0);
  assert.equal(cpuSeconds([2 ** 22 + 1]), 0);
});
