/**
 * Tests of statistics.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { median, summarize } from "./statistics.ts";

Deno.test("summarize() sorts by value", () => {
  assert.deepEqual(summarize([100, 9, 20]), { count: 3, min: 9, median: 20, p95: 100, max: 100 });
});

Deno.test("summarize() takes the mean of the two in the middle when the count is even", () => {
  assert.equal(summarize([4, 1, 3, 2])?.median, 2.5);
});

Deno.test("summarize() takes p95 by nearest rank", () => {
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
  assert.equal(summarize(upTo(10))?.p95, 10);
  assert.equal(summarize(upTo(20))?.p95, 19);
  assert.equal(summarize(upTo(21))?.p95, 20);
  assert.equal(summarize(upTo(100))?.p95, 95);
  assert.equal(summarize([5])?.p95, 5);
});

Deno.test("summarize() leaves the samples as they are", () => {
  const samples = [3, 1, 2];
  summarize(samples);
  assert.deepEqual(samples, [3, 1, 2]);
});

Deno.test("summarize() gives null when there is no sample", () => {
  assert.equal(summarize([]), null);
  assert.throws(() => median([]), RangeError);
});

Deno.test("summarize() throws when a sample is no finite number", () => {
  assert.throws(() => summarize([1, NaN]), RangeError);
  assert.throws(() => summarize([Infinity]), RangeError);
});

Deno.test("summarize() orders its figures, and p95 has 95 in 100 at or below it", () => {
  fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
    const { count, min, median, p95, max } = summarize(samples)!;
    assert.equal(count, samples.length);
    assert.ok(min <= median && median <= max && min <= p95 && p95 <= max);
    assert.ok(samples.filter((sample) => sample <= p95).length * 100 >= count * 95);
    assert.ok(samples.filter((sample) => sample < p95).length * 100 < count * 95);
  }));
});
