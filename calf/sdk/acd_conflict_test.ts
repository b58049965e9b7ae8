import assert from "node:assert/strict";
import fc from "fast-check";
import * as acd from "./acd.ts";
import { AcdBench } from "./acd_fixture.ts";
import { LONGEST_WAIT_MS } from "./clock.ts";
import { DROP_ARP_CONFLICT, DROP_ARP_PROBE } from "./drop.ts";
import { arpFrame, arpReply, ourAnnouncement, OURS, SERVER, US } from "./stack_fixture.ts";

const OTHER = US + 1;

/** The forms of "I have that address". */
const CLAIMS: Uint8Array[] = [
  arpFrame({ sender: US, target: SERVER }),
  arpFrame({ sender: US, target: US }),
  arpReply({ sender: US, target: 0 }),
  arpReply({ sender: US, target: US }),
];
/** "I should like to have it." */
const PROBE: Uint8Array = arpFrame({ sender: 0 });

/** An address that was verified `age` ms ago and is in use, all of it forgotten but the phase. */
function verified(age: number): AcdBench {
  const bench = new AcdBench();
  bench.acd.start(US, true);
  while (bench.events.length === 0) bench.run(1);
  bench.stack.configure(US, 24, SERVER);
  bench.run(age);
  bench.clear();
  return bench;
}

Deno.test("Acd gives the address up at any claim or probe while it probes (RFC 5227 §2.1.1)", () => {
  for (const frame of [...CLAIMS, PROBE]) {
    // The wait before the first probe, the times between them, and to the end of ANNOUNCE_WAIT.
    for (const ms of [0, 10, 900, 1900, 3500, 5000]) {
      const bench = new AcdBench();
      bench.acd.start(US, false);
      bench.run(ms);
      bench.clear();
      bench.receive(frame);
      assert.deepEqual(bench.events, [{ ms, event: acd.ACD_CONFLICT }]);
      assert.deepEqual([bench.acd.phase, bench.acd.address], [acd.ACD_OFF, US]);
      assert.equal(bench.acd.remainingMs(), LONGEST_WAIT_MS);
      bench.receive(frame);
      bench.run(60_000);
      assert.deepEqual([bench.records, bench.events.length, bench.acd.conflicts], [[], 1, 1]);
    }
  }
});

Deno.test("Acd notices a claim a millisecond before ANNOUNCE_WAIT ends", () => {
  const bench = new AcdBench();
  bench.acd.start(US, true);
  while (bench.records.length < 3) bench.run(1);
  bench.run(1999);
  bench.receive(CLAIMS[2]);
  assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_CONFLICT]);
});

Deno.test("Acd gives an address up that is in use already when somebody claims it", () => {
  const bench = new AcdBench();
  bench.stack.configure(US, 24, SERVER);
  bench.acd.start(US, true);
  bench.run(1200);
  bench.clear();
  // A probe of another host is answered: that host will give way.
  bench.receive(PROBE);
  assert.deepEqual([bench.records.length, bench.events.length], [1, 0]);
  bench.receive(CLAIMS[2]);
  assert.deepEqual(bench.events, [{ ms: 1200, event: acd.ACD_CONFLICT }]);
});

Deno.test("Acd defends the address once, at the first claim (RFC 5227 §2.4 b)", () => {
  for (const claim of CLAIMS) {
    for (const age of [0, 1, 1999, 2000, 60_000, 86400_000]) {
      const bench = verified(age);
      const ms = bench.host.now;
      bench.receive(claim);
      assert.deepEqual(bench.records, [{ ms, frame: ourAnnouncement(US) }]);
      assert.deepEqual(bench.events, [{ ms, event: acd.ACD_DEFENDED }]);
      assert.notEqual(bench.acd.phase, acd.ACD_OFF);
      assert.equal(bench.acd.conflicts, 0);
    }
  }
});

Deno.test("Acd gives the address up at a second claim within DEFEND_INTERVAL", () => {
  for (const age of [0, 60_000]) {
    for (const later of [0, 1, 5000, 9999]) {
      const bench = verified(age);
      bench.receive(CLAIMS[0]);
      bench.run(later);
      bench.clear();
      bench.receive(CLAIMS[1]);
      assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_CONFLICT], `${later}`);
      assert.deepEqual([bench.records, bench.acd.phase], [[], acd.ACD_OFF]);
      assert.equal(bench.acd.conflicts, 1);
    }
  }
});

Deno.test("Acd defends the address again when DEFEND_INTERVAL has passed", () => {
  const bench = verified(60_000);
  for (let i = 0; i < 20; i++) {
    bench.receive(CLAIMS[i % 4]);
    bench.run(10_000);
  }
  assert.deepEqual(bench.events.map(({ event }) => event), new Array(20).fill(acd.ACD_DEFENDED));
  assert.equal(bench.records.length, 20);
});

Deno.test("Acd.start() forgets an earlier defence", () => {
  const bench = verified(0);
  bench.receive(CLAIMS[0]);
  bench.acd.start(US, true);
  bench.run(7999);
  bench.clear();
  bench.receive(CLAIMS[0]);
  assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_DEFENDED]);
});

Deno.test("Acd lets others probe for the address when it is ours", () => {
  const bench = verified(0);
  assert.notEqual(bench.receive(PROBE), -DROP_ARP_PROBE);
  bench.stack.unconfigure();
  assert.equal(bench.receive(PROBE), -DROP_ARP_PROBE);
  bench.run(60_000);
  assert.equal(bench.receive(PROBE), -DROP_ARP_PROBE);
  assert.deepEqual(bench.events, []);
});

Deno.test("Acd takes no interest in our other address, nor in our own frames", () => {
  const bench = new AcdBench();
  bench.givesAddress = false;
  bench.stack.configure(OTHER, 24, SERVER);
  bench.acd.start(US, true);
  bench.run(100);
  const other = arpReply({ sender: OTHER, target: OTHER });
  const ours = [...CLAIMS, PROBE].map((frame) => {
    const buf = frame.slice();
    for (let i = 0; i < 6; i++) buf[22 + i] = parseInt(OURS.slice(2 * i, 2 * i + 2), 16);
    return buf;
  });
  for (let i = 0; i < 3; i++) {
    assert.equal(bench.receive(other), -DROP_ARP_CONFLICT);
    for (const frame of ours) bench.receive(frame);
    bench.run(6000);
  }
  assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_VERIFIED]);
  assert.equal(bench.records.length, 3, "the probes; the stack has another address to announce");
});

Deno.test("Acd gives a verified address up that is claimed before it is the stack's", () => {
  const bench = new AcdBench();
  bench.givesAddress = false;
  bench.acd.start(US, true);
  bench.run(60_000);
  assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_VERIFIED]);
  bench.clear();
  assert.equal(bench.receive(CLAIMS[0]), -DROP_ARP_CONFLICT);
  bench.run(60_000);
  bench.acd.addressIsOurs();
  assert.deepEqual(bench.events.map(({ event }) => event), [acd.ACD_CONFLICT]);
  assert.deepEqual(bench.records, [], "nothing says that it is ours");
});

Deno.test("Acd sends one frame in a flood of a thousand claims, and none before the address is its", () => {
  for (const bench of [verified(0), verified(60_000)]) {
    for (let i = 0; i < 1000; i++) bench.receive(CLAIMS[i % 4]);
    assert.deepEqual([bench.records.length, bench.events.length], [1, 2]);
  }
  const probing = new AcdBench();
  probing.acd.start(US, false);
  for (let i = 0; i < 1000; i++) probing.receive(i % 2 === 0 ? PROBE : CLAIMS[0]);
  assert.deepEqual([probing.records.length, probing.events.length], [0, 1]);
});

Deno.test("Acd.retryDelayMs() is a minute after ten conflicts (RFC 5227 §2.1.1)", () => {
  const bench = new AcdBench();
  const delays: number[] = [bench.acd.retryDelayMs(10_000)];
  for (let i = 0; i < 12; i++) {
    bench.acd.start(US + i, false);
    bench.receive(arpReply({ sender: US + i }));
    delays.push(bench.acd.retryDelayMs(10_000));
    assert.equal(bench.acd.retryDelayMs(0), i < 9 ? 0 : 60_000);
    assert.equal(bench.acd.retryDelayMs(70_000), 70_000);
  }
  assert.deepEqual(delays, [...new Array(10).fill(10_000), 60_000, 60_000, 60_000]);
});

Deno.test("Acd forgets conflicts when an address was held for a minute, not before", () => {
  const bench = new AcdBench();
  for (let i = 0; i < 10; i++) {
    bench.acd.start(US, false);
    bench.receive(PROBE);
  }
  bench.acd.start(US, true);
  while (bench.acd.phase !== acd.ACD_DEFENDING) bench.run(1);
  bench.run(59_998);
  assert.deepEqual([bench.acd.conflicts, bench.acd.retryDelayMs(0)], [10, 60_000]);
  bench.run(2);
  assert.deepEqual([bench.acd.conflicts, bench.acd.retryDelayMs(0)], [0, 0]);
  assert.equal(bench.acd.remainingMs(), LONGEST_WAIT_MS);
  bench.receive(CLAIMS[0]);
  assert.deepEqual(bench.events.at(-1)?.event, acd.ACD_DEFENDED);
});

/** Something that happens, and `ms` that pass afterwards. */
type Step = [Uint8Array | "start" | "at once" | "stop" | "configure" | "unconfigure", number];

const address = fc.constantFrom(0, US, US, US, OTHER, SERVER, 0xffffffff, 0xa9fe0101);
const frames = fc.record({
  mac: fc.constantFrom("ffffffffffff", OURS),
  operation: fc.constantFrom(1, 1, 2, 2, 3),
  senderMac: fc.constantFrom(OURS, "020000000002", "0200000000ee", "ffffffffffff", "000000000000"),
  sender: address,
  target: address,
}).map(arpFrame);
const noise = fc.tuple(frames, fc.nat(41), fc.nat(255), fc.nat(42)).map(
  ([frame, at, byte, len]) => {
    frame[at] = byte;
    return frame.slice(0, len);
  },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 20, arbitrary: frames },
      { weight: 4, arbitrary: noise },
      { weight: 1, arbitrary: fc.constantFrom<Step[0]>("start", "at once", "stop") },
      { weight: 1, arbitrary: fc.constantFrom<Step[0]>("configure", "unconfigure") },
    ),
    fc.oneof({ weight: 9, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  ),
  { maxLength: 300, size: "max" },
);

Deno.test("Acd sends few frames in a second, and never throws, whatever ARP frames come", () => {
  fc.assert(
    fc.property(steps, fc.nat(0xffffffff), fc.nat(1), (steps, seed, configured) => {
      const bench = new AcdBench(seed);
      if (configured === 1) bench.stack.configure(US, 24, SERVER);
      bench.acd.start(US, true);
      let owner = 0;
      for (const [what, ms] of steps) {
        if (what === "start") bench.acd.start(US, false);
        else if (what === "at once") bench.acd.start(US, true);
        else if (what === "stop") bench.acd.stop();
        else if (what === "configure") bench.stack.configure(US, 24, SERVER);
        else if (what === "unconfigure") bench.stack.unconfigure();
        else bench.receive(what);
        if (what === "start" || what === "at once") owner += 1;
        bench.run(ms);
        assert.ok(bench.acd.remainingMs() >= 0);
      }
      // Four answers in a second of their own, two steps of ours, a defence; each start() of the
      // owner may add a probe and the next defence.
      const limit = 8 + 2 + 1 + 2 * owner;
      const times = bench.records.map(({ ms }) => ms);
      for (let i = limit; i < times.length; i++) {
        assert.ok(times[i] - times[i - limit] >= 1000, `more than ${limit} frames within a second`);
      }
    }),
    { numRuns: 300 },
  );
});
