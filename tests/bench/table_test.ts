/**
 * Tests of table.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatTable } from "./table.ts";

Deno.test("formatTable() aligns names left and figures right", () => {
  assert.equal(
    formatTable(["client", "ms"], [["a", "1.5"], ["longer one", "120.0"]]),
    ["client         ms", "a             1.5", "longer one  120.0"].join("\n"),
  );
});

Deno.test("formatTable() takes the last cell of a short row for a remark", () => {
  assert.equal(
    formatTable(["client", "ms", "runs"], [["a", "1.5", "3"], ["b", "not installed"]]),
    ["client   ms  runs", "a       1.5     3", "b       not installed"].join("\n"),
  );
});
