import assert from "node:assert/strict";
import fc from "fast-check";
import { KEYS, rightOf, type Role } from "../../schema/keys.ts";
import { Ipv4Cidr, Mtu } from "../../schema/values.ts";
import type { KvWrite } from "./codec.ts";
import { type Actor, type KvChange, KvStore } from "./store.ts";

const CALF: Role = "calf:dhcp4";
const LEASE: KvWrite[] = [
  { path: "/", text: null },
  { path: "/state", text: "BOUND" },
  { path: "/ip", text: "192.0.2.7/24" },
  { path: "/gateway", text: "192.0.2.1" },
  { path: "/nameserver/002", text: "192.0.2.54" },
  { path: "/nameserver/001", text: "192.0.2.53" },
  { path: "/lease/time", text: "3600" },
];

function withLease(): KvStore {
  const store = new KvStore();
  store.set("/mac", "02:00:00:00:00:01");
  store.set("/link", "up");
  assert.equal(store.commit(CALF, LEASE), null);
  return store;
}

/** The first text that a key's type has as an example. */
function exampleOf(path: string): string {
  return KEYS.get(path)?.type.examples[0] ?? "";
}

/** What else must be set for a key to be: all that it requires, and what that requires. */
function needsOf(path: string): KvWrite[] {
  const paths = new Set<string>([path]);
  for (const each of paths) {
    const required = KEYS.get(each)?.requires;
    if (required !== undefined) paths.add(required);
  }
  paths.delete(path);
  return [...paths].map((each) => ({ path: each, text: exampleOf(each) }));
}

/** A commit that fails with this message and leaves everything as it was, unheard. */
function refused(
  store: KvStore,
  writes: KvWrite[],
  message: string | RegExp,
  by: Actor = CALF,
): void {
  const before = store.snapshot();
  let heard = 0;
  const listener = () => heard++;
  store.subscribe(listener);
  const refusal = store.commit(by, writes);
  store.unsubscribe(listener);
  assert.ok(refusal !== null, "must be refused");
  if (typeof message === "string") assert.equal(refusal.message, message);
  else assert.match(refusal.message, message);
  assert.deepEqual(store.snapshot(), before);
  assert.equal(heard, 0);
}

for (const key of KEYS.values()) {
  const { path } = key;
  const good = exampleOf(path);
  const needs = needsOf(path);

  if (rightOf(CALF, key) === "w") {
    Deno.test(`KvStore lets the calf write ${path}: allowed`, () => {
      const store = new KvStore();
      assert.equal(store.commit(CALF, [...needs, { path, text: good }]), null);
      assert.equal(store.get(path), good);
      assert.equal(store.commit(CALF, [{ path: "/", text: null }, { path, text: null }]), null);
      assert.equal(store.get(path), null);
    });

    Deno.test(`KvStore keeps the calf from reading ${path}: disallowed`, () => {
      const store = new KvStore();
      store.commit(CALF, [...needs, { path, text: good }]);
      assert.deepEqual(store.read(CALF, path), {
        code: "denied",
        path,
        message: `denied: ${path} is write-only`,
      });
      assert.equal(store.checkReadable(CALF, path)?.code, "denied");
    });

    Deno.test(`KvStore refuses a bad value for ${path}`, () => {
      for (const text of ["", `${good}\n`, `${good}\0`, "\n", "x;y", "a".repeat(600)]) {
        refused(new KvStore(), [...needs, { path, text }], /^bad value for [a-z0-9/-]+: [ -~]+$/);
      }
    });
  } else if (rightOf(CALF, key) === null) {
    Deno.test(`KvStore keeps the calf from ${path} altogether: disallowed`, () => {
      const store = new KvStore();
      assert.equal(store.commit("priv", [{ path, text: good }]), null);
      const read = store.read(CALF, path);
      assert.equal(typeof read === "string" ? null : read.code, "denied");
      refused(store, [{ path, text: good }], `denied: ${path} is read-only`);
      refused(store, [{ path, text: null }], `denied: ${path} is read-only`);
      assert.deepEqual(store.readBelow(CALF, path), []);
    });
  } else {
    Deno.test(`KvStore lets the calf read ${path}: allowed`, () => {
      const store = new KvStore();
      assert.deepEqual(store.read(CALF, path), {
        code: "unset",
        path,
        message: `not set: ${path}`,
      });
      assert.equal(store.commit("priv", [...needs, { path, text: good }]), null);
      assert.equal(store.read(CALF, path), good);
      assert.equal(store.checkReadable(CALF, path), null);
    });

    Deno.test(`KvStore keeps the calf from writing and deleting ${path}: disallowed`, () => {
      const store = new KvStore();
      assert.equal(store.commit("priv", [...needs, { path, text: good }]), null);
      refused(store, [{ path, text: good }], `denied: ${path} is read-only`);
      refused(store, [{ path, text: null }], `denied: ${path} is read-only`);
    });
  }

  Deno.test(`KvStore refuses names beside ${path}`, () => {
    for (const other of [`${path}/x`, `${path}x`, path.toUpperCase(), `/${path}`, `${path}/`]) {
      refused(new KvStore(), [{ path: other, text: good }], `unknown key: ${other}`);
      refused(new KvStore(), [{ path: other, text: null }], `unknown key: ${other}`);
      assert.deepEqual(new KvStore().read(CALF, other), {
        code: "unknown",
        path: other,
        message: `unknown key: ${other}`,
      });
    }
  });
}

Deno.test("KvStore.commit() refuses names of object properties and numbers beyond the range", () => {
  for (
    const path of [
      "/__proto__",
      "/constructor",
      "/toString",
      "/nameserver/000",
      "/nameserver/017",
      "/nameserver/1",
    ]
  ) {
    refused(new KvStore(), [{ path, text: "192.0.2.1" }], `unknown key: ${path}`);
  }
  refused(new KvStore(), [{ path: "/lease", text: "3600" }], "unknown key: /lease");
  refused(new KvStore(), [{ path: "/", text: "3600" }], "unknown key: /");
});

Deno.test("KvStore.commit() keeps the canonical form", () => {
  const store = withLease();
  assert.equal(store.commit(CALF, [{ path: "/domain", text: "Example.ORG" }]), null);
  assert.equal(store.get("/domain"), "example.org");
});

Deno.test("KvStore.commit() changes nothing when any one of its changes is wrong", () => {
  const store = withLease();
  const wrong: [KvWrite, RegExp][] = [
    [{ path: "/mac", text: "02:00:00:00:00:02" }, /^denied/],
    [{ path: "/mtu", text: "12" }, /^bad value for \/mtu/],
    [{ path: "/nowhere", text: "1" }, /^unknown key/],
    [{ path: "/ip", text: "192.0.2.9/24" }, /^duplicate write: \/ip$/],
    [{ path: "/nowhere", text: null }, /^unknown key/],
  ];
  const lease = [...LEASE];
  lease[2] = { path: "/ip", text: "192.0.2.8/24" };
  for (const [write, message] of wrong) {
    for (let at = 0; at <= lease.length; at++) {
      refused(store, [...lease.slice(0, at), write, ...lease.slice(at)], message);
    }
  }
});

Deno.test("KvStore.commit() wants the key that another one requires", () => {
  for (const { path, requires } of KEYS.values()) {
    if (requires === undefined) continue;
    const message = `inconsistent: ${path} needs ${requires}`;
    refused(new KvStore(), [{ path, text: exampleOf(path) }], message, "priv");
  }
  const address = { path: "/ip", text: "192.0.2.7/24" };
  refused(new KvStore(), [address], "inconsistent: /ip needs /lease/time");
  const gateway = { path: "/gateway", text: "192.0.2.1" };
  refused(new KvStore(), [gateway], "inconsistent: /gateway needs /ip");
  refused(withLease(), [{ path: "/ip", text: null }], /^inconsistent: .* needs \/ip$/);
  refused(withLease(), [{ path: "/lease", text: null }], "inconsistent: /ip needs /lease/time");
});

Deno.test("KvStore.commit() judges consistency after the whole commit, not in between", () => {
  const store = new KvStore();
  assert.equal(
    store.commit(CALF, [
      { path: "/gateway", text: "192.0.2.1" },
      { path: "/lease/time", text: "60" },
      { path: "/ip", text: "192.0.2.7/24" },
    ]),
    null,
  );
});

Deno.test("KvStore.commit() with the empty path deletes all but /state and what priv has set", () => {
  const store = withLease();
  assert.equal(store.commit(CALF, [{ path: "/", text: null }]), null);
  assert.deepEqual([...store.snapshot()], [
    ["/mac", "02:00:00:00:00:01"],
    ["/link", "up"],
    ["/state", "BOUND"],
  ]);
  assert.equal(store.commit("priv", [{ path: "/", text: null }]), null, "the same for priv");
  assert.equal(store.get("/mac"), "02:00:00:00:00:01");
  assert.equal(store.get("/state"), "BOUND");
});

Deno.test("KvStore.commit() with a path above keys deletes those below it only", () => {
  const store = withLease();
  assert.equal(store.commit(CALF, [{ path: "/nameserver", text: null }]), null);
  assert.equal(store.get("/nameserver/001"), null);
  assert.equal(store.get("/nameserver/002"), null);
  assert.equal(store.get("/gateway"), "192.0.2.1");
});

Deno.test("KvStore.commit() applies changes in order", () => {
  const store = withLease();
  const gateway = { path: "/gateway", text: "192.0.2.2" };
  assert.equal(store.commit(CALF, [{ path: "/gateway", text: null }, gateway]), null);
  assert.equal(store.get("/gateway"), "192.0.2.2");
  assert.equal(store.commit(CALF, [gateway, { path: "/gateway", text: null }]), null);
  assert.equal(store.get("/gateway"), null);
});

Deno.test("KvStore.subscribe() tells each commit once, in the order of the table, with what was before", () => {
  const store = withLease();
  const heard: { changes: readonly KvChange[]; by: Actor }[] = [];
  store.subscribe((changes, by) => heard.push({ changes, by }));
  store.commit(CALF, [
    { path: "/", text: null },
    { path: "/lease/time", text: "1800" },
    { path: "/ip", text: "192.0.2.7/24" },
    { path: "/mtu", text: "1400" },
  ]);
  assert.deepEqual(heard, [{
    by: CALF,
    changes: [
      { path: "/ip", text: "192.0.2.7/24", previous: "192.0.2.7/24" },
      { path: "/gateway", text: null, previous: "192.0.2.1" },
      { path: "/mtu", text: "1400", previous: null },
      { path: "/nameserver/001", text: null, previous: "192.0.2.53" },
      { path: "/nameserver/002", text: null, previous: "192.0.2.54" },
      { path: "/lease/time", text: "1800", previous: "3600" },
    ],
  }]);
});

Deno.test("KvStore.subscribe() tells a commit of identical values too, because lifetimes start anew", () => {
  const store = withLease();
  let heard: readonly KvChange[] = [];
  store.subscribe((changes) => heard = changes);
  store.commit(CALF, LEASE);
  assert.equal(heard.length, 6);
  for (const change of heard) assert.equal(change.text, change.previous);
});

Deno.test("KvStore tells what a listener commits after what it listened to, to all listeners", () => {
  const store = new KvStore();
  const heard: string[] = [];
  store.subscribe((changes) => {
    if (changes[0].path === "/state") store.set("/link", "down");
  });
  store.subscribe((changes) => heard.push(changes[0].path));
  store.commit(CALF, [{ path: "/state", text: "INIT" }]);
  assert.deepEqual(heard, ["/state", "/link"]);
});

Deno.test("KvStore goes on telling after a listener has thrown", () => {
  const store = new KvStore();
  const fail = () => {
    throw new Error("listener");
  };
  store.subscribe(fail);
  assert.throws(() => store.set("/link", "up"), /listener/);
  store.unsubscribe(fail);
  const heard: string[] = [];
  store.subscribe((changes) => heard.push(changes[0].path));
  store.set("/link", "down");
  assert.deepEqual(heard, ["/link"]);
});

Deno.test("KvStore.set() throws when priv itself is wrong", () => {
  assert.throws(() => new KvStore().set("/mac", "nonsense"), /Cannot set \/mac: bad value/);
  assert.throws(() => new KvStore().set("/nowhere", "x"), /unknown key/);
});

Deno.test("KvStore.value() gives typed values, null when unset, and throws for the wrong type", () => {
  const store = withLease();
  assert.deepEqual(store.value("/ip", Ipv4Cidr), { address: "192.0.2.7", prefixLength: 24 });
  assert.equal(store.value("/mtu", Mtu), null);
  assert.throws(() => store.value("/ip", Mtu), /Cannot read \/ip as Mtu/);
});

Deno.test("KvStore.snapshot() is a copy in the order of the table", () => {
  const store = withLease();
  const snapshot = store.snapshot();
  assert.deepEqual([...snapshot.keys()], [
    "/mac",
    "/link",
    "/state",
    "/ip",
    "/gateway",
    "/nameserver/001",
    "/nameserver/002",
    "/lease/time",
  ]);
  snapshot.clear();
  assert.equal(store.get("/link"), "up");
});

Deno.test("KvStore is consistent and canonical after any commits of a calf", () => {
  const path = fc.constantFrom(...KEYS.keys(), "/", "/lease", "/nameserver", "/x");
  const text = fc.option(
    fc.oneof(
      fc.constantFrom(...[...KEYS.values()].flatMap((key) => key.type.examples)),
      fc.string(),
    ),
  );
  const commits = fc.array(fc.array(fc.record({ path, text }), { maxLength: 5 }), { maxLength: 8 });
  fc.assert(fc.property(commits, (list) => {
    const store = withLease();
    for (const writes of list) {
      const before = store.snapshot();
      if (store.commit(CALF, writes) !== null) assert.deepEqual(store.snapshot(), before);
      for (const [key, value] of store.snapshot()) {
        const row = KEYS.get(key);
        assert.ok(row !== undefined);
        assert.ok(row.requires === undefined || store.get(row.requires) !== null);
        const parsed = row.type.parse(value);
        assert.ok(parsed.ok && row.type.format(parsed.value) === value);
      }
      assert.equal(store.get("/mac"), "02:00:00:00:00:01");
      assert.equal(store.get("/link"), "up");
    }
  }));
});
