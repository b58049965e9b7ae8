import assert from "node:assert/strict";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { FOREVER } from "../ffi/netlink.ts";
import { Configurator, secondsLeft, type TimedLease } from "./configurator.ts";
import { Journal, type Owned, OWNED_NOTHING } from "./journal.ts";
import { FakeKernel, INDEX, leaseOf } from "./testing/fake_kernel.ts";

const SMALL = timed("192.0.2.7/24", { gateway: "192.0.2.1", mtu: 1400, broadcast: "192.0.2.255" });

function timed(cidr: string, changes = {}, expiresMs: number | null = 120_000): TimedLease {
  return { lease: leaseOf(cidr, changes), expiresMs };
}

/** A journal in memory: what a process leaves behind when it is killed. */
class MemoryJournal extends Journal {
  owned: Owned = OWNED_NOTHING;

  constructor() {
    super("/nonexistent", INDEX);
  }

  override load(): Owned {
    return this.owned;
  }

  override save(owned: Owned): void {
    this.owned = structuredClone(owned);
  }
}

function configurator(
  kernel: FakeKernel,
  journal: Journal = new MemoryJournal(),
  warnings: string[] = [],
  info: string[] = [],
): Configurator {
  const warn = (text: string): void => {
    warnings.push(text);
  };
  return new Configurator({
    handlers: new HandlerStatistics(),
    netlink: kernel,
    index: INDEX,
    metric: 1007,
    journal,
    now: () => 0,
    warn,
    info: (text) => info.push(text),
  });
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
    metric: 1007,
  }]);
  assert.deepEqual(kernel.table, [{
    index: INDEX,
    destination: "0.0.0.0/0",
    gateway: "192.0.2.1",
    source: "192.0.2.7",
    metric: 1007,
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

for (
  const [option28, used] of [
    ["10.9.9.2", "192.0.2.255"],
    ["255.255.255.255", "192.0.2.255"],
    ["192.0.2.7", "192.0.2.255"],
    ["192.0.2.127", "192.0.2.127"],
    ["192.0.2.0", "192.0.2.0"],
  ]
) {
  Deno.test(`Configurator broadcasts to ${used} when the server says ${option28}`, () => {
    const kernel = new FakeKernel();
    configurator(kernel).apply(timed("192.0.2.7/24", { broadcast: option28 }));
    assert.equal(kernel.entries[0].broadcast, used);
  });
}

Deno.test("Configurator sets no broadcast address where the subnet has none", () => {
  const kernel = new FakeKernel();
  configurator(kernel).apply(timed("192.0.2.7/31", { broadcast: "192.0.2.6" }));
  assert.equal(kernel.entries[0].broadcast, null);
});

Deno.test("Configurator changes the broadcast address, which the kernel alone does not", () => {
  const kernel = new FakeKernel();
  const subject = configurator(kernel);
  subject.apply(SMALL);
  subject.apply(timed("192.0.2.7/24", { gateway: "192.0.2.1", broadcast: "192.0.2.0" }));
  assert.deepEqual(kernel.entries.map(({ broadcast }) => broadcast), ["192.0.2.0"]);
  assert.equal(kernel.table.length, 1, "the route that went with the address is back");
});

Deno.test("Configurator gives a link-local address the link's scope, and no route", () => {
  const kernel = new FakeKernel();
  const lease = { origin: "ipv4ll", gateway: "169.254.0.1" };
  configurator(kernel).apply(timed("169.254.7.7/16", lease, null));
  assert.equal(kernel.entries[0].scope, "link");
  assert.equal(kernel.entries[0].validSeconds, FOREVER);
  assert.deepEqual(kernel.table, []);
});

Deno.test("Configurator says of each route that it comes or goes, once", () => {
  const info: string[] = [];
  const subject = configurator(new FakeKernel(), new MemoryJournal(), [], info);
  const routes = [
    { destination: "10.0.0.0/8", nextHop: "192.0.2.9" },
    { destination: "198.51.100.0/24", nextHop: null },
  ];
  subject.apply(timed("192.0.2.7/24", { gateway: "192.0.2.1", routes }));
  subject.apply(timed("192.0.2.7/24", { gateway: "192.0.2.1", routes: routes.slice(1) }));
  subject.apply(null);
  assert.deepEqual(info, [
    "route added: 0.0.0.0/0 via 192.0.2.1",
    "route added: 10.0.0.0/8 via 192.0.2.9",
    "route added: 198.51.100.0/24 on the link",
    "route removed: 10.0.0.0/8 via 192.0.2.9",
    "route removed: 198.51.100.0/24 on the link",
    "route removed: 0.0.0.0/0 via 192.0.2.1",
  ]);
});

Deno.test("Configurator does without a route for which somebody else has left no room", () => {
  const kernel = new FakeKernel();
  const theirs = {
    index: INDEX,
    destination: "0.0.0.0/0",
    gateway: "192.0.2.77",
    source: null,
    metric: 1007,
    scope: "global" as const,
    protocol: 3,
  };
  kernel.table.push(theirs);
  const warnings: string[] = [];
  const subject = configurator(kernel, new MemoryJournal(), warnings);
  subject.apply(SMALL);
  assert.equal(kernel.entries.length, 1);
  assert.match(warnings.join(), /0\.0\.0\.0\/0 left out: metric 1007 is taken/);
  subject.apply(null);
  assert.deepEqual(kernel.table, [theirs]);
});

for (const [mtu, reason] of [[1279, /no IPv6/], [9001, /invalid argument/]] as const) {
  Deno.test(`Configurator does without an MTU of ${mtu}`, () => {
    const kernel = new FakeKernel();
    const warnings: string[] = [];
    const subject = configurator(kernel, new MemoryJournal(), warnings);
    subject.apply(timed("192.0.2.7/24", { mtu }));
    assert.equal(kernel.mtu, 1500);
    assert.equal(kernel.entries.length, 1);
    assert.match(warnings.join(), reason);
    subject.apply(null);
    assert.equal(kernel.mtu, 1500);
  });
}

for (const next of [SMALL, timed("192.0.2.9/24", { gateway: "192.0.2.1" }), null]) {
  const what = next === null ? "nothing" : next.lease.address.address;
  Deno.test(`Configurator goes on from a killed predecessor's 192.0.2.7 to ${what}`, () => {
    const kernel = new FakeKernel();
    const journal = new MemoryJournal();
    configurator(kernel, journal).apply(SMALL);
    const subject = configurator(kernel, journal);
    subject.apply(next);
    assert.deepEqual(
      kernel.entries.map(({ address }) => address),
      next === null ? [] : [next.lease.address.address],
    );
    assert.deepEqual(
      kernel.table.map(({ source }) => source),
      next === null ? [] : [next.lease.address.address],
    );
    assert.equal(kernel.mtu, next === SMALL ? 1400 : 1500);
    subject.apply(null);
    assert.deepEqual([kernel.entries, kernel.table, kernel.mtu], [[], [], 1500]);
    assert.deepEqual(journal.owned, OWNED_NOTHING);
  });
}

Deno.test("Configurator cleans up after a predecessor that was killed at any step", () => {
  for (let step = 1; step <= 3; step++) {
    const kernel = new FakeKernel();
    const journal = new MemoryJournal();
    let calls = 0;
    const dying = new Proxy(kernel, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const result = Reflect.apply(value, target, args);
          if (/^(set|put|add)/.test(String(name)) && ++calls === step) throw new Error("killed");
          if (calls >= step && /^(delete|set|put|add)/.test(String(name))) throw new Error("dead");
          return result;
        };
      },
    });
    const save = journal.save.bind(journal);
    journal.save = (owned) => {
      if (calls < step) save(owned);
    };
    assert.throws(() => configurator(dying, journal).apply(SMALL), /killed/);
    journal.save = save;
    configurator(kernel, journal).apply(null);
    assert.deepEqual([kernel.entries, kernel.table, kernel.mtu], [[], [], 1500], `step ${step}`);
  }
});

Deno.test("Configurator configures although nothing can be written down", () => {
  const kernel = new FakeKernel();
  const journal = new MemoryJournal();
  journal.save = () => {
    throw new Error("no space left");
  };
  const warnings: string[] = [];
  configurator(kernel, journal, warnings).apply(SMALL);
  assert.equal(kernel.entries.length, 1);
  assert.match(warnings.join(), /cannot be written down: no space left/);
});

Deno.test("Configurator forgets what is not there any more", () => {
  const kernel = new FakeKernel();
  const journal = new MemoryJournal();
  configurator(kernel, journal).apply(SMALL);
  kernel.entries = [];
  kernel.table = [];
  kernel.mtu = 1500;
  const subject = configurator(kernel, journal);
  subject.apply(null);
  assert.deepEqual(kernel.calls.filter((name) => name.startsWith("delete")), []);
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
