/**
 * Tests of footprint.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatMemory, medianMemory, sum } from "./footprint.ts";

Deno.test("sum() adds each figure", () => {
  assert.deepEqual(sum([{ rss: 5, pss: 3, uss: 1 }, { rss: 50, pss: 30, uss: 10 }]), {
    rss: 55,
    pss: 33,
    uss: 11,
  });
});

Deno.test("medianMemory() takes the median of each figure by itself", () => {
  const memories = [[1, 30, 5], [2, 20, 6], [3, 10, 7]].map(([rss, pss, uss]) => ({
    rss,
    pss,
    uss,
  }));
  assert.deepEqual(medianMemory(memories), { rss: 2, pss: 20, uss: 6 });
});

Deno.test("formatMemory() shows MiB and what is missing", () => {
  const text = formatMemory({
    processes: [{ name: "a calf", memory: { rss: 3072, pss: 2048, uss: 1536 }, runs: 5 }],
    calf: null,
    missing: ["b"],
    failures: ["c: waited\nlog"],
    commands: { a: "a eth0" },
  });
  assert.match(text, /^a calf\s+2\.0\s+1\.5\s+3\.0\s+5$/m);
  assert.match(text, /^b\s+not installed$/m);
  assert.match(text, /^ {2}FAILED c: waited$/m);
  assert.match(text, /^ {2}a: \$ a eth0$/m);
});
