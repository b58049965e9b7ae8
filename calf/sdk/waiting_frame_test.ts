import assert from "node:assert/strict";
import "portable";
import { Clock, LONGEST_WAIT_MS } from "./clock.ts";
import { WaitingFrame } from "./waiting_frame.ts";

function make(): { clock: Clock; waiting: WaitingFrame } {
  const clock = new Clock();
  clock.advance(0);
  return { clock, waiting: new WaitingFrame(clock) };
}

Deno.test("WaitingFrame asks three times, a second apart, and forgets the frame", () => {
  const { clock, waiting } = make();
  const asked: number[] = [];
  if (waiting.put(7, 60)) asked.push(0);
  for (let ms = 0; ms < 10_000; ms += 500) {
    clock.advance(ms);
    if (waiting.shouldAskAgain()) asked.push(ms);
    assert.deepEqual([waiting.hop, waiting.length], ms < 3000 ? [7, 60] : [0, 0], String(ms));
  }
  assert.deepEqual(asked, [0, 1000, 2000]);
  assert.equal(waiting.remainingMs(), LONGEST_WAIT_MS);
});

Deno.test("WaitingFrame.put() asks at once for another hop only", () => {
  const { clock, waiting } = make();
  assert.equal(waiting.put(7, 60), true);
  clock.advance(400);
  assert.equal(waiting.put(7, 61), false);
  assert.deepEqual([waiting.length, waiting.remainingMs()], [61, 600]);
  assert.equal(waiting.put(8, 62), true);
  assert.deepEqual([waiting.hop, waiting.length, waiting.remainingMs()], [8, 62, 1000]);
});

Deno.test("WaitingFrame.clear() ends it", () => {
  const { clock, waiting } = make();
  waiting.put(7, 60);
  waiting.clear();
  clock.advance(5000);
  assert.equal(waiting.shouldAskAgain(), false);
  assert.deepEqual([waiting.hop, waiting.length], [0, 0]);
  assert.equal(waiting.put(7, 60), true);
});
