import assert from "node:assert/strict";
import { LeasePace, PAUSE_MS, PROMPT_LEASES } from "./lease_pace.ts";
import { FakeLoop } from "./testing/fake_loop.ts";

Deno.test("LeasePace follows a calf at once, and one that never rests now and then", () => {
  const loop = new FakeLoop();
  let lease = 0;
  const followed: number[] = [];
  const pace = new LeasePace(loop, () => followed.push(lease));
  const change = () => {
    lease++;
    pace.changed();
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

Deno.test("LeasePace follows no more after stop()", () => {
  const loop = new FakeLoop();
  let followed = 0;
  const pace = new LeasePace(loop, () => followed++);
  for (let i = 0; i <= PROMPT_LEASES; i++) pace.changed();
  pace.stop();
  loop.advance(PAUSE_MS);
  assert.equal(followed, PROMPT_LEASES);
});
