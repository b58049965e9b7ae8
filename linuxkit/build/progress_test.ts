/**
 * Tests of progress.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Progress } from "./progress.ts";

function record(total: number, terminal: boolean, amounts: number[]): string {
  let text = "";
  const progress = new Progress("it", total, { write: (more) => text += more, terminal });
  for (const amount of amounts) progress.update(amount);
  progress.end();
  return text;
}

Deno.test("Progress prints a line per tenth when there is no terminal", () => {
  const amounts = Array.from({ length: 1001 }, (_, i) => i * 1e5);
  const lines = record(100e6, false, amounts).trimEnd().split("\n");
  assert.equal(lines.length, 11);
  assert.equal(lines[0], "it: 0 of 100 MB (0 %)");
  assert.equal(lines[3], "it: 30 of 100 MB (30 %)");
  assert.equal(lines[10], "it: 100 of 100 MB (100 %)");
});

Deno.test("Progress overwrites its line on a terminal and ends it once", () => {
  const text = record(200e6, true, [0, 1e6, 50e6, 50e6]);
  assert.equal(text, "\rit: 0 of 200 MB (0 %)\x1b[K\rit: 50 of 200 MB (25 %)\x1b[K\n");
});

Deno.test("Progress shows bytes when the size is not known, and never more than all", () => {
  assert.equal(record(0, false, [1e6, 12e6, 13e6]), "it: 1 MB\nit: 12 MB\n");
  assert.equal(record(10e6, false, [20e6]), "it: 10 of 10 MB (100 %)\n");
});
