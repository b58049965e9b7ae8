import assert from "node:assert/strict";
import { FOREVER, NetlinkError, NetlinkErrorCode } from "../ffi/netlink.ts";
import { Configurator, type TimedLease } from "./configurator.ts";
import { type Journal, type Owned, OWNED_NOTHING } from "./journal.ts";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { FakeKernel, leaseOf } from "./testing/fake_kernel.ts";

const METRIC = 1007;

/** A kernel one of whose answers is an error. */
class FaultyKernel extends FakeKernel {
  /** How many requests there were since this was set. */
  asked = 0;
  /** Which of them fails; 0 = none. */
  fails = 0;
  /** With what. */
  code = 0;
  /** It is done all the same: the answer was lost. */
  done = false;

  /** The kernel with faults in front of each of its methods. */
  faulty(): FakeKernel {
    return new Proxy(this, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const strikes = ++this.asked === this.fails;
          const result = strikes && !this.done ? null : Reflect.apply(value, target, args);
          if (strikes) throw new NetlinkError(String(name), this.code, "an error of the test");
          return result;
        };
      },
    });
  }

  /** All that a lease configures. */
  get state(): string {
    const addresses = this.entries.map(({ address, prefixLength }) => `${address}/${prefixLength}`);
    const routes = this.table.map(({ destination, gateway }) => `${destination} ${gateway}`).sort();
    return JSON.stringify({ mtu: this.mtu, addresses, routes });
  }
}

class MemoryJournal implements Pick<Journal, "load" | "save"> {
  owned: Owned = OWNED_NOTHING;

  load(): Owned {
    return this.owned;
  }

  save(owned: Owned): void {
    this.owned = owned;
  }
}

function configurator(netlink: FakeKernel, journal: MemoryJournal): Configurator {
  return new Configurator({
    ...{ netlink, index: netlink.link().index, metric: METRIC, now: () => 0 },
    ...{ handlers: new HandlerStatistics(), warn: () => {}, info: () => {} },
    journal: journal as unknown as Journal,
  });
}

function timed(cidr: string, changes: Record<string, unknown>): TimedLease {
  return { lease: leaseOf(cidr, changes), expiresMs: 120_000 };
}

const OLD = timed("192.0.2.7/24", {
  gateway: "192.0.2.1",
  mtu: 1400,
  routes: [{ destination: "198.51.100.0/24", nextHop: "192.0.2.3" }],
});
const NEW = timed("203.0.113.9/25", { gateway: "203.0.113.1", mtu: 1300 });

/** A request fails with any of these, and is not done; or it is done, and the answer lost. */
const FAILURES: readonly (readonly [keyof typeof NetlinkErrorCode, done: boolean])[] = [
  ...(["NOMEM", "AGAIN"] as const).map((error) => [error, true] as const),
  ...(["NOMEM", "AGAIN", "PERM", "NODEV", "INVAL", "EXIST", "OBJ_NOTFOUND", "NOADDR"] as const)
    .map((error) => [error, false] as const),
];

/** A route or an MTU that is refused so is done without. */
const DONE_WITHOUT: ReadonlySet<string> = new Set(["INVAL", "EXIST"]);

const CHANGES:
  readonly (readonly [name: string, from: TimedLease | null, to: TimedLease | null])[] = [
    ["a first lease", null, OLD],
    ["a renewal", OLD, OLD],
    ["another lease", OLD, NEW],
    ["the end of a lease", OLD, null],
  ];

/** The state after `leases`, without a fault. */
function stateAfter(...leases: (TimedLease | null)[]): string {
  const kernel = new FaultyKernel();
  const subject = configurator(kernel, new MemoryJournal());
  for (const lease of leases) subject.apply(lease);
  return kernel.state;
}

function hasFailed(apply: () => void): boolean {
  try {
    apply();
    return false;
  } catch {
    return true;
  }
}

for (const [name, from, to] of CHANGES) {
  for (const [error, done] of FAILURES) {
    const how = `${error}${done ? ", although it was done" : ""}`;
    Deno.test(`Configurator has the old or the new when any request of ${name} fails with ${how}`, () => {
      const [none, before, after] = [stateAfter(), stateAfter(from), stateAfter(from, to)];
      let fails = 0;
      for (;;) {
        const kernel = new FaultyKernel();
        const journal = new MemoryJournal();
        const subject = configurator(kernel.faulty(), journal);
        subject.apply(from);
        Object.assign(kernel, { asked: 0, fails: ++fails, done, code: NetlinkErrorCode[error] });
        const failed = hasFailed(() => subject.apply(to));
        if (kernel.asked < fails) break;
        kernel.fails = 0;
        const at = `request ${fails}, then ${kernel.state}`;
        // There is no way back from giving up: what could not be removed is tried again.
        if (failed && to !== null) assert.ok([none, before, after].includes(kernel.state), at);
        if (failed) subject.apply(to);
        if (failed || !DONE_WITHOUT.has(error)) assert.equal(kernel.state, after, at);
        if (hasFailed(() => subject.apply(null))) subject.apply(null);
        assert.equal(kernel.state, none, at);
        assert.deepEqual(journal.owned, OWNED_NOTHING, at);
      }
      assert.ok(fails > 3, "nothing was tried");
    });
  }
}

Deno.test("Configurator brings another's address back when any request fails while it removes ours", () => {
  const other = {
    ...{ index: 2, address: "192.0.2.200", prefixLength: 24, broadcast: null },
    ...{ validSeconds: FOREVER, preferredSeconds: FOREVER },
  };
  for (const done of [false, true]) {
    for (let fails = 1;; fails++) {
      const kernel = new FaultyKernel();
      const subject = configurator(kernel.faulty(), new MemoryJournal());
      subject.apply(OLD);
      kernel.putAddress(other);
      Object.assign(kernel, { asked: 0, fails, done, code: NetlinkErrorCode.NOMEM });
      const failed = hasFailed(() => subject.apply(null));
      if (kernel.asked < fails) break;
      kernel.fails = 0;
      if (failed) subject.apply(null);
      assert.deepEqual(kernel.entries.map(({ address }) => address), [other.address]);
    }
  }
});
