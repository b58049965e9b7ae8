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

Deno.test("formatTable() leaves cells empty when a row is short", () => {
  assert.equal(formatTable(["a", "b", "c"], [["x", "1"]]), "a  b  c\nx  1");
});
