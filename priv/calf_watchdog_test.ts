import assert from "node:assert/strict";
import { CalfWatchdog, LOOK_MS, LOOKS, ROUND_MS, TOLERANCE_MS } from "./calf_watchdog.ts";
import { FakeLoop } from "./testing/fake_loop.ts";

/** Longest time from a hang to its notice. */
const LONGEST_MS = 2 * ROUND_MS + (LOOKS - 1) * LOOK_MS;

/** A calf, a loop, and a clock that stands still while the machine sleeps. */
class World {
  readonly loop = new FakeLoop();
  readonly killed: string[] = [];
  pokes = 0;
  unread = 0;
  /** Whether it reads at once. */
  reads = true;
  spoke = true;
  slept = 0;
  readonly watchdog: CalfWatchdog;

  constructor(bornAtMs = 0) {
    this.loop.advance(bornAtMs);
    this.watchdog = new CalfWatchdog(this.loop, {
      poke: () => {
        this.pokes++;
        if (!this.reads) this.unread += 768;
      },
      unread: () => this.unread,
      spoke: () => this.spoke,
      onHang: (reason) => this.killed.push(reason),
    }, () => this.loop.now() - this.slept);
  }

  /** Time goes by with every timer on time. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) this.loop.advance(Math.min(100, left));
  }

  /** Nothing of this machine runs, and then all that is due at once. */
  standStill(ms: number): void {
    this.loop.advance(ms);
  }

  sleep(ms: number): void {
    this.slept += ms;
    this.loop.advance(ms);
  }
}

Deno.test("CalfWatchdog pokes a calf that reads once a round, and never kills it", () => {
  const world = new World();
  world.pass(100 * ROUND_MS);
  assert.equal(world.pokes, 100);
  assert.deepEqual(world.killed, []);
});

Deno.test("CalfWatchdog kills a calf that reads no more, once, within its time", () => {
  for (let hangAt = 100; hangAt < 5 * ROUND_MS; hangAt += 1_700) {
    const world = new World(1_200);
    world.pass(hangAt);
    world.reads = false;
    world.pass(ROUND_MS + (LOOKS - 1) * LOOK_MS - 100);
    assert.deepEqual(world.killed, [], "not as soon as that");
    world.pass(LONGEST_MS - (ROUND_MS + (LOOKS - 1) * LOOK_MS - 100));
    assert.deepEqual(world.killed, ["it hangs: it does not read what it is sent"]);
  }
});

Deno.test("CalfWatchdog says nothing more to a calf that does not read: its channel must not fill", () => {
  const world = new World();
  world.pass(2 * ROUND_MS);
  world.reads = false;
  const before = world.pokes;
  world.pass(LONGEST_MS);
  assert.equal(world.pokes, before + 1);
});

Deno.test("CalfWatchdog kills a calf that has never asked for anything", () => {
  const world = new World();
  world.spoke = false;
  world.pass(ROUND_MS);
  assert.deepEqual(world.killed, [], "a slow disk is no hang");
  world.pass(LONGEST_MS - ROUND_MS);
  assert.deepEqual(world.killed, ["it hangs: it has not asked for anything since its start"]);
});

Deno.test("CalfWatchdog spares a calf that reads before the last look", () => {
  const loop = new FakeLoop();
  let looks = 0;
  new CalfWatchdog(loop, {
    poke: () => {},
    unread: () => ++looks % LOOKS === 0 ? 0 : 768,
    spoke: () => true,
    onHang: () => assert.fail("killed"),
  }, () => loop.now());
  for (let ms = 0; ms < 50 * ROUND_MS; ms += 100) loop.advance(100);
  assert.ok(looks >= 10 * LOOKS, `${looks} looks`);
});

Deno.test("CalfWatchdog spares a calf that was as much asleep as priv was", () => {
  const world = new World();
  world.pass(3 * ROUND_MS - 100);
  world.reads = false;
  world.pass(100); // poked, and then the machine falls asleep before it has read
  for (let night = 0; night < 10; night++) {
    world.sleep(8 * 3_600_000);
    world.standStill(0);
  }
  assert.deepEqual(world.killed, [], "after ten nights");
  world.unread = 0;
  world.reads = true;
  world.pass(10 * ROUND_MS);
  assert.deepEqual(world.killed, []);
});

Deno.test("CalfWatchdog counts no look after a nap within its time", () => {
  const world = new World();
  world.pass(3 * ROUND_MS - 100);
  world.reads = false;
  world.pass(100 + ROUND_MS); // the first look in vain
  for (let nap = 0; nap < 10; nap++) {
    world.sleep(LOOK_MS - 500); // the timer goes on, and wakes up half a second after the machine
    world.pass(500);
  }
  assert.deepEqual(world.killed, []);
});

Deno.test("CalfWatchdog counts no look that comes late: the machine may be busy, or was frozen", () => {
  const world = new World();
  world.pass(3 * ROUND_MS - 100);
  world.reads = false;
  world.pass(100 + ROUND_MS);
  for (let late = 0; late < 100; late++) world.standStill(LOOK_MS + TOLERANCE_MS + 100);
  assert.deepEqual(world.killed, [], "under load for minutes");
  // A hang is noticed all the same once the machine has time.
  world.pass(LOOKS * LOOK_MS);
  assert.equal(world.killed.length, 1);
});

Deno.test("CalfWatchdog has its rounds when all others have theirs", () => {
  const rounds = [0, 1, 19_999, 20_000, 12_345].map((bornAt) => {
    const world = new World(bornAt);
    while (world.pokes === 0) world.loop.advance(1);
    return world.loop.now() % ROUND_MS;
  });
  assert.deepEqual(rounds, [0, 0, 0, 0, 0]);
});

Deno.test("CalfWatchdog watches no more after stop()", () => {
  const world = new World();
  world.reads = false;
  world.pass(2 * ROUND_MS);
  world.watchdog.stop();
  world.pass(10 * ROUND_MS);
  assert.deepEqual(world.killed, []);
  assert.equal(world.loop.waiting, 0);
});
