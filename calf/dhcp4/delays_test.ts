import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { Random } from "../sdk/random.ts";
import { backoffDelay, renewalDelay, renewalFloor } from "./delays.ts";

Deno.test("backoffDelay() doubles from 0.5 to 64 s, give or take a quarter or a second", () => {
  const random = new Random();
  const bases = [500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000];
  fc.assert(fc.property(fc.nat(0xffffffff), (seed) => {
    random.seed(seed, 1, 2, 3);
    bases.forEach((base, tries) => {
      const jitter = Math.min(base / 4, 1000);
      const delay = backoffDelay(tries, random);
      assert.ok(delay >= base - jitter && delay <= base + jitter, `${delay} after ${tries}`);
    });
  }));
});

Deno.test("backoffDelay() differs between clients that were switched on together", () => {
  const delays = new Set<number>();
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random();
    random.seed(seed, 1, 2, 3);
    random.next();
    delays.add(backoffDelay(3, random));
  }
  assert.ok(delays.size > 80);
});

Deno.test("renewalDelay() halves the time left, not below a minute (RFC 2131 §4.4.5)", () => {
  const floor = renewalFloor(1350_000);
  assert.equal(floor, 60_000);
  assert.deepEqual([1350_000, 675_000, 100_000].map((left) => renewalDelay(left, floor)), [
    675_000,
    337_500,
    60_000,
  ]);
});

Deno.test("renewalDelay() leaves room for one more try when the lease is short", () => {
  for (const total of [2_000, 3_000, 15_000, 45_000, 119_000]) {
    const delay = renewalDelay(total, renewalFloor(total));
    assert.ok(delay < total, `${total}: first repetition in time`);
    assert.ok(2 * delay >= total - 1, `${total}: only one`);
  }
});

Deno.test("renewalDelay() is a second or more whatever is left", () => {
  fc.assert(fc.property(fc.nat(0x40000000), fc.nat(0x40000000), (total, left) => {
    assert.ok(renewalDelay(left, renewalFloor(total)) >= 1000);
  }));
});
