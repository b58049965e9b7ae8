import assert from "node:assert/strict";
import type { Lease } from "./kv/lease.ts";
import {
  LeasePace,
  PAUSE_MS,
  PROMPT_LEASES,
  PROMPT_STEPS,
  STEPS_PER_SECOND,
  stepsBetween,
} from "./lease_pace.ts";
import { leaseOf } from "./testing/fake_kernel.ts";
import { FakeLoop } from "./testing/fake_loop.ts";

/** A lease with so many routes. */
function withRoutes(count: number, first = 1): Lease {
  const routes = Array.from({ length: count }, (_, n) => ({
    destination: `10.${first + n}.0.0/16`,
    gateway: "192.0.2.1",
  }));
  return leaseOf("192.0.2.7/24", { routes });
}

Deno.test("LeasePace follows a calf at once, and one that never rests now and then", () => {
  const loop = new FakeLoop();
  let lease = 0;
  const followed: number[] = [];
  const pace = new LeasePace(loop, () => {
    followed.push(lease);
    return 1;
  });
  const change = () => {
    lease++;
    pace.changed(false);
  };
  for (let i = 0; i < PROMPT_LEASES; i++) change();
  assert.equal(followed.length, PROMPT_LEASES);
  for (let i = 0; i < 1000; i++) {
    change();
    loop.advance(50);
  }
  const later = followed.slice(PROMPT_LEASES);
  assert.ok(later.length <= 50_000 / PAUSE_MS * 2, `${later.length} times in 50 s`);
  loop.advance(PAUSE_MS);
  assert.equal(followed.at(-1), lease, "the last one counts");
  assert.equal(loop.waiting, 0);
});

Deno.test("LeasePace takes only so many steps, and follows the last lease when it may again", () => {
  const loop = new FakeLoop();
  const cost = 80;
  let lease = 0;
  const followed: number[] = [];
  const pace = new LeasePace(loop, () => {
    followed.push(lease);
    return cost;
  });
  const hour = 3600;
  for (let second = 0; second < hour; second++) {
    lease++;
    pace.changed(false);
    loop.advance(1000);
  }
  const steps = followed.length * cost;
  assert.ok(steps >= hour * STEPS_PER_SECOND, "it goes on");
  assert.ok(steps <= PROMPT_STEPS + hour * STEPS_PER_SECOND + cost, `${steps} steps`);
  loop.advance(cost * 1000 / STEPS_PER_SECOND + PAUSE_MS);
  assert.equal(followed.at(-1), lease, "the last one counts");
});

Deno.test("LeasePace never delays a renewal every 10 s", () => {
  const loop = new FakeLoop();
  let followed = 0;
  const lease = withRoutes(32);
  const pace = new LeasePace(loop, () => {
    followed++;
    return stepsBetween(lease, { ...lease, leaseSeconds: lease.leaseSeconds });
  });
  for (let renewal = 1; renewal <= 10_000; renewal++) {
    pace.changed(false);
    assert.equal(followed, renewal);
    loop.advance(10_000);
  }
});

Deno.test("LeasePace takes a lease away soon, whatever steps there are left", () => {
  const loop = new FakeLoop();
  let followed = 0;
  const pace = new LeasePace(loop, () => {
    followed++;
    return PROMPT_STEPS;
  });
  pace.changed(false);
  pace.changed(false);
  assert.equal(followed, 1);
  pace.changed(true); // while the one before waits
  loop.advance(PAUSE_MS);
  assert.equal(followed, 2);
  pace.changed(true);
  assert.equal(followed, 3, "at once");
  pace.changed(false);
  loop.advance(10 * PAUSE_MS);
  assert.equal(followed, 3, "but another one waits");
});

Deno.test("LeasePace follows no more after stop()", () => {
  const loop = new FakeLoop();
  let followed = 0;
  const pace = new LeasePace(loop, () => ++followed);
  for (let i = 0; i <= PROMPT_LEASES; i++) pace.changed(false);
  const before = followed;
  pace.stop();
  loop.advance(10 * PAUSE_MS);
  assert.equal(followed, before);
});

Deno.test("stepsBetween() counts what comes and what goes, and little for a renewal", () => {
  const small = stepsBetween(null, withRoutes(0));
  assert.equal(stepsBetween(null, withRoutes(32)), small + 32);
  assert.equal(stepsBetween(withRoutes(32), withRoutes(32, 100)), 2 * (small + 32));
  assert.equal(stepsBetween(withRoutes(32), null), small + 32);
  const renewed = { ...withRoutes(32), leaseSeconds: withRoutes(32).leaseSeconds };
  assert.ok(stepsBetween(withRoutes(32), renewed) < small);
});
