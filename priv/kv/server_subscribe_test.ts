import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, KEYS, rightOf } from "../../schema/keys.ts";
import { Peer } from "./calf_fixture.ts";
import type { KvWrite } from "./codec.ts";
import { MAX_SUBSCRIPTIONS, RATE_BURST, RATE_PER_SECOND } from "./server.ts";

const MAC = { path: "/mac", text: "02:00:00:00:00:01" };
const UP = { path: "/link", text: "up" };
const HOSTNAME = { path: "/config/hostname", text: "example" };
const STATIC = { path: "/config/static/ip", text: "192.0.2.7/24" };

/** A commit of priv, which must succeed. */
function commit(peer: Peer, ...writes: KvWrite[]): void {
  assert.equal(peer.store.commit("priv", writes), null);
}

Deno.test("KvSession tells a subscription what is set, then each commit, all with its id", () => {
  const peer = new Peer();
  commit(peer, STATIC, HOSTNAME, UP);
  peer.subscribe(5, "/config");
  assert.deepEqual(peer.takeSent(), [{ id: 5, changes: [HOSTNAME, STATIC] }]);
  const gateway = { path: "/config/static/gateway", text: "192.0.2.1" };
  const hostname = { ...HOSTNAME, text: "other" };
  commit(peer, gateway, hostname);
  commit(peer, { path: "/link", text: "down" }); // not below
  commit(peer, { path: "/config/hostname", text: null });
  assert.deepEqual(peer.takeSent(), [
    { id: 5, changes: [hostname, gateway] },
    { id: 5, changes: [{ path: "/config/hostname", text: null }] },
  ]);
  assert.deepEqual(peer.audited, []);
});

Deno.test("KvSession answers a subscription with no changes when nothing is set", () => {
  const peer = new Peer();
  peer.subscribe(1, "/config");
  assert.deepEqual(peer.takeSent(), [{ id: 1, changes: [] }]);
  commit(peer, HOSTNAME);
  assert.deepEqual(peer.takeSent(), [{ id: 1, changes: [HOSTNAME] }]);
});

Deno.test("KvSession tells a subscription of a value that is written again, but not of a delete of nothing", () => {
  const peer = new Peer();
  const renew = { path: "/request", text: "renew" };
  peer.subscribe(1, "/request");
  commit(peer, renew);
  commit(peer, renew);
  commit(peer, { path: "/request", text: null });
  commit(peer, { path: "/request", text: null });
  assert.deepEqual(peer.takeSent(), [
    { id: 1, changes: [] },
    { id: 1, changes: [renew] },
    { id: 1, changes: [renew] },
    { id: 1, changes: [{ path: "/request", text: null }] },
  ]);
});

Deno.test("KvSession tells a subscription only what the calf may read, in the order of the table", () => {
  const peer = new Peer();
  const lease = [{ path: "/lease/time", text: "60" }, { path: "/ip", text: "192.0.2.7/24" }];
  commit(peer, ...lease, UP, HOSTNAME);
  peer.subscribe(1, "/");
  commit(peer, ...lease);
  commit(peer, ...lease, UP, MAC);
  commit(peer, { path: "/", text: null });
  assert.deepEqual(peer.takeSent(), [
    { id: 1, changes: [MAC, UP, HOSTNAME] },
    { id: 1, changes: [MAC, UP] },
  ]);
});

Deno.test("KvSession refuses a subscription to an unknown path, and to one with nothing to read", () => {
  const peer = new Peer();
  const refusals: [path: string, code: string, message: string][] = [
    ["/nowhere", "unknown", "unknown key: /nowhere"],
    ["/conf", "unknown", "unknown key: /conf"],
    ["/__proto__", "unknown", "unknown key: /__proto__"],
    ["/lease", "denied", "denied: nothing below /lease may be read"],
    ["/nameserver", "denied", "denied: nothing below /nameserver may be read"],
    ["/ip", "denied", "denied: /ip is write-only"],
  ];
  for (const [path, code, error] of refusals) {
    peer.subscribe(7, path);
    assert.deepEqual(peer.takeSent(), [{ id: 7, error }]);
    const [record] = peer.audited.splice(0);
    assert.deepEqual(record, { operation: "subscribe", key: path, code, reason: error });
  }
  commit(peer, UP, { path: "/lease/time", text: "60" }, {
    path: "/ip",
    text: "192.0.2.7/24",
  });
  assert.deepEqual(peer.takeSent(), []);
});

Deno.test("KvSession keeps a few subscriptions, tells each of its own, and replaces one of the same path", () => {
  const peer = new Peer();
  const paths = ["/", "/config", "/config/static", "/link"];
  assert.equal(paths.length, MAX_SUBSCRIPTIONS);
  paths.forEach((path, id) => peer.subscribe(id, path));
  peer.takeSent();
  peer.subscribe(8, "/saved");
  assert.deepEqual(peer.takeSent(), [{ id: 8, error: "too many subscriptions" }]);
  assert.equal(peer.audited[0].code, "limit");
  peer.subscribe(9, "/config");
  assert.deepEqual(peer.takeSent(), [{ id: 9, changes: [] }]);
  commit(peer, HOSTNAME, STATIC);
  assert.deepEqual(peer.takeSent(), [
    { id: 0, changes: [HOSTNAME, STATIC] },
    { id: 9, changes: [HOSTNAME, STATIC] },
    { id: 2, changes: [STATIC] },
  ]);
});

Deno.test("KvSession tells watch and subscription side by side", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  peer.subscribe(2, "/link");
  peer.takeSent();
  commit(peer, UP);
  commit(peer, UP);
  assert.deepEqual(peer.takeSent(), [
    { id: 1, ok: "up" },
    { id: 2, changes: [UP] },
    { id: 2, changes: [UP] },
  ]);
});

Deno.test("KvSession tells a subscription what a listener commits after what it listened to", () => {
  const peer = new Peer();
  peer.store.subscribe(([{ path }]) => {
    if (path === "/link") commit(peer, HOSTNAME);
  });
  peer.subscribe(1, "/");
  peer.takeSent();
  commit(peer, UP);
  assert.deepEqual(peer.takeSent(), [{ id: 1, changes: [UP] }, { id: 1, changes: [HOSTNAME] }]);
});

Deno.test("KvSession.close() ends subscriptions, and a new session does not know them", () => {
  const peer = new Peer();
  peer.subscribe(1, "/");
  peer.session.close();
  peer.session = peer.open();
  peer.takeSent();
  commit(peer, UP);
  assert.deepEqual(peer.takeSent(), []);
});

Deno.test("KvSession gives up a calf that does not read what its subscriptions tell", () => {
  const peer = new Peer();
  peer.subscribe(1, "/");
  peer.subscribe(2, "/link");
  peer.full = true;
  commit(peer, UP);
  assert.deepEqual(peer.malformed, ["answers not read"]);
  assert.equal(peer.session.open, false);
});

Deno.test("KvSession gives up a calf that subscribes above the rate, granted or not", () => {
  const peer = new Peer();
  for (let i = 0; i < RATE_BURST; i++) peer.subscribe(i, i % 2 === 0 ? "/config" : "/ip");
  peer.now += 1000 / RATE_PER_SECOND;
  peer.subscribe(1, "/config");
  assert.deepEqual(peer.malformed, []);
  peer.subscribe(1, "/config");
  assert.deepEqual(peer.malformed, ["rate"]);
});

Deno.test("KvSession's subscription is, change by change, what the store has of the readable keys", () => {
  const write = fc.constantFrom(...KEYS.values()).chain((key) =>
    fc.option(fc.constantFrom(...key.type.examples)).map((text) => ({ path: key.path, text }))
  );
  const remove = fc.constantFrom("/", "/config", "/config/static", "/lease")
    .map((path) => ({ path, text: null }));
  const commits = fc.array(fc.array(fc.oneof(write, write, remove), { maxLength: 6 }));
  const path = fc.constantFrom("/", "/config", "/config/static", "/own-mac", "/link");
  fc.assert(fc.property(path, commits, fc.nat(20), (path, commits, late) => {
    const peer = new Peer();
    const mirror = new Map<string, string | null>();
    for (const [i, writes] of [...commits, []].entries()) {
      if (i === Math.min(late, commits.length)) peer.subscribe(1, path);
      peer.store.commit("priv", writes);
      for (const { changes } of peer.takeSent()) {
        for (const { path, text } of changes ?? []) {
          if (text === null) assert.ok(mirror.delete(path), "only what was set is deleted");
          else mirror.set(path, text);
        }
      }
    }
    const expected = [...peer.store.snapshot()].filter(([key]) => {
      const row = KEYS.get(key);
      return covers(path, key) && row !== undefined && rightOf("calf:dhcp4", row) === "r";
    });
    assert.deepEqual(new Map([...mirror].sort()), new Map(expected.sort()));
  }));
});
