import assert from "node:assert/strict";
import { KvStore } from "../kv/store.ts";
import { CalfStatus } from "./calf_status.ts";
import { InterfaceStatus } from "./interface_status.ts";

class World {
  readonly store = new KvStore();
  readonly status = new InterfaceStatus(this.store);
  readonly #calf = { status: new CalfStatus(this.store), counters: null };

  /** Measures with the address in the kernel, without it, or with a kernel that does not say. */
  measure(present: "there" | "gone" | null, seconds: number | null = 60): void {
    const entry = {
      ...{ index: 7, address: "192.0.2.7", prefixLength: 24, broadcast: null },
      ...{ validSeconds: 60, preferredSeconds: 60, metric: 0 },
    };
    const addresses = present === null ? null : present === "there" ? [entry] : [];
    this.status.measure(addresses, { secondsUntil: () => seconds }, this.#calf);
  }

  get applied(): (string | null)[] {
    return [this.store.get("/applied/ip"), this.store.get("/applied/health")];
  }
}

Deno.test("InterfaceStatus says that an address is gone which somebody else has removed", () => {
  const world = new World();
  world.status.applied("192.0.2.7/24", true);
  world.measure("there");
  assert.deepEqual(world.applied, ["192.0.2.7/24", "ok"]);
  world.measure("gone");
  assert.deepEqual(world.applied, [null, "failing"]);
  world.measure("there");
  assert.deepEqual(world.applied, ["192.0.2.7/24", "ok"]);
});

Deno.test("InterfaceStatus goes by what it knows when the kernel does not say", () => {
  const world = new World();
  world.status.applied("192.0.2.7/24", false);
  world.measure(null);
  assert.deepEqual(world.applied, ["192.0.2.7/24", "failing"]);
  world.status.applied(null, true);
  world.measure("gone");
  assert.deepEqual(world.applied, [null, "ok"], "nothing is to be there");
});

Deno.test("InterfaceStatus tells the times that are left, and no change twice", () => {
  const world = new World();
  world.measure(null);
  assert.equal(world.store.get("/timer/expire"), "60");
  let told = 0;
  world.store.subscribe(() => told++);
  world.measure(null);
  assert.equal(told, 0);
  world.measure(null, null);
  assert.equal(world.store.get("/timer/expire"), null);
});
