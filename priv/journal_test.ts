import assert from "node:assert/strict";
import { Journal, type Owned, OWNED_NOTHING } from "./journal.ts";

const OWNED: Owned = {
  addresses: [{
    index: 7,
    address: "192.0.2.7",
    prefixLength: 24,
    broadcast: "192.0.2.255",
    validSeconds: 120,
    preferredSeconds: 120,
  }],
  routes: [],
  mtu: { original: 1500, applied: 1400 },
};

function inDirectory(run: (path: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    run(`${directory}/eth0:owned`);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("Journal gives its successor what was saved, and nothing once there is nothing", () => {
  inDirectory((path) => {
    const journal = new Journal(path, 7);
    assert.deepEqual(journal.load(), OWNED_NOTHING);
    journal.save(OWNED);
    const { addresses, routes, mtu } = new Journal(path, 7).load();
    assert.deepEqual({ addresses, routes, mtu }, OWNED);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    journal.save(OWNED_NOTHING);
    assert.deepEqual(new Journal(path, 7).load(), OWNED_NOTHING);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  });
});

Deno.test("Journal of another interface of the same name means nothing", () => {
  inDirectory((path) => {
    new Journal(path, 7).save(OWNED);
    assert.deepEqual(new Journal(path, 8).load(), OWNED_NOTHING);
  });
});

Deno.test("Journal that cannot be understood means nothing", () => {
  for (
    const text of ["", "{", "null", "[]", '{"version":2,"index":7}', '{"version":1,"index":7}']
  ) {
    inDirectory((path) => {
      Deno.writeTextFileSync(path, text);
      assert.deepEqual(new Journal(path, 7).load(), OWNED_NOTHING);
    });
  }
});

Deno.test("Journal whose parts are not what they must be means nothing", () => {
  const [address] = OWNED.addresses;
  const parts: Record<string, unknown>[] = [
    { addresses: [null] },
    { addresses: [7] },
    { addresses: [{ ...address, address: 7 }] },
    { addresses: [{ ...address, prefixLength: "24" }] },
    { addresses: {} },
    { routes: [null] },
    { routes: [{}] },
    { mtu: undefined }, // no such member
    { mtu: { applied: 1400 } },
    { mtu: { original: "1500", applied: 1400 } },
    { mtu: 1500 },
  ];
  for (const part of parts) {
    inDirectory((path) => {
      const entry = { version: 1, index: 7, ...OWNED };
      Deno.writeTextFileSync(path, JSON.stringify(entry));
      assert.notDeepEqual(new Journal(path, 7).load(), OWNED_NOTHING);
      Deno.writeTextFileSync(path, JSON.stringify({ ...entry, ...part }));
      assert.deepEqual(new Journal(path, 7).load(), OWNED_NOTHING, JSON.stringify(part));
    });
  }
});

Deno.test("Journal as the fuzzer found it means nothing", () => {
  inDirectory((path) => {
    Deno.writeTextFileSync(path, '{"version":1,"index":2,"addresses":[],"routes":[],"":{"":1}}');
    assert.deepEqual(new Journal(path, 2).load(), OWNED_NOTHING);
  });
});
