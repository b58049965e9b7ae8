/**
 * Tests of kv_flood.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatLoads } from "./kv_flood.ts";

Deno.test("formatLoads() shows times in ms, memory in MiB and how many there were", () => {
  const memory = { rss: 2048, pss: 1024, uss: 1024 };
  const text = formatLoads([{
    ...{ what: "idle", reads: [1, 2, 3], renewals: [5], cpu: 0.25, kills: 2 },
    memory: [memory, { ...memory, uss: 3072 }],
  }]);
  assert.deepEqual(text.split("\n")[1].split(/\s+/), [
    ...["idle", "2.0", "3.0", "3.0", "3", "5.0", "5.0", "5.0", "1"],
    ...["1.0", "3.0", "2.0", "0.25", "2"],
  ]);
});
