import assert from "node:assert/strict";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { INFINITE_SECONDS } from "../schema/values.ts";
import { HostNameHandler } from "./handlers/host_name.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import { FakeKernel, leaseOf } from "./testing/fake_kernel.ts";
import { FakeLoop } from "./testing/fake_loop.ts";
import { collectLog } from "./testing/log_lines.ts";

/** A keeper with the world around it, and what it was told to tell. */
class World {
  readonly loop = new FakeLoop();
  readonly kernel = new FakeKernel();
  readonly told: string[] = [];
  readonly log = collectLog();
  readonly applied: string[] = [];
  readonly directory = Deno.makeTempDirSync();
  readonly keeper = new LeaseKeeper({
    handlers: new HandlerStatistics(),
    loop: this.loop,
    netlink: this.kernel,
    resolvConf: null,
    hostName: new HostNameHandler({
      mode: "never",
      record: `${this.directory}/hostname`,
      kernel: { get: () => "host", set: () => {} },
      info: () => {},
      warn: () => {},
    }),
    preference: { rank: 0, metric: 1007 },
    runDir: this.directory,
    onConfigured: () => void this.told.push("configured"),
    onApplied: (address, succeeded) => void this.applied.push(`${address} ${succeeded}`),
    onExpiry: () => void this.told.push("expiry"),
    onExpired: () => void this.told.push("expired"),
  }, this.kernel.link());

  /** Removes its files. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.told.splice(0);
  }
}

Deno.test("LeaseKeeper wakes the calf when its lease is over, and tells when that did not help", () => {
  using world = new World();
  world.keeper.set(leaseOf("192.0.2.7/24"));
  assert.deepEqual(world.news(), ["configured"]);
  world.loop.advance(119_999);
  assert.deepEqual(world.news(), []);
  world.loop.advance(1);
  assert.deepEqual(world.news(), ["expiry"]);
  world.loop.advance(1_000);
  assert.deepEqual(world.news(), ["expired"]);
  assert.equal(world.loop.waiting, 0);
});

Deno.test("LeaseKeeper gives the calf its grace after a sleep, however long that was", () => {
  using world = new World();
  world.keeper.set(leaseOf("192.0.2.7/24"));
  world.news();
  world.loop.advance(86_400_000);
  assert.deepEqual(world.news(), ["expiry"]);
  world.keeper.set(null); // the calf has woken up
  world.loop.advance(86_400_000);
  assert.deepEqual(world.news(), []);
  assert.deepEqual(world.kernel.entries, []);
});

Deno.test("LeaseKeeper begins the time anew with each renewal, and has none for ever", () => {
  using world = new World();
  world.keeper.set(leaseOf("192.0.2.7/24"));
  world.loop.advance(100_000);
  world.keeper.set(leaseOf("192.0.2.7/24"));
  world.loop.advance(100_000);
  assert.deepEqual(world.news(), ["configured", "configured"]);
  world.keeper.set(leaseOf("192.0.2.7/24", { leaseSeconds: INFINITE_SECONDS }));
  assert.equal(world.loop.waiting, 0);
});

Deno.test("LeaseKeeper tries again with growing pauses what the kernel refuses", () => {
  using world = new World();
  world.kernel.failing.add("putAddress");
  world.keeper.set(leaseOf("192.0.2.7/24", { leaseSeconds: INFINITE_SECONDS }));
  assert.equal(world.keeper.origin, null);
  assert.equal(world.keeper.bound, true);
  world.kernel.failing.clear();
  world.loop.advance(999);
  assert.deepEqual(world.news(), []);
  world.loop.advance(1);
  assert.deepEqual(world.news(), ["configured"]);
  assert.equal(world.keeper.origin, "dhcp");
  assert.equal(world.loop.waiting, 0);
});

Deno.test("LeaseKeeper.stop() forgets the timers and leaves what is configured", () => {
  using world = new World();
  world.keeper.set(leaseOf("192.0.2.7/24"));
  world.keeper.stop();
  assert.equal(world.loop.waiting, 0);
  assert.equal(world.kernel.entries.length, 1);
});

Deno.test("LeaseKeeper withdraws the routes while there is no carrier, and the address stays", () => {
  using world = new World();
  const lease = leaseOf("192.0.2.7/24", { gateway: "192.0.2.1" });
  world.keeper.set(lease);
  assert.deepEqual(world.kernel.table.map(({ destination }) => destination), ["0.0.0.0/0"]);
  world.keeper.setCarrier(false);
  assert.deepEqual(world.kernel.table, []);
  assert.equal(world.kernel.entries.length, 1);
  world.keeper.set(lease); // a renewal cannot come now, but what comes changes nothing
  assert.deepEqual(world.kernel.table, []);
  world.keeper.setCarrier(true);
  assert.deepEqual(world.kernel.table.map(({ destination }) => destination), ["0.0.0.0/0"]);
});

Deno.test("LeaseKeeper tells what the system has after each attempt", () => {
  using world = new World();
  world.keeper.set(leaseOf("192.0.2.7/24"));
  world.keeper.set(null);
  assert.deepEqual(world.applied, ["192.0.2.7/24 true", "null true"]);
});

Deno.test("LeaseKeeper counts the seconds that are left of a lease", () => {
  using world = new World();
  const left = () => world.keeper.secondsUntil((lease) => lease.leaseSeconds);
  assert.equal(left(), null);
  world.keeper.set(leaseOf("192.0.2.7/24"));
  assert.equal(left(), 120);
  world.loop.advance(50_400);
  assert.equal(left(), 70);
  assert.equal(world.keeper.secondsUntil(() => 60), 10);
  assert.equal(world.keeper.secondsUntil(() => 10), 0);
  assert.equal(world.keeper.secondsUntil(() => null), null);
  assert.equal(world.keeper.secondsUntil(() => INFINITE_SECONDS), null);
});

Deno.test("LeaseKeeper.end() takes everything back although a request is lost", () => {
  for (const lost of ["deleteRoute", "deleteAddress", "setLinkMtu"] as const) {
    using world = new World();
    const { kernel, keeper } = world;
    keeper.set(leaseOf("192.0.2.7/24", { gateway: "192.0.2.1", mtu: 1400 }));
    const request: (...args: never[]) => void = kernel[lost].bind(kernel);
    let failures = 1;
    Object.assign(kernel, {
      [lost]: (...args: never[]) => {
        if (failures-- > 0) throw new Error("lost");
        request(...args);
      },
    });
    keeper.end();
    assert.deepEqual([kernel.entries, kernel.table, kernel.mtu], [[], [], 1500], lost);
    assert.equal(world.loop.waiting, 0);
  }
});
