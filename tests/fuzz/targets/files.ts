/**
 * What the daemon left on disk for its successor: the lease file, and the journal of what is its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Journal, OWNED_NOTHING } from "../../../priv/journal.ts";
import { LeaseFile } from "../../../priv/lease_file.ts";
import { INFINITE_SECONDS, Ipv4Address, Ipv4Cidr } from "../../../schema/values.ts";
import { scratchFile } from "../scratch.ts";
import { bytesOf, magnitude, type RunInput, type Target } from "../target.ts";

const MAC = "02:00:00:00:00:01";
const NOW = 1_700_000_000;
const INDEX = 2;

const encoder = new TextEncoder();

function leaseText(changes: Record<string, unknown>): Uint8Array {
  return encoder.encode(JSON.stringify({
    ...{ version: 1, origin: "dhcp", mac: MAC, address: "192.0.2.7/24", server: "192.0.2.1" },
    ...{ obtained: NOW - 60, expires: NOW + 3540 },
    ...changes,
  }));
}

function prepareLease(): RunInput {
  const path = scratchFile("lease");
  const file = new LeaseFile(path, () => NOW);
  return function* (input) {
    Deno.writeFileSync(path, input);
    const loaded = file.load(MAC);
    if (loaded.lease === null) {
      assert.ok(loaded.reason !== null, "a file is there");
      yield loaded.reason.replaceAll(/[0-9]+/g, "N");
      return;
    }
    const { address, server, secondsLeft } = loaded.lease;
    assert.ok(Ipv4Cidr.parse(Ipv4Cidr.format(address)).ok, "an address");
    assert.ok(server === null || Ipv4Address.parse(server).ok, "a server");
    const isTime = secondsLeft === null ||
      (Number.isSafeInteger(secondsLeft) && secondsLeft >= 1 && secondsLeft <= INFINITE_SECONDS);
    assert.ok(isTime, "a time");
    yield `lease ${server === null} ${secondsLeft === null ? "over" : magnitude(secondsLeft)}`;
    if (secondsLeft === null) return;
    file.save(MAC, loaded.lease);
    assert.deepEqual(file.load(MAC), loaded, "what was saved is what is loaded");
  };
}

/** See the module's description. */
export const LEASE: Target = {
  name: "lease",
  module: import.meta.url,
  what: "the lease file",
  weight: 0.5,
  maxLength: 1024,
  corpus: [
    leaseText({}),
    leaseText({ expires: null, server: null }),
    leaseText({ expires: NOW - 1 }),
    leaseText({ obtained: NOW + 1 }),
    leaseText({ mac: "02:00:00:00:00:02" }),
    leaseText({ version: 2 }),
    bytesOf("[]"),
    bytesOf("null"),
  ],
  dictionary: [
    ...['"server":', '"expires":', '"obtained":', '"address":', "null", "1e308", "-1", "{}"],
    ...["4294967295", "9007199254740993", "0.5", '"192.0.2.7/24"', "\\u0000", "/0", "/32"],
  ].map(bytesOf),
  prepare: prepareLease,
};

const ADDRESS = {
  ...{ index: INDEX, address: "192.0.2.7", prefixLength: 24, broadcast: "192.0.2.255" },
  ...{ validSeconds: 120, preferredSeconds: 120 },
};
const ROUTE = {
  ...{ index: INDEX, destination: "0.0.0.0/0", gateway: "192.0.2.1", source: null },
  ...{ metric: 1002, scope: "global", protocol: 16 },
};

function prepareJournal(): RunInput {
  const path = scratchFile("journal");
  return function* (input) {
    Deno.writeFileSync(path, input);
    const owned = new Journal(path, INDEX).load();
    yield owned === OWNED_NOTHING ? "nothing" : "something";
    checkOwned(owned);
    const { addresses, routes, mtu } = owned;
    yield `${magnitude(addresses.length)} ${magnitude(routes.length)} ${mtu === null}`;
  };
}

/** Everything that the handlers read of it without looking again is what its type says. */
function checkOwned({ addresses, routes, mtu }: ReturnType<Journal["load"]>): void {
  const types = (value: object, names: readonly string[]) =>
    names.map((name) => typeof (value as Record<string, unknown>)[name]).join();
  for (const entry of addresses) {
    const names = ["index", "address", "prefixLength", "validSeconds", "preferredSeconds"];
    assert.equal(types(entry, names), "number,string,number,number,number", "an address");
  }
  for (const route of routes) {
    const names = ["index", "destination", "metric", "scope", "protocol"];
    assert.equal(types(route, names), "number,string,number,string,number", "a route");
  }
  if (mtu === null) return;
  assert.equal(types(mtu, ["original", "applied"]), "number,number", "a change of the MTU");
}

/** See the module's description. */
export const JOURNAL: Target = {
  name: "journal",
  module: import.meta.url,
  what: "the journal of what is the daemon's own",
  weight: 0.5,
  maxLength: 1024,
  corpus: [
    { version: 1, index: INDEX, addresses: [ADDRESS], routes: [ROUTE, ROUTE], mtu: null },
    {
      ...{ version: 1, index: INDEX, addresses: [], routes: [] },
      mtu: { original: 1500, applied: 1400 },
    },
    { version: 1, index: INDEX + 1, addresses: [], routes: [], mtu: null },
  ].map((entry) => encoder.encode(JSON.stringify(entry))),
  dictionary: ["null", "{}", "[]", '"addresses":[', '"routes":[', '"mtu":', "0.5", "-1", "1e9"].map(
    bytesOf,
  ),
  prepare: prepareJournal,
};
