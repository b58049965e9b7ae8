/**
 * Tests of startup.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatStartup, type Startup } from "./startup.ts";

function result(more: Partial<Startup>): Startup {
  return { name: "x", command: "x eth0", installed: true, samples: [], failures: [], ...more };
}

/** The cells of the client's row. */
function row(more: Partial<Startup>): string[] {
  return formatStartup([result(more)]).split("\n")[1].split(/\s{2,}/);
}

Deno.test("formatStartup() gives min, median, p90, max, runs and failures", () => {
  assert.deepEqual(row({ samples: [30, 10, 20.04] }), "x 10.0 20.0 30.0 30.0 3 0".split(" "));
});

Deno.test("formatStartup() counts failures and says why, and averages none of them", () => {
  const more = { samples: [10], failures: ["waited 15 s for an address\nlog"] };
  assert.deepEqual(row(more), "x 10.0 10.0 10.0 10.0 2 1".split(" "));
  assert.match(formatStartup([result(more)]), /^ {2}FAILED x: waited 15 s for an address$/m);
});

Deno.test("formatStartup() keeps the row when every run has failed", () => {
  assert.deepEqual(row({ failures: ["a", "b"] }), "x - - - - 2 2".split(" "));
});

Deno.test("formatStartup() shows a client that is not installed", () => {
  assert.match(row({ installed: false }).join(" "), /^x not installed/);
});

Deno.test("formatStartup() shows the command", () => {
  assert.match(formatStartup([result({})]), /^ {2}x: \$ x eth0$/m);
});
