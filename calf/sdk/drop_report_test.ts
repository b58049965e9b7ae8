import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { decodeRequest } from "../../priv/kv/codec.ts";
import { response } from "./capnp_fixture.ts";
import { Clock, LONGEST_WAIT_MS } from "./clock.ts";
import { DROP_LIMIT, DROP_UDP_PORT, DROP_VLAN, DropCounters, dropSlug } from "./drop.ts";
import { DropReport, MAX_REPORTED, REPORT_DELAY_MS, REPORT_INTERVAL_MS } from "./drop_report.ts";
import { KV_ERROR, KV_MAX_OUTSTANDING, KvClient } from "./kv.ts";
import { ascii, RecordingHost } from "./sdk_fixture.ts";

type SlugOf = (reason: number) => string;

class TestReport extends DropReport {
  slugs: SlugOf = dropSlug;

  override slugOf(reason: number): string {
    return this.slugs(reason);
  }
}

/** A report of counters, and priv's end of it. */
class Bench {
  readonly host = new RecordingHost();
  readonly clock = new Clock();
  readonly kv: KvClient = new KvClient(this.host);
  readonly drops = new DropCounters();
  readonly report: TestReport = new TestReport(this.host, this.clock, this.kv, this.drops);

  constructor(slugs: SlugOf = dropSlug) {
    this.report.slugs = slugs;
    this.clock.advance(0);
  }

  /** A frame is dropped for `reason`. */
  drop(reason: number): void {
    this.drops.count(reason);
    this.report.note();
  }

  /** Lets `ms` pass, and what is due happen. */
  run(ms: number): void {
    const end = this.host.now + ms;
    while (this.host.now + this.report.remainingMs() <= end) {
      this.#advance(this.report.remainingMs());
    }
    this.#advance(end - this.host.now);
  }

  #advance(ms: number): void {
    this.host.now += ms;
    this.clock.advance(this.host.now >>> 0);
    this.report.onTimer();
  }

  /** The commits so far, as `key=value`. */
  get commits(): string[][] {
    return this.host.messages.map((bytes) => {
      assert.ok(bytes.length <= 16384);
      const request = decodeRequest(bytes);
      assert.ok(request.ok && request.value.operation === "commit");
      return request.value.changes.map(({ path, text }) => `${path}=${text}`);
    });
  }

  /** priv's answer to the last request; whether it was a report's. */
  answer(error: string | null = null): boolean {
    const request = decodeRequest(this.host.messages.at(-1)!);
    assert.ok(request.ok);
    const message = response(request.value.id, error === null ? 0 : 1, ascii(error ?? ""));
    const id = this.kv.onMessage(message, message.length);
    const { responseKind, valueAt, valueLength } = this.kv;
    if (responseKind !== KV_ERROR) return this.report.accepted(id);
    return this.report.refused(id, message, valueAt, valueLength);
  }
}

Deno.test("DropReport tells of the counters that have changed, soon after the first", () => {
  const bench = new Bench();
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
  bench.drop(DROP_VLAN);
  bench.run(REPORT_DELAY_MS - 1);
  bench.drop(DROP_UDP_PORT);
  bench.drop(DROP_UDP_PORT);
  assert.deepEqual(bench.commits, []);
  bench.run(1);
  assert.deepEqual(bench.commits, [
    ["/packets/dropped/ethernet-vlan=1", "/packets/dropped/udp-port=2"],
  ]);
  assert.ok(bench.answer());
  bench.drop(DROP_VLAN);
  bench.run(REPORT_INTERVAL_MS);
  assert.deepEqual(bench.commits[1], ["/packets/dropped/ethernet-vlan=2"]);
});

Deno.test("DropReport does not wake anybody while no counter changes", () => {
  const bench = new Bench();
  bench.report.note();
  bench.drops.count(0);
  bench.report.note();
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
  bench.drop(DROP_VLAN);
  bench.run(REPORT_DELAY_MS);
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
  assert.ok(bench.answer());
  bench.report.note();
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
});

Deno.test("DropReport sends one commit at a time, and seldom", () => {
  const times: number[] = [];
  const bench = new Bench();
  for (let i = 0; i < 100; i++) {
    bench.drop(DROP_VLAN);
    bench.run(500);
    if (bench.commits.length === times.length) continue;
    times.push(bench.host.now);
    assert.ok(bench.answer());
  }
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.deepEqual(gaps, gaps.map(() => REPORT_INTERVAL_MS));
  assert.equal(times[0], REPORT_DELAY_MS);
  assert.ok(times.length >= 4);
  bench.run(REPORT_INTERVAL_MS);
  bench.drop(DROP_VLAN);
  const { length } = bench.commits;
  bench.run(10 * REPORT_INTERVAL_MS);
  assert.equal(bench.commits.length, length, "the one before is not answered");
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
  assert.ok(bench.answer());
  bench.run(REPORT_DELAY_MS);
  assert.equal(bench.commits.length, length + 1);
});

Deno.test("DropReport gives up when priv refuses, with one line", () => {
  const bench = new Bench();
  bench.drop(DROP_VLAN);
  bench.run(REPORT_DELAY_MS);
  assert.ok(bench.answer("unknown key: /x\n"));
  assert.deepEqual(bench.host.lines, ["<4>priv takes no counters: unknown key: /x\\x0a"]);
  bench.drop(DROP_VLAN);
  bench.run(10 * REPORT_INTERVAL_MS);
  assert.equal(bench.commits.length, 1);
  assert.equal(bench.report.remainingMs(), LONGEST_WAIT_MS);
});

Deno.test("DropReport leaves other requests' answers alone", () => {
  const bench = new Bench();
  bench.kv.read("/mac", -1);
  assert.equal(bench.answer(), false);
  bench.kv.read("/mac", -1);
  assert.equal(bench.answer("denied"), false);
  assert.deepEqual(bench.host.lines, []);
});

Deno.test("DropReport waits when too many requests do, and tells everything later", () => {
  const bench = new Bench();
  for (let i = 0; i < KV_MAX_OUTSTANDING; i++) bench.kv.read("/mac", -1);
  bench.drop(DROP_VLAN);
  bench.run(REPORT_DELAY_MS);
  assert.equal(bench.host.messages.length, KV_MAX_OUTSTANDING);
  assert.equal(bench.answer(), false);
  bench.host.messages.length = 0;
  bench.run(REPORT_INTERVAL_MS);
  assert.deepEqual(bench.commits, [["/packets/dropped/ethernet-vlan=1"]]);
});

Deno.test("DropReport tells a great many counters in turn, each in a message that priv takes", () => {
  const bench = new Bench((reason) => reason === 0 ? "" : String(reason).padStart(64, "x"));
  const told = new Map<string, string>();
  for (let round = 0; round < 4; round++) {
    for (let reason = 1; reason < DROP_LIMIT; reason++) bench.drop(reason);
    bench.run(REPORT_INTERVAL_MS);
    assert.ok(bench.answer());
  }
  for (const commit of bench.commits) {
    assert.ok(commit.length <= MAX_REPORTED);
    for (const change of commit) told.set(...(change.split("=") as [string, string]));
  }
  assert.equal(told.size, DROP_LIMIT - 1);
});

Deno.test("DropReport has told each counter's value in the end, whatever came when", () => {
  const happening = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(15_000), fc.boolean());
  fc.assert(fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
    const bench = new Bench();
    const told = new Map<string, number>();
    let seen = 0;
    /** Answers what has come. */
    const answer = () => {
      if (bench.commits.length === seen) return;
      seen = bench.commits.length;
      assert.ok(bench.answer());
    };
    for (const [reason, ms, answers] of happenings) {
      bench.drop(reason);
      bench.run(ms);
      if (answers) answer();
    }
    for (let i = 0; i < 3; i++) {
      answer();
      bench.run(REPORT_INTERVAL_MS);
    }
    for (const change of bench.commits.flat()) {
      const [key, value] = change.split("=");
      assert.ok(Number(value) > (told.get(key) ?? 0), "it has changed");
      told.set(key, Number(value));
    }
    for (let reason = 1; reason < DROP_LIMIT; reason++) {
      const slug = dropSlug(reason);
      if (slug === "") continue;
      assert.equal(told.get(`/packets/dropped/${slug}`) ?? 0, bench.drops.get(reason));
    }
  }));
});
