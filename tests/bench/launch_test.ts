/**
 * Tests of launch.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { output } from "../support/process.ts";
import { launchCommand, parseEpochRealtime } from "./launch.ts";

/** What the launched command prints behind the time. */
async function printed(lines: string[][]): Promise<string[]> {
  const [unshare, uts, ...command] = launchCommand(lines);
  assert.deepEqual([unshare, uts], ["unshare", "--uts"]);
  const { stdout } = await output(command);
  const [time, ...rest] = stdout.trimEnd().split("\n");
  assert.ok(parseEpochRealtime(time) > 1.7e12);
  return rest;
}

Deno.test("launchCommand() prints the time and hands every word on as it is", async () => {
  const words = ["a b", "$HOME", "it's", ";", ""];
  assert.deepEqual(await printed([["printf", "<%s>\\n", ...words]]), words.map((w) => `<${w}>`));
});

Deno.test("launchCommand() starts several at once", async () => {
  const each = ["sh", "-c", 'sleep 0.1; echo "$1"', "each"];
  assert.deepEqual((await printed([[...each, "a"], [...each, "b"]])).sort(), ["a", "b"]);
});

Deno.test("parseEpochRealtime() keeps the microseconds, whatever the locale", () => {
  assert.equal(parseEpochRealtime("1795359612.000809"), 1795359612000.809);
  assert.equal(parseEpochRealtime("1795359612,500000"), 1795359612500);
});

Deno.test("parseEpochRealtime() throws when the shell knows no such variable", () => {
  assert.throws(() => parseEpochRealtime(""), /bash 5/);
  assert.throws(() => parseEpochRealtime(undefined), /bash 5/);
});
