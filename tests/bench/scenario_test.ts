/**
 * Tests of scenario.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Client, CLIENTS } from "./clients.ts";
import {
  formatOutcomes,
  medianColumn,
  type Outcome,
  outcomesData,
  partOf,
  takeTurns,
  timeColumns,
  withTimes,
} from "./scenario.ts";

// A program that is there wherever the tests run.
const HERE: Client = { ...CLIENTS[0], id: "x", name: "x", program: Deno.execPath() };
const COLUMNS = timeColumns((ms: number) => ms);

function outcome(more: Partial<Outcome<number>>): Outcome<number> {
  return { client: HERE, absent: null, samples: [], failures: [], ...more };
}

/** The cells of the client's row. */
function row(more: Partial<Outcome<number>>): string[] {
  return formatOutcomes([outcome(more)], COLUMNS).split("\n")[1].split(/\s{2,}/);
}

Deno.test("takeTurns() runs each client once in every round, another one first each time", async () => {
  const y = { ...HERE, id: "y" };
  const turns: string[] = [];
  const bench = { clients: [HERE, y], progress: () => {} };
  const outcomes = await takeTurns(bench, { what: "test", rounds: 2 }, ({ id }, round) => {
    turns.push(`${id}${round}`);
    return Promise.resolve([round, round]);
  });
  assert.equal(turns.join(), "x0,y0,y1,x1");
  assert.deepEqual(outcomes.map(({ samples }) => samples), [[0, 0, 1, 1], [0, 0, 1, 1]]);
});

Deno.test("takeTurns() keeps clients that are not installed, excused, or that fail", async () => {
  const clients = [{ ...HERE, program: "no-such" }, { ...HERE, id: "y" }, { ...HERE, id: "z" }];
  const outcomes = await takeTurns(
    { clients, progress: () => {} },
    { what: "test", rounds: 2, excuse: ({ id }) => id === "y" ? "cannot" : null },
    (_, round) => round === 0 ? Promise.reject(new Error("why")) : Promise.resolve([1]),
  );
  assert.deepEqual(outcomes.map(({ absent }) => absent), ["not installed", "cannot", null]);
  assert.deepEqual(outcomes.map(({ failures }) => failures), [[], [], ["why"]]);
  assert.deepEqual(outcomes.map(({ samples }) => samples), [[], [], [1]]);
});

Deno.test("formatOutcomes() gives figures, samples and failures", () => {
  assert.deepEqual(row({ samples: [30, 10, 20.04] }), "x 10.0 20.0 30.0 30.0 3 0".split(" "));
});

Deno.test("formatOutcomes() counts failures and says why, and averages none of them", () => {
  const more = { samples: [10], failures: ["waited 15 s for an address\nlog"] };
  assert.deepEqual(row(more), "x 10.0 10.0 10.0 10.0 1 1".split(" "));
  const text = formatOutcomes([outcome(more)], COLUMNS, ["note"]);
  assert.match(text, /^ {2}FAILED x: waited 15 s for an address\n {2}note$/m);
});

Deno.test("formatOutcomes() keeps the row when every round has failed, or there was none", () => {
  assert.deepEqual(row({ failures: ["a", "b"] }), "x - - - - 0 2".split(" "));
  assert.match(row({ absent: "not installed" }).join(" "), /^x not installed$/);
});

Deno.test("medianColumn() rounds to the digits that it is told", () => {
  const [title, cell] = medianColumn("s", (value: number) => value, 3);
  assert.deepEqual([title, cell([1, 2.00049, 3])], ["s", "2.000"]);
});

Deno.test("withTimes() remarks that there is never a time, and counts what is missing of some", () => {
  const samples = (...values: (number | null)[]): Outcome<number | null> => ({
    ...{ client: HERE, absent: null, failures: ["why"], samples: values },
  });
  const shown = withTimes(
    [samples(null, null), samples(1, null, 2), samples(), samples(3)],
    "no time",
    (ms) => ms,
  );
  assert.deepEqual(shown.map(({ absent }) => absent), ["no time", null, null, null]);
  assert.deepEqual(shown[1].samples, [1, 2]);
  assert.deepEqual(shown[1].failures, ["why", "no time"]);
  assert.deepEqual(shown[3].failures, ["why"]);
});

Deno.test("outcomesData() names the client and sums up when it knows the times", () => {
  const [data] = outcomesData([outcome({ samples: [1, 3] })], (ms) => ms) as {
    client: string;
    summary: { median: number };
  }[];
  assert.equal(data.client, "x");
  assert.equal(data.summary.median, 2);
  assert.ok(!("summary" in (outcomesData([outcome({})]) as object[])[0]));
});

Deno.test("partOf() leaves one round at least", () => {
  assert.deepEqual([partOf(20, 4), partOf(3, 4), partOf(1, 4)], [5, 1, 1]);
});
