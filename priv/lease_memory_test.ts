import assert from "node:assert/strict";
import { INFINITE_SECONDS } from "../schema/values.ts";
import { KvStore } from "./kv/store.ts";
import type { LoadedLease, SavedLease } from "./lease_file.ts";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { LeaseMemory } from "./lease_memory.ts";
import { leaseOf } from "./testing/fake_kernel.ts";

const MAC = "02:00:00:00:00:01";
const LEASE = leaseOf("192.0.2.7/24", { server: "192.0.2.1", leaseSeconds: 100 });
const SAVED: SavedLease = { address: LEASE.address, server: LEASE.server, secondsLeft: 60 };

/** A disk with one file, which may be full. */
class FakeFile {
  readonly path = "/state/eth0.lease";
  content: LoadedLease = { lease: null, reason: null };
  mac = MAC;
  full = false;

  load(mac: string): LoadedLease {
    return mac === this.mac ? this.content : { lease: null, reason: "of another hardware address" };
  }

  save(mac: string, lease: SavedLease): void {
    this.#write();
    this.mac = mac;
    this.content = { lease };
  }

  remove(): void {
    this.#write();
    this.content = { lease: null, reason: null };
  }

  #write(): void {
    if (this.full) throw new Error("No space left on device (os error 28)");
  }
}

class World {
  readonly file = new FakeFile();
  readonly warnings: string[] = [];
  nowMs = 1_000_000;

  memory(withFile = true): LeaseMemory {
    return new LeaseMemory({
      file: withFile ? this.file : null,
      handlers: new HandlerStatistics(),
      now: () => this.nowMs,
      warn: (text) => this.warnings.push(text),
    }, MAC);
  }
}

/** What a calf that is started now would read. */
function shown(memory: LeaseMemory): Record<string, string | null> {
  const keys = memory.keys();
  const store = new KvStore();
  assert.equal(store.commit("priv", keys), null, "the store takes them");
  return Object.fromEntries([...store.snapshot()].map(([path, text]) => [path.slice(7), text]));
}

const WHOLE = { ip: "192.0.2.7/24", server: "192.0.2.1" };

Deno.test("LeaseMemory shows what is on disk, less the time since the start", () => {
  const world = new World();
  world.file.content = { lease: SAVED };
  const memory = world.memory();
  assert.deepEqual(shown(memory), { ...WHOLE, time: "60" });
  world.nowMs += 59_000;
  assert.deepEqual(shown(memory), { ...WHOLE, time: "1" });
  world.nowMs += 1_000;
  assert.deepEqual(shown(memory), WHOLE, "over, but worth being asked for");
});

Deno.test("LeaseMemory shows nothing when there is nothing, and says why when that is odd", () => {
  const world = new World();
  assert.deepEqual(shown(world.memory()), {});
  assert.deepEqual(world.warnings, []);
  world.file.content = { lease: null, reason: "not JSON" };
  assert.deepEqual(shown(world.memory()), {});
  assert.deepEqual(world.warnings, ["/state/eth0.lease ignored: not JSON"]);
});

Deno.test("LeaseMemory keeps each new and each renewed lease, for disk and for the next calf", () => {
  const world = new World();
  const memory = world.memory();
  memory.take(LEASE, "calf");
  const { address, server } = LEASE;
  assert.deepEqual(world.file.content, { lease: { address, server, secondsLeft: 100 } });
  world.nowMs += 50_500;
  assert.deepEqual(shown(memory), { ...WHOLE, time: "49" });
  memory.take(LEASE, "calf");
  assert.deepEqual(shown(memory), { ...WHOLE, time: "100" });
  memory.take(leaseOf("192.0.2.8/24", { leaseSeconds: INFINITE_SECONDS }), "calf");
  world.nowMs += 1e12;
  assert.deepEqual(shown(memory), { ip: "192.0.2.8/24", time: "infinite" });
});

Deno.test("LeaseMemory forgets a lease that the calf gives up before its time", () => {
  for (const next of [null, leaseOf("169.254.1.2/16", { origin: "ipv4ll" })]) {
    const world = new World();
    const memory = world.memory();
    memory.take(LEASE, "calf");
    world.nowMs += 94_000;
    memory.take(next, "calf");
    assert.deepEqual(shown(memory), {});
    assert.deepEqual(world.file.content, { lease: null, reason: null });
  }
});

Deno.test("LeaseMemory remembers a lease that expires, or that priv takes away", () => {
  for (const [passed, by] of [[95_000, "calf"], [101_000, "calf"], [10_000, "priv"]] as const) {
    const world = new World();
    const memory = world.memory();
    memory.take(LEASE, "calf");
    world.nowMs += passed;
    memory.take(null, by);
    assert.equal(shown(memory).ip, "192.0.2.7/24");
    assert.notEqual(world.file.content.lease, null);
  }
});

Deno.test("LeaseMemory does not forget what was never in use", () => {
  const world = new World();
  world.file.content = { lease: SAVED };
  const memory = world.memory();
  memory.take(null, "calf");
  memory.take(leaseOf("169.254.1.2/16", { origin: "ipv4ll" }), "calf");
  assert.equal(shown(memory).ip, "192.0.2.7/24");
  assert.deepEqual(world.file.content, { lease: SAVED });
});

Deno.test("LeaseMemory keeps nothing that is not from a server", () => {
  for (const origin of ["ipv4ll", "static", "inform"]) {
    const world = new World();
    const memory = world.memory();
    memory.take(leaseOf("192.0.2.9/24", { origin }), "calf");
    assert.deepEqual(shown(memory), {});
    assert.deepEqual(world.file.content, { lease: null, reason: null });
  }
});

Deno.test("LeaseMemory goes on in memory when the disk is full", () => {
  const world = new World();
  world.file.full = true;
  const memory = world.memory();
  memory.take(LEASE, "calf");
  assert.equal(shown(memory).ip, "192.0.2.7/24");
  assert.match(world.warnings.join(), /cannot be saved on disk: No space left/);
  memory.take(null, "calf");
  assert.deepEqual(shown(memory), {});
  assert.match(world.warnings.join(), /cannot be removed on disk/);
});

Deno.test("LeaseMemory of a changed hardware address does not know the old one's lease", () => {
  const world = new World();
  const memory = world.memory();
  memory.take(LEASE, "calf");
  memory.recall("02:00:00:00:00:02");
  assert.deepEqual(shown(memory), {});
  memory.recall(MAC);
  assert.equal(shown(memory).ip, "192.0.2.7/24");
});

Deno.test("LeaseMemory without a file serves the calves of one daemon", () => {
  const world = new World();
  world.file.content = { lease: SAVED };
  const memory = world.memory(false);
  assert.deepEqual(shown(memory), {});
  memory.take(LEASE, "calf");
  assert.equal(shown(memory).time, "100");
  assert.deepEqual(world.file.content, { lease: SAVED });
});
