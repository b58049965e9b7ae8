/**
 * Tests of memory.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CLIENTS } from "./clients.ts";
import { type Footprint, FOOTPRINT_COLUMNS, formatCalf } from "./memory.ts";
import { formatOutcomes } from "./scenario.ts";

function footprint(kib: number, processes: number): Footprint {
  const memory = { uss: kib, pss: 2 * kib, rss: 3 * kib };
  return { memory, processes: Array.from({ length: processes }, () => ({ role: "x", memory })) };
}

Deno.test("FOOTPRINT_COLUMNS show the median of each figure in MiB", () => {
  const samples = [footprint(1024, 1), footprint(2048, 2), footprint(9999, 2)];
  const outcome = { client: CLIENTS[0], absent: null, samples, failures: [] };
  assert.match(
    formatOutcomes([outcome], FOOTPRINT_COLUMNS),
    /^mirage-dhcp\s+2\.0\s+4\.0\s+6\.0\s+2\s+3\s+0$/m,
  );
});

Deno.test("formatCalf() has a line for each fact", () => {
  const lines = formatCalf({ confinement: { uid: 1, root: [] }, seccompRules: 3, systemCalls: 2 });
  assert.deepEqual(lines, [
    "uid             1",
    "root            []",
    "seccomp rules   3 of 2 system calls",
  ]);
});
