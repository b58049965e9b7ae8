/**
 * Tests of smaps.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { memoryOf, parseSmapsRollup, sum } from "./smaps.ts";

const TEXT = `56470411e000-7ffff8a60000 ---p 00000000 00:00 0                          [rollup]
Rss:                1692 kB
Pss:                 313 kB
Pss_Dirty:           112 kB
Shared_Clean:       1564 kB
Private_Clean:        16 kB
Private_Dirty:       112 kB
SwapPss:               0 kB
`;

Deno.test("parseSmapsRollup() adds clean and dirty private pages", () => {
  assert.deepEqual(parseSmapsRollup(TEXT), { rss: 1692, pss: 313, uss: 128 });
});

Deno.test("parseSmapsRollup() throws when a field is missing", () => {
  assert.throws(() => parseSmapsRollup(""), /no Rss/);
  assert.throws(() => parseSmapsRollup(TEXT.replace(/^Pss:.*$/m, "")), /no Pss/);
});

Deno.test("memoryOf() sees this process, no part larger than the whole", () => {
  const { rss, pss, uss } = memoryOf(Deno.pid);
  assert.ok(uss > 0 && uss <= pss && pss <= rss, JSON.stringify({ rss, pss, uss }));
});

Deno.test("sum() adds each figure", () => {
  assert.deepEqual(sum([{ rss: 5, pss: 3, uss: 1 }, { rss: 50, pss: 30, uss: 10 }]), {
    rss: 55,
    pss: 33,
    uss: 11,
  });
});
