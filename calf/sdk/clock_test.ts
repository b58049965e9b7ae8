import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { Clock, LONGEST_WAIT_MS, sooner, Timer } from "./clock.ts";

const u32Value = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 999, 0x7fffffff, 0xffffffff));

Deno.test("Clock.advance() starts at zero when the first time is anything", () => {
  fc.assert(fc.property(u32Value, (base) => {
    const clock = new Clock();
    clock.advance(base);
    assert.deepEqual([clock.sec, clock.ms], [0, 0]);
  }));
});

Deno.test("Clock.advance() adds up steps when the milliseconds wrap", () => {
  const steps = fc.array(fc.nat(0x7fffffff), { maxLength: 20 });
  fc.assert(fc.property(u32Value, steps, (base, steps) => {
    const clock = new Clock();
    clock.advance(base);
    let total = 0;
    for (const step of steps) {
      total += step;
      clock.advance((base + total) % 0x100000000);
    }
    assert.equal(clock.sec * 1000 + clock.ms, total);
  }));
});

Deno.test("Clock.advance() counts a jump backward as no time and goes on from there", () => {
  const clock = new Clock();
  clock.advance(10_000);
  clock.advance(12_500);
  clock.advance(4_000);
  assert.deepEqual([clock.sec, clock.ms], [2, 500]);
  clock.advance(5_600);
  assert.deepEqual([clock.sec, clock.ms], [4, 100]);
});

Deno.test("Timer.due() comes true exactly at the deadline", () => {
  const clock = new Clock();
  const timer = new Timer();
  clock.advance(700);
  clock.advance(1400);
  timer.start(clock, 2, 1500);
  clock.advance(1400 + 3499);
  assert.equal(timer.due(clock), false);
  assert.equal(timer.remainingMs(clock), 1);
  clock.advance(1400 + 3500);
  assert.equal(timer.due(clock), true);
  assert.equal(timer.remainingMs(clock), 0);
});

Deno.test("Timer.due() is false and nothing remains to wait for when the timer is stopped", () => {
  const clock = new Clock();
  const timer = new Timer();
  assert.equal(timer.due(clock), false);
  timer.start(clock, 0, 0);
  assert.equal(timer.due(clock), true);
  timer.stop();
  assert.equal(timer.due(clock), false);
  assert.equal(timer.remainingMs(clock), LONGEST_WAIT_MS);
});

Deno.test("Timer.remainingMs() is the exact time, or the longest wait, for any deadline", () => {
  fc.assert(fc.property(fc.nat(0x7fffffff), u32Value, u32Value, (elapsed, sec, ms) => {
    const clock = new Clock();
    const timer = new Timer();
    clock.advance(0);
    clock.advance(elapsed);
    timer.start(clock, sec, ms);
    const wait = sec * 1000 + ms;
    const remaining = timer.remainingMs(clock);
    if (wait < 1073741000) assert.equal(remaining, wait);
    else assert.ok(remaining >= 1073740000 && remaining <= LONGEST_WAIT_MS);
    assert.equal(timer.due(clock), wait === 0);
  }));
});

Deno.test("Timer.start() saturates when the deadline is beyond the clock", () => {
  const clock = new Clock();
  const timer = new Timer();
  clock.advance(0);
  clock.advance(5_000);
  timer.start(clock, 0xffffffff, 0xffffffff);
  clock.advance(0x7fffffff);
  assert.equal(timer.due(clock), false);
  assert.equal(timer.remainingMs(clock), LONGEST_WAIT_MS);
});

Deno.test("sooner() is the smaller waiting time", () => {
  assert.equal(sooner(3, 2), 2);
  assert.equal(sooner(0, LONGEST_WAIT_MS), 0);
});
