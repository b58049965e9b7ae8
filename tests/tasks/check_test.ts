/**
 * Tests of check.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runChecks } from "./check.ts";

Deno.test("runChecks() runs all checks, shows what failed, and counts it", async () => {
  const lines: string[] = [];
  const failed = await runChecks([
    { name: "one", run: () => "" },
    { name: "two", run: () => Promise.resolve("found this\n") },
    { name: "three", run: () => Promise.reject(new Error("broke")) },
    { name: "four", run: () => Promise.resolve("") },
  ], (line) => lines.push(line));
  assert.equal(failed, 2);
  assert.deepEqual(lines.map((line) => line.split("\n")[0]), [
    "ok    one",
    "FAIL  two",
    "FAIL  three",
    "ok    four",
  ]);
  assert.match(lines[1], /found this/);
  assert.match(lines[2], /broke/);
});
