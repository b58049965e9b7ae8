import assert from "node:assert/strict";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { Configurator } from "./configurator.ts";
import { Journal, type Owned, OWNED_NOTHING } from "./journal.ts";
import { FakeKernel, INDEX, leaseOf } from "./testing/fake_kernel.ts";

/** Says when it is written. */
class ToldJournal extends Journal {
  readonly #calls: string[];
  owned: Owned = OWNED_NOTHING;

  constructor(calls: string[]) {
    super("/nonexistent", INDEX);
    this.#calls = calls;
  }

  override save(owned: Owned): void {
    this.#calls.push("save");
    this.owned = owned;
  }
}

function subject(kernel: FakeKernel): { configurator: Configurator; journal: ToldJournal } {
  const journal = new ToldJournal(kernel.calls);
  const configurator = new Configurator({
    handlers: new HandlerStatistics(),
    netlink: kernel,
    index: INDEX,
    metric: 1007,
    journal,
    now: () => 0,
    warn: assert.fail,
    info: () => {},
  });
  return { configurator, journal };
}

const LEASE = { gateway: "192.0.2.1", mtu: 1400, broadcast: "192.0.2.255" };

Deno.test("Configurator renews an address by one request, ahead of everything else", () => {
  const kernel = new FakeKernel();
  const { configurator, journal } = subject(kernel);
  configurator.apply({ lease: leaseOf("192.0.2.7/24", LEASE), expiresMs: 120_000 });
  kernel.calls.length = 0;
  kernel.addresses = () => assert.fail("the addresses are no matter");
  const renewed = leaseOf("192.0.2.7/24", { ...LEASE, mtu: null });
  configurator.apply({ lease: renewed, expiresMs: 240_000 });
  assert.deepEqual(kernel.calls, ["putAddress", "save", "setLinkMtu", "save"]);
  assert.equal(kernel.entries[0].validSeconds, 240);
  assert.equal(journal.owned.addresses[0].validSeconds, 240);
});

Deno.test("Configurator writes a new address down before it asks for it", () => {
  const kernel = new FakeKernel();
  const { configurator } = subject(kernel);
  configurator.apply({ lease: leaseOf("192.0.2.7/24"), expiresMs: 120_000 });
  configurator.apply({ lease: leaseOf("192.0.2.8/24"), expiresMs: 120_000 });
  const first = ["save", "putAddress", "save"];
  assert.deepEqual(kernel.calls, [...first, "save", "deleteAddress", "putAddress", "save"]);
});
