import assert from "node:assert/strict";
import fc from "fast-check";
import { Errno } from "../../ffi/errno.ts";
import { eventOf, FakeStore } from "../testing/audit_chain.ts";
import { FakeLoop } from "../testing/fake_loop.ts";
import { CALF_EVENTS_PER_SECOND, EVENT_BURST } from "./actor_limits.ts";
import { AuditLog, MAX_QUEUE, SUMMARY_MS } from "./audit_log.ts";
import type { AuditEvent } from "./event.ts";
import { parseLine } from "./line.ts";
import { bytesSource } from "./log_source.ts";
import { sha256 } from "./sha256.ts";
import { verifyAudit } from "./verify.ts";

const LINK_UP: AuditEvent = { actor: "priv", interface: "eth0", action: "link-up", result: "ok" };
const START = 1_700_000_000_000;

/** A log on a disk that a test can fill. */
class World {
  readonly loop = new FakeLoop();
  readonly warnings: string[] = [];
  store = new FakeStore();
  opened = 0;
  readonly log: AuditLog;

  constructor(maxBytes = 1_000_000) {
    this.log = AuditLog.open({
      file: "/state/audit.log",
      maxBytes,
      keep: 3,
      now: () => START + this.loop.now(),
      loop: this.loop,
      warn: (text) => this.warnings.push(text),
      openStore: () => {
        this.opened++;
        return this.store;
      },
    });
  }

  /** Records what priv has done so many times, and ends the turn. */
  turn(events = 1): void {
    for (let i = 0; i < events; i++) this.log.record(LINK_UP);
    this.log.flush();
  }

  /** What was written, in all files: actions, with what there is to say of them. */
  said(): string[] {
    return [...this.store.older, this.store.text].join("").trimEnd().split("\n").map((line) => {
      const read = parseLine(line);
      const detail = read?.detail === undefined ? "" : `: ${read.detail}`;
      return `${read?.action}${detail}`;
    });
  }

  /** Whether the chain is what the log says that it is. */
  check(): void {
    const { store } = this;
    const texts = [...store.older, store.text];
    const sources = texts.map((text, i) => bytesSource(`log${i}`, new TextEncoder().encode(text)));
    const { head, lines } = this.log.status;
    const found = verifyAudit(sources, head);
    assert.deepEqual(found.problems, []);
    assert.equal(found.head, head);
    assert.equal(found.lines, lines);
  }
}

Deno.test("AuditLog writes what a turn has recorded at its end, in one piece, as a chain", () => {
  const world = new World();
  assert.equal(world.log.status.head, null);
  world.log.record(eventOf(0));
  world.log.record(LINK_UP);
  assert.equal(world.store.writes, 0);
  world.log.flush();
  world.log.flush();
  assert.equal(world.store.writes, 1);
  assert.deepEqual(world.said(), ["write", "link-up"]);
  const [, second] = world.store.text.split("\n");
  assert.deepEqual(world.log.status, {
    file: "/state/audit.log",
    health: "ok",
    error: null,
    lines: 2,
    lost: 0,
    head: sha256(second),
  });
  world.check();
});

Deno.test("AuditLog gives each event the time at which it was recorded", () => {
  const world = new World();
  world.log.record(LINK_UP);
  world.loop.advance(2_500);
  world.turn();
  const times = world.store.text.trimEnd().split("\n").map((line) => parseLine(line)?.time);
  assert.deepEqual(times, ["2023-11-14T22:13:20.000Z", "2023-11-14T22:13:22.500Z"]);
});

Deno.test("AuditLog goes on with the chain in the next file when one is full", () => {
  const world = new World(1000);
  for (let i = 0; i < 20; i++) world.turn();
  world.turn(20);
  assert.ok(world.store.older.length > 5);
  for (const text of world.store.older.slice(1)) assert.match(text, /^[^\n]*"action":"rotated"/);
  for (const text of world.store.older) assert.ok(text.length >= 1000 && text.length < 1300);
  world.check();
});

Deno.test("AuditLog says that the disk is full, keeps what has room, and tells what was lost", () => {
  const world = new World();
  world.turn();
  world.store.room = 0;
  world.turn();
  const { health, error, lines, lost } = world.log.status;
  assert.deepEqual({ health, error, lines, lost }, {
    health: "failing",
    error: "Cannot write /state/audit.log: ENOSPC (28)",
    lines: 1,
    lost: 0,
  });
  world.turn(MAX_QUEUE + 9); // one waits already
  assert.equal(world.log.status.lost, 10);
  assert.deepEqual(world.warnings, ["audit log: Cannot write /state/audit.log: ENOSPC (28)"]);
  world.store.room = Infinity;
  world.loop.advance(60_000);
  assert.equal(world.log.status.health, "ok");
  assert.equal(world.log.status.error, null);
  assert.equal(world.said().length, 1 + MAX_QUEUE + 1);
  assert.equal(world.said().at(-1), "audit-resumed: 10 events lost");
  assert.equal(world.log.status.lost, 10);
  world.check();
  assert.deepEqual(world.warnings.slice(1), ["audit log: it can be written again"]);
});

Deno.test("AuditLog tries again by itself, from time to time, and not at each turn", () => {
  const world = new World();
  world.store.errno = Errno.EIO;
  for (let i = 0; i < 100; i++) world.turn();
  assert.equal(world.store.writes, 1);
  world.loop.advance(1_000);
  assert.equal(world.store.writes, 2);
  world.store.errno = null;
  world.loop.advance(2_000);
  assert.equal(world.log.status.lines, 101);
  assert.equal(world.loop.waiting, 0);
  world.check();
});

Deno.test("AuditLog leaves no half line on a disk that was full for a while", () => {
  fc.assert(fc.property(fc.array(fc.nat(2_000), { maxLength: 20 }), (rooms) => {
    const world = new World(3_000);
    for (const room of rooms) {
      world.store.room = room;
      world.turn(3);
      world.loop.advance(5_000);
      assert.match(world.store.text, /^$|\n$/);
      world.check();
    }
    world.store.room = Infinity;
    world.turn();
    world.loop.advance(60_000);
    assert.equal(world.log.status.health, "ok");
    assert.equal(world.said().filter((said) => said === "link-up").length, 3 * rooms.length + 1);
    world.check();
  }));
});

Deno.test("AuditLog opens the file anew when a half line cannot be cut off", () => {
  const world = new World();
  world.turn();
  world.store.room = 100;
  world.store.canCut = false;
  world.turn();
  assert.equal(world.store.closed, true);
  assert.equal(world.log.status.error, "Cannot truncate: EIO (5)");
  // What an opened file finds at its end is the file's matter.
  const last = new TextEncoder().encode(world.store.text.split("\n")[1]);
  const end = { seq: 1, last, isWhole: false, endsLine: false, isRotated: false };
  world.store = Object.assign(new FakeStore(), { text: world.store.text, end });
  world.loop.advance(1_000);
  assert.equal(world.opened, 2);
  const lines = world.store.text.split("\n");
  assert.equal(lines[1].length, 100);
  const found = verifyAudit([bytesSource("log", new TextEncoder().encode(world.store.text))]);
  assert.deepEqual(found.problems, []);
  assert.deepEqual(found.notes.map(({ line }) => line), [2]);
  const actions = lines.slice(2, 5).map((line) => parseLine(line)?.action);
  assert.deepEqual(actions, ["torn", "link-up", "audit-resumed"]);
});

Deno.test("AuditLog works without a file that can be opened, until it can", () => {
  const loop = new FakeLoop();
  const store = new FakeStore();
  let isOpen = false;
  const log = AuditLog.open({
    file: "/state/audit.log",
    maxBytes: 1000,
    keep: 1,
    now: () => START,
    loop,
    warn: () => {},
    openStore: () => {
      if (!isOpen) throw new Error("Cannot open\n: EROFS (30)");
      return store;
    },
  });
  log.record(LINK_UP);
  log.flush();
  const { file, health, error, head } = log.status;
  assert.deepEqual([file, health, error, head], [
    "/state/audit.log",
    "failing",
    "Cannot open\\x0a: EROFS (30)",
    null,
  ]);
  isOpen = true;
  loop.advance(1_000);
  assert.equal(log.status.health, "ok");
  assert.equal(log.status.lines, 2);
});

Deno.test("AuditLog leaves out what an actor does too much of, says how much, and spares the others", () => {
  const world = new World();
  for (let i = 0; i < EVENT_BURST + 100; i++) world.log.record(eventOf(1));
  world.log.record({ ...eventOf(2), interface: "eth1" });
  world.log.record({ ...eventOf(2), actor: "operator uid=0 pid=7" });
  world.turn(EVENT_BURST + 100); // priv's own are never left out
  assert.equal(world.log.status.lines, 2 * EVENT_BURST + 102);
  world.loop.advance(SUMMARY_MS);
  assert.equal(world.said().at(-1), "suppressed: 100 events of calf:dhcp4 left out");
  assert.equal(world.loop.waiting, 0);
  for (let i = 0; i < 1_000; i++) world.log.record(eventOf(1));
  world.log.close();
  const room = CALF_EVENTS_PER_SECOND * SUMMARY_MS / 1000;
  assert.equal(world.said().at(-1), `suppressed: ${1_000 - room} events of calf:dhcp4 left out`);
  world.check();
});

Deno.test("AuditLog limits a user who operates, however many processes he has", () => {
  const world = new World();
  for (let i = 0; i < EVENT_BURST + 5; i++) {
    world.log.record({ ...eventOf(1), actor: `operator uid=0 pid=${i}` });
  }
  world.log.close();
  assert.equal(world.said().at(-1), "suppressed: 5 events of operator uid=0 left out");
});

Deno.test("AuditLog keeps room for what was done, however much was refused, and for another user", () => {
  const world = new World();
  const denied = { ...eventOf(1), actor: "operator uid=7 pid=1", result: "denied" } as const;
  for (let i = 0; i < EVENT_BURST + 5; i++) world.log.record(denied);
  world.log.record({ ...denied, result: "ok", action: "write" });
  world.log.record({ ...denied, actor: "operator uid=8 pid=1", action: "delete" });
  world.log.close();
  assert.deepEqual(world.said().slice(-3), [
    "write",
    "delete",
    "suppressed: 5 events of operator uid=7 left out",
  ]);
});

Deno.test("AuditLog writes what waits when it is closed, even if it could not just before", () => {
  const world = new World();
  world.store.room = 0;
  world.turn();
  world.store.room = Infinity;
  world.log.close();
  assert.deepEqual(world.said(), ["link-up", "audit-resumed: 0 events lost"]);
  assert.equal(world.store.closed, true);
  assert.equal(world.loop.waiting, 0);
});
