import assert from "node:assert/strict";
import fc from "fast-check";
import { Peer } from "./calf_fixture.ts";
import { type AuditRecord, RATE_BURST, RATE_PER_SECOND } from "./server.ts";
import {
  encodeCommit,
  encodeRequest,
  fromHex,
  fromWords,
  GOLDEN_MESSAGES,
} from "./testdata/messages.ts";

const LEASE = [
  { path: "/", text: null },
  { path: "/state", text: "BOUND" },
  { path: "/ip", text: "192.0.2.7/24" },
  { path: "/lease/time", text: "3600" },
];

Deno.test("KvSession answers a read with the value and the id of the request", () => {
  const peer = new Peer();
  peer.read(-7, "/mac");
  assert.deepEqual(peer.sent, [{ id: -7, ok: "02:00:00:00:00:01" }]);
  assert.deepEqual(peer.audited, []);
});

Deno.test("KvSession answers a read of a key that is not set with an error that is not audited", () => {
  const peer = new Peer();
  peer.read(1, "/seed");
  assert.deepEqual(peer.sent, [{ id: 1, error: "not set: /seed" }]);
  assert.deepEqual(peer.audited, []);
});

Deno.test("KvSession applies a commit and answers ok", () => {
  const peer = new Peer();
  peer.session.handle(encodeCommit(2, LEASE));
  assert.deepEqual(peer.sent, [{ id: 2, ok: "" }]);
  assert.equal(peer.store.get("/ip"), "192.0.2.7/24");
});

Deno.test("KvSession takes single writes and deletes", () => {
  const peer = new Peer();
  const change = { path: "/state", text: "INIT" };
  peer.session.handle(encodeRequest({ id: 1, operation: "write", changes: [change] }));
  assert.equal(peer.store.get("/state"), "INIT");
  const remove = { path: "/state", text: null };
  peer.session.handle(encodeRequest({ id: 2, operation: "delete", changes: [remove] }));
  assert.equal(peer.store.get("/state"), null);
  assert.deepEqual(peer.sent, [{ id: 1, ok: "" }, { id: 2, ok: "" }]);
});

Deno.test("KvSession answers, audits and survives what is denied, unknown or bad", () => {
  const peer = new Peer();
  peer.read(1, "/ip");
  peer.read(2, "/__proto__");
  peer.watch(3, "/state");
  const write = (id: number, path: string, text: string | null) =>
    peer.session.handle(encodeCommit(id, [{ path, text }]));
  write(4, "/mac", "02:00:00:00:00:02");
  write(5, "/state", "BOUND\nnameserver 192.0.2.66");
  write(6, "/mtu", "1500");
  write(7, "/mac", null);
  const expected: [AuditRecord["operation"], string, AuditRecord["code"], string][] = [
    ["read", "/ip", "denied", "denied: /ip is write-only"],
    ["read", "/__proto__", "unknown", "unknown key: /__proto__"],
    ["watch", "/state", "denied", "denied: /state is write-only"],
    ["commit", "/mac", "denied", "denied: /mac is read-only"],
    ["commit", "/state", "value", "bad value for /state: not printable ASCII"],
    ["commit", "/mtu", "inconsistent", "inconsistent: /mtu needs /ip"],
    ["commit", "/mac", "denied", "denied: /mac is read-only"],
  ];
  assert.deepEqual(
    peer.audited,
    expected.map(([operation, key, code, reason]) => ({ operation, key, code, reason })),
  );
  assert.deepEqual(peer.sent, expected.map(([, , , error], i) => ({ id: i + 1, error })));
  assert.deepEqual(peer.malformed, []);
  assert.deepEqual([...peer.store.snapshot().keys()], ["/mac"]);
});

Deno.test("KvSession answers a kind of request that it does not know with an error", () => {
  const peer = new Peer();
  peer.session.handle(fromWords([[0, 0x20001], [9, 77], [0, 0], [0, 0]]));
  assert.deepEqual(peer.sent, [{ id: 9, error: "unsupported request" }]);
  assert.equal(peer.audited[0].code, "unsupported");
});

Deno.test("KvSession tells a watch the value now and at each change, with the id of the watch", () => {
  const peer = new Peer();
  peer.store.set("/link", "down");
  peer.watch(5, "/link");
  peer.store.set("/link", "up");
  peer.store.set("/link", "up"); // no change
  peer.store.set("/seed", "0".repeat(32)); // not watched
  peer.store.set("/link", "down");
  peer.store.commit("priv", [{ path: "/link", text: null }]);
  assert.deepEqual(peer.sent, [
    { id: 5, ok: "down" },
    { id: 5, ok: "up" },
    { id: 5, ok: "down" },
    { id: 5, error: "not set: /link" },
  ]);
});

Deno.test("KvSession watches a key that is not set yet", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  peer.store.set("/link", "up");
  assert.deepEqual(peer.sent, [{ id: 1, error: "not set: /link" }, { id: 1, ok: "up" }]);
});

Deno.test("KvSession replaces a watch by a new one with its id", () => {
  const peer = new Peer();
  peer.store.set("/link", "up");
  peer.watch(1, "/link");
  peer.watch(2, "/link");
  peer.store.set("/link", "down");
  assert.deepEqual(peer.sent.map(({ id }) => id), [1, 2, 2]);
});

Deno.test("KvSession tells several watches of one commit in the order of the table", () => {
  const peer = new Peer();
  for (const [id, path] of [[1, "/link"], [2, "/seed"], [3, "/mac"]] as const) peer.watch(id, path);
  peer.sent = [];
  peer.store.commit("priv", [
    { path: "/link", text: "up" },
    { path: "/seed", text: "0".repeat(32) },
    { path: "/mac", text: "02:00:00:00:00:02" },
  ]);
  assert.deepEqual(peer.sent.map(({ id }) => id), [3, 2, 1]);
});

Deno.test("KvSession reports a malformed message once and is closed then", () => {
  const peer = new Peer();
  peer.watch(1, "/mac");
  peer.session.handle(new Uint8Array(3));
  peer.session.handle(new Uint8Array(3));
  peer.read(2, "/mac");
  peer.store.set("/mac", "02:00:00:00:00:02");
  assert.deepEqual(peer.malformed, ["message too short"]);
  assert.deepEqual(peer.sent, [{ id: 1, ok: "02:00:00:00:00:01" }]);
  assert.equal(peer.session.open, false);
});

Deno.test("KvSession gives up a calf that does not read its answers", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  peer.full = true;
  peer.read(2, "/mac");
  assert.deepEqual(peer.malformed, ["answers not read"]);
  peer.store.set("/link", "up");
  assert.deepEqual(peer.malformed, ["answers not read"]);
});

Deno.test("KvSession gives up a calf whose watch cannot be told, and the other listeners hear", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  let heard = 0;
  peer.store.subscribe(() => heard++);
  peer.full = true;
  peer.store.set("/link", "up");
  assert.deepEqual(peer.malformed, ["answers not read"]);
  assert.equal(heard, 1);
});

Deno.test("KvSession.close() ends all answers without a report", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  peer.sent = [];
  peer.session.close();
  peer.session.close();
  peer.store.set("/link", "up");
  peer.read(1, "/mac");
  assert.deepEqual(peer.sent, []);
  assert.deepEqual(peer.malformed, []);
});

Deno.test("KvSession of a restarted calf knows nothing of the old one's watches", () => {
  const peer = new Peer();
  peer.watch(1, "/link");
  peer.session.close();
  peer.session = peer.open();
  peer.sent = [];
  peer.store.set("/link", "up");
  assert.deepEqual(peer.sent, []);
  peer.watch(9, "/link");
  assert.deepEqual(peer.sent, [{ id: 9, ok: "up" }]);
});

Deno.test("KvSession gives up a calf above the rate, not one at it", () => {
  const peer = new Peer();
  for (let i = 0; i < RATE_BURST; i++) peer.read(i, "/mac");
  for (let i = 0; i < 500; i++) {
    peer.now += 1000 / RATE_PER_SECOND;
    peer.read(i, "/mac");
  }
  assert.deepEqual(peer.malformed, []);
  assert.equal(peer.sent.length, RATE_BURST + 500);
  peer.now += 1000 / RATE_PER_SECOND - 1;
  peer.read(1, "/mac");
  assert.deepEqual(peer.malformed, ["rate"]);
  assert.equal(peer.sent.length, RATE_BURST + 500);
});

Deno.test("KvSession survives every change of a byte of every golden message with priv's keys intact", () => {
  for (const { type, hex } of GOLDEN_MESSAGES) {
    if (type !== "Request") continue;
    for (let at = 0; at < hex.length * 8; at++) {
      for (const flip of [1, 4, 0x40, 0xff]) {
        const peer = new Peer();
        const message = fromHex(hex);
        message[at] ^= flip;
        peer.session.handle(message);
        assert.equal(peer.sent.length + peer.malformed.length, 1, "one verdict");
        const answered = peer.sent.length === 1 && peer.sent[0].error === undefined;
        if (!answered) assert.deepEqual([...peer.store.snapshot().keys()], ["/mac"]);
        assert.equal(peer.store.get("/mac"), "02:00:00:00:00:01");
      }
    }
  }
});

Deno.test("KvSession survives arbitrary messages, and audits printable ASCII only", () => {
  const parts = fc.array(fc.string({ minLength: 1, maxLength: 70 }), { maxLength: 5 });
  const value = fc.option(fc.string({ maxLength: 520 }));
  const commit = fc.array(fc.tuple(parts, value), { maxLength: 5 }).map((changes) =>
    encodeCommit(1, changes.map(([path, text]) => ({ path: "/" + path.join("/"), text })))
  );
  fc.assert(
    fc.property(fc.oneof(commit, fc.uint8Array({ maxLength: 200 })), (message) => {
      const peer = new Peer();
      peer.session.handle(message);
      assert.equal(peer.sent.length + peer.malformed.length, 1);
      for (const record of peer.audited) assert.match(record.key + record.reason, /^[ -~]*$/);
    }),
    { numRuns: 500 },
  );
});

Deno.test("KvSession.poke() answers nothing, and gives up a calf whose channel is full", () => {
  const peer = new Peer();
  peer.session.poke();
  assert.deepEqual(peer.sent, [{ id: 0, ok: "" }]);
  assert.deepEqual(peer.malformed, []);
  peer.full = true;
  peer.session.poke();
  assert.deepEqual(peer.malformed, ["answers not read"]);
  peer.session.poke();
  assert.equal(peer.malformed.length, 1, "it is given up once");
});
