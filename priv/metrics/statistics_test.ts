import assert from "node:assert/strict";
import fc from "fast-check";
import { DURATION_BOUNDS, Durations, HANDLER_NAMES, HandlerStatistics } from "./statistics.ts";

Deno.test("HandlerStatistics.measure() gives the result, and counts the call and its time", () => {
  let now = 0;
  const statistics = new HandlerStatistics(() => now);
  const result = statistics.measure("mtu", () => {
    now += 30;
    return "done";
  });
  assert.equal(result, "done");
  const { durations, errors } = statistics.records.get("mtu")!;
  assert.equal(errors, 0);
  const { bounds, counts, sum } = durations.buckets;
  assert.equal(sum, 0.03);
  assert.equal(counts.reduce((all, count) => all + count), 1);
  assert.equal(bounds[counts.indexOf(1)], 0.05);
});

Deno.test("HandlerStatistics.measure() passes a failure on, and counts it and its time", () => {
  let now = 0;
  const statistics = new HandlerStatistics(() => now);
  const fail = () => {
    now += 1000;
    throw new Error("refused");
  };
  assert.throws(() => statistics.measure("route", fail), /refused/);
  statistics.failed("route");
  const { durations, errors } = statistics.records.get("route")!;
  assert.equal(errors, 2);
  assert.equal(durations.buckets.sum, 1);
  assert.deepEqual([...statistics.records.keys()], HANDLER_NAMES);
});

Deno.test("Durations puts each duration into the first bucket that holds it", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 5, noNaN: true })), (seconds) => {
    const durations = new Durations();
    const before = durations.buckets;
    for (const each of seconds) durations.observe(each);
    const { counts } = durations.buckets;
    for (const [index, bound] of [...DURATION_BOUNDS, Infinity].entries()) {
      const below = counts.slice(0, index + 1).reduce((all, count) => all + count, 0);
      assert.equal(below, seconds.filter((each) => each <= bound).length);
    }
    assert.ok(before.counts.every((count) => count === 0), "what was given out does not change");
  }));
});
