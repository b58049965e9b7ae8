import assert from "node:assert/strict";
import { FOREVER } from "../ffi/netlink.ts";
import { Configurator, secondsLeft, type TimedLease } from "./configurator.ts";
import { FakeKernel, INDEX, leaseOf } from "./testing/fake_kernel.ts";

const SMALL = timed("192.0.2.7/24", { gateway: "192.0.2.1", mtu: 1400, broadcast: "192.0.2.255" });

function timed(cidr: string, changes = {}, expiresMs: number | null = 120_000): TimedLease {
  return { lease: leaseOf(cidr, changes), expiresMs };
}

function configurator(kernel: FakeKernel): Configurator {
  return new Configurator(kernel, INDEX, () => 0);
}

Deno.test("Configurator sets address, MTU and default route when a lease comes", () => {
  const kernel = new FakeKernel();
  configurator(kernel).apply(SMALL);
  assert.equal(kernel.mtu, 1400);
  assert.deepEqual(kernel.entries, [{
    index: INDEX,
    address: "192.0.2.7",
    prefixLength: 24,
    broadcast: "192.0.2.255",
    validSeconds: 120,
    preferredSeconds: 120,
  }]);
  assert.deepEqual(kernel.table, [{
    index: INDEX,
    destination: "0.0.0.0/0",
    gateway: "192.0.2.1",
    source: "192.0.2.7",
    metric: 1000 + INDEX,
    scope: "global",
    protocol: 16,
  }]);
});

Deno.test("Configurator routes to a router outside the subnet first", () => {
  const kernel = new FakeKernel();
  configurator(kernel).apply(timed("192.0.2.7/32", { gateway: "198.51.100.1" }));
  assert.deepEqual(
    kernel.table.map(({ destination, gateway, scope }) => [destination, gateway, scope]),
    [
      ["198.51.100.1/32", null, "link"],
      ["0.0.0.0/0", "198.51.100.1", "global"],
    ],
  );
});

Deno.test("Configurator gives everything back when the lease ends, and nothing of anybody else's", () => {
  const kernel = new FakeKernel();
  const foreignAddress = {
    index: INDEX,
    address: "203.0.113.9",
    prefixLength: 24,
    broadcast: null,
    validSeconds: FOREVER,
    preferredSeconds: FOREVER,
  };
  const foreignRoute = {
    index: INDEX,
    destination: "198.51.100.0/24",
    gateway: "203.0.113.1",
    source: null,
    metric: 0,
    scope: "global" as const,
    protocol: 4,
  };
  kernel.entries.push(foreignAddress);
  kernel.table.push(foreignRoute);
  const subject = configurator(kernel);
  subject.apply(SMALL);
  subject.apply(null);
  assert.deepEqual(kernel.entries, [foreignAddress]);
  assert.deepEqual(kernel.table, [foreignRoute]);
  assert.equal(kernel.mtu, 1500);
});

Deno.test("Configurator leaves an administrator's permanent address in place", () => {
  const kernel = new FakeKernel();
  const permanent = {
    index: INDEX,
    address: "192.0.2.7",
    prefixLength: 24,
    broadcast: null,
    validSeconds: FOREVER,
    preferredSeconds: FOREVER,
  };
  kernel.entries.push(permanent);
  const subject = configurator(kernel);
  subject.apply(SMALL);
  subject.apply(null);
  assert.deepEqual(kernel.entries, [permanent]);
});

Deno.test("Configurator brings back an address of somebody else's that was secondary to ours", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  const theirs = {
    index: INDEX,
    address: "192.0.2.200",
    prefixLength: 24,
    broadcast: null,
    validSeconds: FOREVER,
    preferredSeconds: FOREVER,
  };
  kernel.entries.push(theirs);
  subject.apply(null);
  assert.deepEqual(kernel.entries, [theirs]);
});

Deno.test("Configurator sets a new broadcast address, which the kernel would not replace", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  subject.apply(timed("192.0.2.7/24", { gateway: "192.0.2.1", broadcast: "192.0.2.127" }));
  assert(kernel.calls.includes("deleteAddress"));
  assert.equal(kernel.entries[0].broadcast, "192.0.2.127");
});

Deno.test("Configurator leaves an MTU alone that somebody else has set since", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  kernel.mtu = 9000;
  subject.apply(null);
  assert.equal(kernel.mtu, 9000);
});

Deno.test("Configurator renews only the lifetimes when the same lease comes again", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  kernel.calls.length = 0;
  subject.apply({ ...SMALL, expiresMs: 240_000 });
  assert.deepEqual(kernel.calls, ["putAddress"]);
  assert.equal(kernel.entries[0].validSeconds, 240);
});

Deno.test("Configurator replaces address and route when another lease comes", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  subject.apply(timed("198.51.100.7/24", { gateway: "198.51.100.1" }));
  assert.deepEqual(kernel.entries.map(({ address }) => address), ["198.51.100.7"]);
  assert.deepEqual(kernel.table.map(({ gateway }) => gateway), ["198.51.100.1"]);
  assert.equal(kernel.mtu, 1500);
});

Deno.test("Configurator puts back a route that the kernel has dropped", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  kernel.table = [];
  subject.apply(SMALL);
  assert.equal(kernel.table.length, 1);
});

for (const failing of ["setLinkMtu", "putAddress", "addRoute"]) {
  Deno.test(`Configurator leaves nothing half done when ${failing} fails for a first lease`, () => {
    const kernel = new FakeKernel();
    kernel.failing.add(failing);
    const subject = configurator(kernel);
    assert.throws(() => subject.apply(SMALL), new RegExp(`${failing} failed`));
    assert.deepEqual([kernel.entries, kernel.table, kernel.mtu], [[], [], 1500]);
    assert.equal(subject.applied, null);
  });
}

Deno.test("Configurator goes back to the old lease when the new one is refused", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  const add = kernel.addRoute.bind(kernel);
  kernel.addRoute = (entry) => {
    if (entry.gateway === "198.51.100.1") throw new Error("refused");
    add(entry);
  };
  assert.throws(
    () => subject.apply(timed("198.51.100.7/24", { gateway: "198.51.100.1" })),
    /refused/,
  );
  assert.deepEqual(kernel.entries.map(({ address }) => address), ["192.0.2.7"]);
  assert.deepEqual(kernel.table.map(({ gateway }) => gateway), ["192.0.2.1"]);
  assert.equal(kernel.mtu, 1400);
  assert.equal(subject.applied, SMALL);
});

Deno.test("secondsLeft() is at least a second, at most the kernel's largest, and for ever when infinite", () => {
  const lease = leaseOf("192.0.2.7/24");
  assert.equal(secondsLeft({ lease, expiresMs: 0 }, 5_000), 1);
  assert.equal(secondsLeft({ lease, expiresMs: 1_001 }, 0), 2);
  assert.equal(secondsLeft({ lease, expiresMs: null }, 0), FOREVER);
  assert.equal(secondsLeft({ lease, expiresMs: 0xffffffff * 1000 }, 0), FOREVER - 1);
});
