import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { Clock, LONGEST_WAIT_MS } from "../sdk/clock.ts";
import { Dhcp4Lease } from "./lease.ts";
import { LeaseTimers } from "./lease_timers.ts";
import { INFINITE } from "./options.ts";

function leaseOf(leaseTime: number, t1: number, t2: number): Dhcp4Lease {
  return Object.assign(new Dhcp4Lease(), { leaseTime, t1, t2 });
}

Deno.test("LeaseTimers.start() counts from the request, not from the answer (RFC 2131 §4.4.5)", () => {
  const time = fc.nat(100_000);
  fc.assert(fc.property(time, time, (asked, waited) => {
    const clock = new Clock();
    clock.advance(0);
    clock.advance(asked);
    const timers = new LeaseTimers(clock);
    timers.noteRequest();
    clock.advance(asked + waited);
    timers.start(leaseOf(80, 40, 70));
    const left = [timers.t1, timers.t2, timers.expiry].map((timer) => timer.remainingMs(clock));
    const expected = [40, 70, 80].map((seconds) => Math.max(0, seconds * 1000 - waited));
    assert.deepEqual(left, expected);
    assert.equal(timers.remainingMs(), expected[0]);
  }));
});

Deno.test("LeaseTimers.start() arms nothing for an infinite lease", () => {
  const clock = new Clock();
  const timers = new LeaseTimers(clock);
  timers.noteRequest();
  timers.start(leaseOf(80, 40, 70));
  timers.start(leaseOf(INFINITE, INFINITE, INFINITE));
  assert.equal(timers.remainingMs(), LONGEST_WAIT_MS);
  assert.equal(timers.expiry.armed, false);
});

Deno.test("LeaseTimers.stop() stops all three", () => {
  const clock = new Clock();
  const timers = new LeaseTimers(clock);
  timers.noteRequest();
  timers.start(leaseOf(80, 40, 70));
  timers.stop();
  assert.equal(timers.remainingMs(), LONGEST_WAIT_MS);
});
