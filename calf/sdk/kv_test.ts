import assert from "node:assert/strict";
import * as capnp from "capnp-es";
import fc from "fast-check";
import { Request } from "../../schema/kv.capnp.ts";
import { type ChangeSpec, changesResponse, response } from "./capnp_fixture.ts";
import * as kv from "./kv.ts";
import { ascii, fromAscii, RecordingHost } from "./sdk_fixture.ts";
import { Text } from "./text.ts";

function make(): { host: RecordingHost; client: kv.KvClient; last: () => Request } {
  const host = new RecordingHost();
  const last = () => new capnp.Message(host.messages.at(-1)!, false).getRoot(Request);
  return { host, client: new kv.KvClient(host), last };
}

const text = (s: string) => new Text(300).ascii(s);

function answer(client: kv.KvClient, id: number, kind = 0, value = ""): number {
  const message = response(id, kind, ascii(value));
  return client.onMessage(message, message.length);
}

Deno.test("KvClient sends each kind of request with an id of its own", () => {
  const { host, client, last } = make();
  const sent = [
    client.write("/nameserver", 16, text("192.0.2.53")),
    client.read("/mac", -1),
    client.remove("/lease", -1),
    client.watch("/link", -1),
    client.subscribe("/own-mac", 2),
    client.subscribe("", -1),
  ];
  assert.deepEqual(sent, [1, 2, 3, 4, 5, 6]);
  const requests = host.messages.map((bytes) => new capnp.Message(bytes, false).getRoot(Request));
  assert.deepEqual(requests.map((request) => [request.id, request.which(), [...request.path]]), [
    [1, Request.WRITE, ["nameserver", "016"]],
    [2, Request.READ, ["mac"]],
    [3, Request.DELETE, ["lease"]],
    [4, Request.WATCH, ["link"]],
    [5, Request.SUBSCRIBE, ["own-mac", "002"]],
    [6, Request.SUBSCRIBE, []],
  ]);
  assert.equal(fromAscii(requests[0].write.toUint8Array()), "192.0.2.53");
  client.beginCommit();
  client.changeDelete("", -1);
  const value = text("BOUND");
  client.changeWrite("/state", -1, value);
  value.clear().ascii("other");
  client.changeWriteBelow("/packets/dropped", "udp-length", value);
  assert.equal(client.endCommit(), 7);
  const [first, second, third] = last().commit;
  assert.deepEqual([...third.path], ["packets", "dropped", "udp-length"]);
  assert.equal(fromAscii(third.write.toUint8Array()), "other");
  assert.deepEqual([first._isDelete, first.path.length], [true, 0]);
  assert.deepEqual([[...second.path], fromAscii(second.write.toUint8Array())], [
    ["state"],
    "BOUND",
  ]);
});

Deno.test("KvClient.onMessage() tells which request was answered, and how", () => {
  const { client } = make();
  const read = client.read("/mac", -1);
  client.beginCommit();
  const commit = client.endCommit();
  const message = response(commit, 1, ascii("denied"));
  assert.equal(client.onMessage(message, message.length), commit);
  assert.equal(client.responseKind, kv.KV_ERROR);
  assert.equal(client.lastRequestKind, kv.KV_COMMIT);
  const { valueAt, valueLength } = client;
  assert.equal(fromAscii(message.subarray(valueAt, valueAt + valueLength)), "denied");
  assert.equal(answer(client, read, 0, "x"), read);
  assert.deepEqual([client.responseKind, client.lastRequestKind], [kv.KV_OK, kv.KV_READ]);
});

Deno.test("KvClient.onMessage() accepts one answer to a read, and any number to a watch", () => {
  const { client } = make();
  const read = client.read("/mac", -1);
  const watch = client.watch("/link", -1);
  assert.equal(answer(client, read), read);
  assert.equal(answer(client, read), -1);
  assert.deepEqual([client.responseKind, client.lastRequestKind], [kv.KV_NONE, kv.KV_NONE]);
  for (const kind of [0, 1, 0]) assert.equal(answer(client, watch, kind), watch);
  assert.equal(client.lastRequestKind, kv.KV_WATCH);
});

/** The changes that a client gives after a message, through its public fields. */
function changesOf(client: kv.KvClient, message: Uint8Array): ChangeSpec[] {
  const changes: ChangeSpec[] = [];
  while (client.nextChange()) {
    const { valueAt, valueLength, changePath, changeDeleted } = client;
    const value = fromAscii(message.subarray(valueAt, valueAt + valueLength));
    const path = fromAscii(changePath.bytes.subarray(0, changePath.length));
    changes.push({ path, value: changeDeleted ? null : value });
  }
  return changes;
}

Deno.test("KvClient.nextChange() gives what a subscription has to tell, message after message", () => {
  const { client } = make();
  const id = client.subscribe("/config", -1);
  const first: ChangeSpec[] = [
    { path: "/config/hostname", value: "example" },
    { path: "/config/static/nameserver/001", value: "192.0.2.53" },
  ];
  for (const changes of [first, [], [{ path: "/config/hostname", value: null }]]) {
    const message = changesResponse(id, changes);
    assert.equal(client.onMessage(message, message.length), id);
    assert.deepEqual([client.responseKind, client.lastRequestKind], [
      kv.KV_CHANGES,
      kv.KV_SUBSCRIBE,
    ]);
    assert.equal(client.valueLength, 0);
    assert.deepEqual(changesOf(client, message), changes);
    assert.equal(client.nextChange(), false);
  }
});

Deno.test("KvClient.nextChange() gives nothing without changes, and nothing of a bad message", () => {
  const { client } = make();
  assert.equal(client.nextChange(), false);
  const id = client.subscribe("/config", -1);
  const good = changesResponse(id, [{ path: "/link", value: "up" }]);
  assert.equal(client.onMessage(good, good.length), id);
  const up = { path: "/link", value: "up" };
  for (const changes of [[up, { path: "/", value: "up" }], [{ path: "/", value: "up" }, up]]) {
    const bad = changesResponse(id, changes);
    assert.equal(client.onMessage(bad, bad.length), -1);
    assert.equal(client.nextChange(), false);
  }
  assert.equal(client.onMessage(good, good.length), id);
  assert.equal(answer(client, 99), -1);
  assert.equal(client.nextChange(), false, "the message before is not given again");
});

Deno.test("KvClient.onMessage() takes changes for a subscription only, and nothing else for it", () => {
  const { client } = make();
  const watch = client.watch("/link", -1);
  const message = changesResponse(watch, [{ path: "/link", value: "up" }]);
  assert.equal(client.onMessage(message, message.length), -1);
  assert.equal(client.nextChange(), false);
  assert.equal(answer(client, watch), watch, "the watch goes on");
  const id = client.subscribe("/config", -1);
  assert.equal(answer(client, id, 0, "up"), -1);
  assert.deepEqual([client.responseKind, client.valueLength], [kv.KV_NONE, 0]);
  const none = changesResponse(id, []);
  assert.equal(client.onMessage(none, none.length), id, "the subscription goes on");
});

Deno.test("KvClient.onMessage() ends a subscription at an error, whose place is free again", () => {
  const { client } = make();
  const ids = Array.from({ length: kv.KV_MAX_OUTSTANDING }, () => client.subscribe("/x", -1));
  assert.equal(client.subscribe("/x", -1), -1);
  assert.equal(answer(client, ids[3], 1, "denied"), ids[3]);
  assert.deepEqual([client.responseKind, client.lastRequestKind], [kv.KV_ERROR, kv.KV_SUBSCRIBE]);
  assert.equal(client.nextChange(), false);
  const late = changesResponse(ids[3], []);
  assert.equal(client.onMessage(late, late.length), -1);
  assert.ok(client.subscribe("/x", -1) > 0);
});

Deno.test("KvClient.onMessage() is -1 for ids that nobody asked with", () => {
  const { client } = make();
  client.read("/mac", -1);
  for (const id of [-1, 2, 0x7fffffff]) assert.equal(answer(client, id), -1, String(id));
});

Deno.test("KvClient.onMessage() is -1 or the id that waits for any bytes", () => {
  const { client } = make();
  const id = client.watch("/link", -1);
  const noise = fc.array(fc.tuple(fc.nat(47), fc.nat(255)), { maxLength: 4 });
  fc.assert(fc.property(noise, (noise) => {
    const message = response(id, 0, ascii("0123456789"));
    for (const [at, byte] of noise) message[at] = byte;
    const result = client.onMessage(message, message.length);
    if (client.responseKind === kv.KV_NONE) assert.equal(result, -1);
    else assert.ok(result === id || result === kv.KV_HOST_ID);
    assert.ok(client.valueAt + client.valueLength <= message.length);
  }));
});

Deno.test("KvClient.onMessage() leaves what answers the host to the host, but for changes", () => {
  const { client } = make();
  const ids = [client.read("/mac", -1), client.watch("/link", -1)];
  for (const kind of [0, 1]) assert.equal(answer(client, kv.KV_HOST_ID, kind), kv.KV_HOST_ID);
  assert.deepEqual([client.responseKind, client.lastRequestKind], [kv.KV_ERROR, kv.KV_NONE]);
  const changes = changesResponse(kv.KV_HOST_ID, []);
  assert.equal(client.onMessage(changes, changes.length), -1);
  for (const id of ids) assert.equal(answer(client, id), id, "they still wait");
});

Deno.test("KvClient sends nothing when too many requests wait, until one is answered", () => {
  const { host, client } = make();
  for (let i = 1; i <= kv.KV_MAX_OUTSTANDING; i++) assert.equal(client.read("/mac", -1), i);
  assert.equal(client.read("/mac", -1), -1);
  client.beginCommit();
  assert.equal(client.endCommit(), -1);
  assert.equal(client.hasRoom, false);
  assert.equal(host.messages.length, kv.KV_MAX_OUTSTANDING);
  assert.equal(answer(client, 5), 5);
  assert.ok(client.read("/mac", -1) > kv.KV_MAX_OUTSTANDING);
});

Deno.test("KvClient sends nothing when a value is truncated or a commit does not fit", () => {
  const { host, client } = make();
  assert.equal(client.write("/domain", -1, new Text(3).ascii("example")), -1);
  client.beginCommit();
  client.changeWrite("/domain", -1, new Text(3).ascii("example"));
  client.changeWrite("/state", -1, text("BOUND"));
  assert.equal(client.endCommit(), -1);
  client.beginCommit();
  for (let i = 0; i <= kv.KV_MAX_CHANGES; i++) client.changeDelete("/nameserver", i);
  assert.equal(client.endCommit(), -1);
  client.beginCommit();
  for (let i = 0; i < 60; i++) {
    client.changeWrite("/x", i, new Text(290).raw(new Uint8Array(290), 0, 290));
  }
  assert.equal(client.endCommit(), -1);
  assert.deepEqual(host.messages, []);
  client.beginCommit();
  client.changeWrite("/state", -1, text("BOUND"));
  assert.ok(client.endCommit() > 0);
});

Deno.test("KvClient sends a lease with everything that a server can give", () => {
  const { client, last } = make();
  const domains = new Text(16 * 254);
  domains.raw(new Uint8Array(16 * 254).fill(97), 0, 16 * 254);
  client.beginCommit();
  client.changeDelete("", -1);
  const paths =
    "/state /ip /broadcast /gateway /mtu /domain /lease/server /lease/time /lease/t1 /lease/t2";
  for (const path of paths.split(" ")) client.changeWrite(path, -1, text("255.255.255.255/32"));
  client.changeWrite("/search", -1, domains);
  for (let i = 1; i <= 16; i++) client.changeWrite("/nameserver", i, text("255.255.255.255"));
  assert.ok(client.endCommit() > 0);
  assert.equal(last().commit.length, 28);
});
