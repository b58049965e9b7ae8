import assert from "node:assert/strict";
import { closeFd, readFd } from "./fd.ts";
import { PollSet } from "./poll.ts";
import { bootTimeMs, monotonicTimeUs, TimerFd, wallTimeNs } from "./time.ts";

Deno.test("bootTimeMs() never goes back and agrees with /proc/uptime", () => {
  const before = bootTimeMs();
  const uptime = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 1000;
  const after = bootTimeMs();
  assert.ok(before <= after);
  // /proc/uptime is cut to hundredths of a second.
  assert.ok(before - 10 <= uptime && uptime <= after, `${before} ${uptime} ${after}`);
});

Deno.test("monotonicTimeUs() counts microseconds, and is not ahead of the clock that counts sleep", () => {
  const before = monotonicTimeUs();
  const boot = bootTimeMs();
  assert.ok(Number.isInteger(before) && before > 0);
  assert.ok(before <= boot * 1000);
  const start = boot;
  while (bootTimeMs() < start + 2);
  const passed = monotonicTimeUs() - before;
  assert.ok(passed >= 2_000 && passed < 60_000_000, String(passed));
});

function withTimer(use: (timer: TimerFd, set: PollSet) => void): void {
  const timer = new TimerFd();
  const set = new PollSet();
  set.add(timer.fd);
  try {
    use(timer, set);
  } finally {
    closeFd(timer.fd);
  }
}

Deno.test("armAt() makes the timer readable once the moment has come, and not earlier", () => {
  withTimer((timer, set) => {
    assert.equal(set.wait(0), 0);
    const moment = bootTimeMs() + 20.5;
    timer.armAt(moment);
    assert.equal(set.wait(-1), 1);
    assert.ok(bootTimeMs() >= moment);
    timer.drain();
    assert.equal(set.wait(0), 0);
  });
});

Deno.test("armAt() fires at once when the moment is past, zero or negative", () => {
  withTimer((timer, set) => {
    for (const moment of [bootTimeMs() - 1, 0, -5]) {
      timer.armAt(moment);
      assert.equal(set.wait(-1), 1);
      timer.drain();
      assert.equal(set.wait(0), 0);
    }
  });
});

Deno.test("armAt() with null disarms, and takes back an expiry that was not drained", () => {
  withTimer((timer, set) => {
    timer.armAt(1);
    assert.equal(set.wait(-1), 1);
    timer.armAt(null);
    assert.equal(set.wait(0), 0);
  });
});

Deno.test("armAt() replaces the moment before, and takes one centuries away", () => {
  withTimer((timer, set) => {
    timer.armAt(bootTimeMs() + 86_400_000);
    timer.armAt(bootTimeMs() + 0xffffffff * 1000);
    assert.equal(set.wait(1), 0);
    timer.armAt(bootTimeMs());
    assert.equal(set.wait(-1), 1);
  });
});

Deno.test("drain() returns at once when nothing has expired", () => {
  withTimer((timer) => {
    timer.drain();
    assert.ok(readFd(timer.fd, new Uint8Array(8)) < 0);
  });
});

Deno.test("wallTimeNs() counts nanoseconds since 1970", () => {
  const [before, found, after] = [Date.now(), wallTimeNs(), Date.now()];
  const ms = Number(found / 1_000_000n);
  assert.ok(before <= ms && ms <= after, `${before} ${ms} ${after}`);
});
