import assert from "node:assert/strict";
import * as acd from "./acd.ts";
import { AcdBench } from "./acd_fixture.ts";
import { LONGEST_WAIT_MS } from "./clock.ts";
import { DROP_ARP_NOT_FOR_US } from "./drop.ts";
import { arpFrame, ourAnnouncement, ourProbe, US } from "./stack_fixture.ts";

/** Seeds enough that a random time of a second comes near both of its ends. */
const SEEDS = Array.from({ length: 2000 }, (_, seed) => seed);

Deno.test("Acd probes three times, announces twice, and is silent then (RFC 5227 §2.1, §2.3)", () => {
  const bench = new AcdBench();
  bench.acd.start(US, false);
  assert.equal(bench.acd.phase, acd.ACD_PROBING);
  bench.run(600_000);
  const [p1, p2, p3, a1, a2] = bench.records.map(({ ms }) => ms);
  assert.deepEqual(bench.records, [
    { ms: p1, frame: ourProbe(US) },
    { ms: p2, frame: ourProbe(US) },
    { ms: p3, frame: ourProbe(US) },
    { ms: a1, frame: ourAnnouncement(US) },
    { ms: a2, frame: ourAnnouncement(US) },
  ]);
  assert.deepEqual([a1 - p3, a2 - a1], [2000, 2000]);
  assert.deepEqual(bench.events, [{ ms: a1, event: acd.ACD_VERIFIED }]);
  assert.deepEqual([bench.acd.phase, bench.acd.address], [acd.ACD_DEFENDING, US]);
  assert.equal(bench.acd.remainingMs(), LONGEST_WAIT_MS);
});

Deno.test("Acd keeps every bound of time, and uses all of the range (RFC 5227 §1.1)", () => {
  const waits: number[] = [];
  const spaces: number[] = [];
  for (const seed of SEEDS) {
    const bench = new AcdBench(seed);
    bench.acd.start(US, false);
    bench.run(15_000);
    const [p1, p2, p3, a1, a2, ...more] = bench.records.map(({ ms }) => ms);
    waits.push(p1);
    spaces.push(p2 - p1, p3 - p2);
    assert.deepEqual([a1 - p3, a2 - a1, more], [2000, 2000, []]);
  }
  const within = (times: number[], min: number, max: number) => {
    const least = Math.min(...times);
    const greatest = Math.max(...times);
    assert.ok(least >= min && least < min + 20, `least ${least}`);
    assert.ok(greatest <= max && greatest > max - 20, `greatest ${greatest}`);
  };
  within(waits, 0, 1000);
  within(spaces, 1000, 2000);
});

Deno.test("Acd.start() probes at once when it is told so", () => {
  for (const seed of SEEDS.slice(0, 50)) {
    const bench = new AcdBench(seed);
    bench.acd.start(US, true);
    assert.equal(bench.acd.remainingMs(), 0);
    bench.run(0);
    assert.deepEqual(bench.records, [{ ms: 0, frame: ourProbe(US) }]);
    bench.run(15_000);
    assert.equal(bench.records.length, 5);
    assert.ok(bench.records[1].ms >= 1000);
  }
});

Deno.test("Acd.onTimer() does nothing when called early, and one step when called late", () => {
  const bench = new AcdBench();
  bench.acd.start(US, true);
  for (let ms = 0; ms < 1000; ms++) bench.at(ms);
  assert.equal(bench.records.length, 1);
  // The machine slept through everything: what follows keeps its distances.
  bench.at(100_000);
  assert.equal(bench.records.length, 2);
  bench.at(100_999);
  assert.equal(bench.records.length, 2);
  bench.at(102_000);
  assert.equal(bench.records.length, 3);
  bench.at(103_999);
  assert.deepEqual([bench.records.length, bench.events], [3, []]);
  bench.at(200_000);
  assert.deepEqual(bench.events, [{ ms: 200_000, event: acd.ACD_VERIFIED }]);
});

Deno.test("Acd.start() begins anew in every phase, for the same address or another", () => {
  for (const before of [0, 500, 1500, 3000, 6500, 8000, 20_000, 90_000]) {
    for (const address of [US, US + 1]) {
      const bench = new AcdBench();
      bench.acd.start(US, false);
      bench.run(before);
      bench.clear();
      bench.acd.start(address, true);
      bench.run(60_000);
      const probe = ourProbe(address);
      const announcement = ourAnnouncement(address);
      const frames = bench.records.map(({ frame }) => frame);
      assert.deepEqual(frames, [probe, probe, probe, announcement, announcement]);
      assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_VERIFIED]);
      assert.equal(bench.records[0].ms, before);
    }
  }
});

Deno.test("Acd.stop() ends it in every phase", () => {
  for (const before of [0, 500, 1500, 3000, 6500, 8000, 20_000]) {
    const bench = new AcdBench();
    bench.acd.start(US, false);
    bench.run(before);
    bench.clear();
    bench.acd.stop();
    bench.stack.unconfigure();
    assert.deepEqual([bench.acd.phase, bench.acd.remainingMs()], [acd.ACD_OFF, LONGEST_WAIT_MS]);
    bench.run(60_000);
    for (const sender of [US, 0]) {
      assert.equal(bench.receive(arpFrame({ sender })), -DROP_ARP_NOT_FOR_US);
    }
    assert.deepEqual([bench.records, bench.events], [[], []]);
  }
});

Deno.test("Acd announces a verified address when the stack has it, and not before", () => {
  const bench = new AcdBench();
  bench.givesAddress = false;
  bench.acd.start(US, true);
  bench.run(60_000);
  assert.equal(bench.records.length, 3, "the probes");
  bench.clear();
  bench.acd.addressIsOurs();
  bench.run(0);
  assert.deepEqual(bench.records, [], "it is not the stack's yet");
  bench.giveAddress();
  bench.run(60_000);
  assert.deepEqual(bench.records.map(({ ms }) => ms), [60_000, 62_000]);
  bench.clear();
  bench.acd.addressIsOurs();
  bench.run(60_000);
  assert.deepEqual(bench.records, [], "it is announced once");
});

Deno.test("Acd.start() does nothing but end what was when there is no address", () => {
  const bench = new AcdBench();
  bench.acd.start(US, true);
  bench.acd.start(0, true);
  bench.run(60_000);
  bench.receive(arpFrame({ sender: 0, target: 0 }));
  assert.deepEqual([bench.acd.phase, bench.records, bench.events], [acd.ACD_OFF, [], []]);
});
