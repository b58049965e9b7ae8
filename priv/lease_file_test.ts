import assert from "node:assert/strict";
import { INFINITE_SECONDS } from "../schema/values.ts";
import { LeaseFile, type SavedLease } from "./lease_file.ts";
import { leaseOf } from "./testing/fake_kernel.ts";

const MAC = "02:00:00:00:00:01";
const { address } = leaseOf("192.0.2.7/24");
const { server } = leaseOf("192.0.2.7/24", { server: "192.0.2.1" });

/** A file with a wall clock that can be set. */
function inDirectory(run: (path: string, file: LeaseFile, clock: { now: number }) => void): void {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/eth0.lease`;
  const clock = { now: 1_700_000_000 };
  try {
    run(path, new LeaseFile(path, () => clock.now), clock);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function saved(secondsLeft: number | null): SavedLease {
  return { address, server, secondsLeft };
}

Deno.test("LeaseFile gives back what was saved, less the time that has passed", () => {
  inDirectory((path, file, clock) => {
    assert.deepEqual(file.load(MAC), { lease: null, reason: null });
    file.save(MAC, saved(3600));
    clock.now += 600;
    assert.deepEqual(file.load(MAC), { lease: saved(3000) });
    assert.deepEqual([...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].length, 1);
    file.remove();
    assert.deepEqual(file.load(MAC), { lease: null, reason: null });
    file.remove();
  });
});

for (
  const [what, given, passed, left] of [
    ["infinite", INFINITE_SECONDS, 1e9, INFINITE_SECONDS],
    ["in its last second", 3600, 3599, 1],
    ["over", 3600, 3600, null],
    ["long over", 3600, 1e9, null],
    ["from the future, the clock having been set back", 3600, -1, null],
    ["infinite and from the future", INFINITE_SECONDS, -1, INFINITE_SECONDS],
  ] as const
) {
  Deno.test(`LeaseFile keeps the address of a lease that is ${what}`, () => {
    inDirectory((_, file, clock) => {
      file.save(MAC, saved(given));
      clock.now += passed;
      assert.deepEqual(file.load(MAC), { lease: saved(left) });
    });
  });
}

Deno.test("LeaseFile saves a lease of an unnamed server", () => {
  inDirectory((_, file) => {
    file.save(MAC, { ...saved(3600), server: null });
    assert.deepEqual(file.load(MAC), { lease: { ...saved(3600), server: null } });
  });
});

const GOOD = {
  version: 1,
  origin: "dhcp",
  mac: MAC,
  address: "192.0.2.7/24",
  server: "192.0.2.1",
  obtained: 1_700_000_000,
  expires: 1_700_003_600,
};

Deno.test("LeaseFile reads the file as it is documented", () => {
  inDirectory((path, file) => {
    Deno.writeTextFileSync(path, JSON.stringify(GOOD));
    assert.deepEqual(file.load(MAC), { lease: saved(3600) });
  });
});

const BAD: readonly (readonly [text: string, reason: RegExp])[] = [
  ["", /not JSON/],
  ["{", /not JSON/],
  ["null", /not an object/],
  ["[]", /version/],
  [JSON.stringify({ ...GOOD, version: 2 }), /version/],
  [JSON.stringify({ ...GOOD, origin: "static" }), /origin/],
  [JSON.stringify({ ...GOOD, mac: "02:00:00:00:00:02" }), /another hardware address/],
  [JSON.stringify({ ...GOOD, mac: undefined }), /bad mac/],
  [JSON.stringify({ ...GOOD, address: "127.0.0.1/8" }), /bad address: a loopback/],
  [JSON.stringify({ ...GOOD, address: 7 }), /bad address/],
  [JSON.stringify({ ...GOOD, server: "192.0.2.1\nnameserver 1" }), /bad server/],
  [JSON.stringify({ ...GOOD, server: undefined }), /bad server/],
  [JSON.stringify({ ...GOOD, obtained: "1700000000" }), /bad obtained/],
  [JSON.stringify({ ...GOOD, obtained: -1 }), /bad obtained/],
  [JSON.stringify({ ...GOOD, expires: 1e300 }), /bad expires/],
  [JSON.stringify({ ...GOOD, expires: undefined }), /bad expires/],
];

for (const [text, expected] of BAD) {
  Deno.test(`LeaseFile has no lease when it holds ${JSON.stringify(text).slice(0, 150)}`, () => {
    inDirectory((path, file) => {
      Deno.writeTextFileSync(path, text);
      const loaded = file.load(MAC);
      assert.equal(loaded.lease, null);
      assert.match(("reason" in loaded ? loaded.reason : null) ?? "", expected);
    });
  });
}

Deno.test("LeaseFile has no lease, and a reason, when it cannot be read", () => {
  inDirectory((path, file) => {
    Deno.mkdirSync(path);
    const loaded = file.load(MAC);
    assert.match(("reason" in loaded ? loaded.reason : null) ?? "", /not a regular file/);
  });
});
