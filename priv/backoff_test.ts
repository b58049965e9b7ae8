import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";

Deno.test("Backoff doubles up to its limit", () => {
  const backoff = new Backoff(250, 2_000, 60_000);
  assert.deepEqual([0, 1, 2, 3, 4].map((now) => backoff.failed(now)), [250, 500, 1000, 2000, 2000]);
});

Deno.test("Backoff begins anew after a quiet time, counted from the last restart", () => {
  const backoff = new Backoff(250, 2_000, 60_000);
  backoff.failed(0);
  assert.equal(backoff.failed(60_250), 500);
  assert.equal(backoff.failed(60_250 + 500 + 60_001), 250);
});
