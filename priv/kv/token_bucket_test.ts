import assert from "node:assert/strict";
import { TokenBucket } from "./token_bucket.ts";

Deno.test("TokenBucket.take() gives the whole bucket at once and then what time brings", () => {
  let now = 0;
  const bucket = new TokenBucket(3, 2, () => now);
  const burst = () => {
    let taken = 0;
    while (bucket.take()) taken++;
    return taken;
  };
  assert.equal(burst(), 3);
  now = 499;
  assert.equal(burst(), 0);
  now = 500;
  assert.equal(burst(), 1);
  now = 3600_000;
  assert.equal(burst(), 3, "no more than the bucket holds");
});

Deno.test("TokenBucket.take() gives nothing for a clock that steps back, and recovers", () => {
  let now = 10_000;
  const bucket = new TokenBucket(1, 1, () => now);
  assert.ok(bucket.take());
  now = 0;
  assert.ok(!bucket.take());
  now = 1000;
  assert.ok(bucket.take());
});
