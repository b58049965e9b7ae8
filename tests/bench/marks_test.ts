/**
 * Tests of marks.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findMarks, logTime, type Marks, summarizePhases } from "./marks.ts";

const LOG = [
  "1795359612.221809",
  "2026-11-22T15:00:12.324Z DEBUG priv eth0: calf started, pid 7978",
  "2026-11-22T15:00:12.384Z INFO  calf eth0: confinement: user-ns no (not needed), net-ns yes",
  "2026-11-22T15:00:12.389Z INFO  calf eth0: state SELECTING",
];
const START = Date.UTC(2026, 10, 22, 15, 0, 12);

Deno.test("logTime() takes the first line with the text", () => {
  assert.equal(logTime([...LOG, LOG[1].replace("12.3", "13.3")], "calf started"), START + 324);
});

Deno.test("logTime() gives null when no line has the text, or the line has no time", () => {
  assert.equal(logTime(LOG, "calf ended"), null);
  assert.equal(logTime(LOG, "1795359612"), null);
});

Deno.test("findMarks() takes the first message of each type", () => {
  const messages = [[390, 1], [391, 2], [391.5, 2], [392, 3], [393, 5]]
    .map(([ms, type]) => ({ at: START + ms, type }));
  assert.deepEqual(findMarks(LOG, messages, START + 400), {
    "calf started": START + 324,
    "calf confined": START + 384,
    DISCOVER: START + 390,
    OFFER: START + 391,
    REQUEST: START + 392,
    ACK: START + 393,
    configured: START + 400,
  });
});

Deno.test("findMarks() names what is missing", () => {
  assert.throws(
    () => findMarks(LOG.slice(0, 2), [{ at: START, type: 1 }], START),
    /calf confined, OFFER, REQUEST, ACK$/,
  );
});

Deno.test("summarizePhases() takes medians of phases and of moments separately", () => {
  const start = (times: number[]): Marks => ({
    "calf started": times[0],
    "calf confined": times[1],
    DISCOVER: times[2],
    OFFER: times[3],
    REQUEST: times[4],
    ACK: times[5],
    configured: times[6],
  });
  const phases = summarizePhases([
    start([10, 40, 50, 51, 52, 53, 60]),
    start([30, 50, 60, 61, 62, 63, 70]),
    start([20, 120, 121, 122, 123, 124, 125]),
  ]);
  assert.deepEqual(phases.slice(0, 2), [
    { moment: "calf started", duration: 20, sinceExec: 20 },
    { moment: "calf confined", duration: 30, sinceExec: 50 },
  ]);
});
