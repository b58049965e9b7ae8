/**
 * Tests of options.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";

const NAMES = ["cold", "warm"];

Deno.test("parseOptions() does all of it unless told", () => {
  assert.deepEqual(parseOptions([], NAMES, "x.json"), {
    runs: 20,
    only: [],
    clients: [],
    json: "x.json",
  });
});

Deno.test("parseOptions() takes lists with commas, or the option again", () => {
  const args = ["--runs", "3", "--only=cold", "--only", "warm", "--clients=a,b", "--json=y"];
  assert.deepEqual(parseOptions(args, NAMES, "x.json"), {
    runs: 3,
    only: ["cold", "warm"],
    clients: ["a", "b"],
    json: "y",
  });
});

Deno.test("parseOptions() refuses what it does not know", () => {
  for (
    const [args, why] of [
      [["--runs", "0"], /from 1 to 9999/],
      [["--runs", "many"], /from 1 to 9999/],
      [["--only", "hot"], /no scenario hot; there are cold, warm/],
      [["--fast"], /--fast/],
      [["eth0"], /eth0/],
    ] as const
  ) {
    assert.throws(() => parseOptions([...args], NAMES, ""), why);
  }
});
