import assert from "node:assert/strict";
import fc from "fast-check";
import { Message } from "capnp-es";
import { Request, Response } from "../../schema/kv.capnp.ts";
import { decodeRequest, encodeError, encodeOk, type KvWrite } from "../kv/codec.ts";
import { encodeChanges } from "../kv/encode_changes.ts";
import { decodeResponse, encodeRequest, type OperatorResponse } from "./messages.ts";

function decoded(bytes: Uint8Array): OperatorResponse {
  const result = decodeResponse(bytes);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(bytes: Uint8Array): string {
  const result = decodeResponse(bytes);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.reason;
}

function response(fill: (response: Response) => void): Uint8Array {
  const message = new Message();
  fill(message.initRoot(Response));
  return new Uint8Array(message.toArrayBuffer());
}

Deno.test("encodeRequest() is what the daemon decodes", () => {
  const path = "/interface/eth0/lease";
  assert.deepEqual(decodeRequest(encodeRequest(1, { operation: "read", path })), {
    ok: true,
    value: { id: 1, operation: "read", path },
  });
  assert.deepEqual(decodeRequest(encodeRequest(2, { operation: "subscribe", path: "/" })), {
    ok: true,
    value: { id: 2, operation: "subscribe", path: "/" },
  });
  const write = encodeRequest(3, { operation: "write", path: "/daemon/request", text: "reload" });
  assert.deepEqual(decodeRequest(write), {
    ok: true,
    value: {
      id: 3,
      operation: "write",
      changes: [{ path: "/daemon/request", text: "reload" }],
    },
  });
});

Deno.test("encodeRequest() has room for the longest path of an operator", () => {
  const bytes = encodeRequest(1, { operation: "read", path: "/interface/eth0/a/b/c/d" });
  const request = new Message(bytes.slice(8), false, true).getRoot(Request);
  assert.deepEqual(Array.from({ length: 6 }, (_, i) => request.path.get(i)), [
    ..."interface eth0 a b c d".split(" "),
  ]);
});

Deno.test("decodeResponse() gives what the daemon has encoded", () => {
  assert.deepEqual(decoded(encodeOk(7, "192.0.2.7/24")), {
    id: 7,
    kind: "ok",
    text: "192.0.2.7/24",
  });
  assert.deepEqual(decoded(encodeOk(-1, "")), { id: -1, kind: "ok", text: "" });
  assert.deepEqual(decoded(encodeError(8, "denied: /seed")), {
    id: 8,
    kind: "error",
    text: "denied: /seed",
  });
  const changes: KvWrite[] = [
    { path: "/interface/eth0/lease/time", text: "3600" },
    { path: "/daemon/version", text: null },
    { path: "/", text: "x" },
  ];
  assert.deepEqual(decoded(encodeChanges(9, changes)[0]), {
    id: 9,
    kind: "changes",
    changes,
    mayContinue: false,
  });
});

Deno.test("decodeResponse() says that a full message may go on", () => {
  const many = (count: number, text: string): KvWrite[] =>
    Array.from({ length: count }, (_, i) => ({ path: `/interface/eth0/k${i}`, text }));
  for (const changes of [many(200, "x"), many(60, "y".repeat(500))]) {
    const messages = encodeChanges(1, changes).map(decoded);
    assert.ok(messages.length > 1);
    assert.deepEqual(
      messages.flatMap((each) => each.kind === "changes" ? each.changes : []),
      changes,
    );
    const going = messages.map((each) => each.kind === "changes" && each.mayContinue);
    assert.deepEqual(going.slice(0, -1), going.slice(0, -1).map(() => true));
    assert.equal(going.at(-1), false);
  }
});

Deno.test("decodeResponse() refuses what is no path", () => {
  const withParts = (parts: readonly string[]) =>
    response((root) => {
      const change = root._initChanges(1).get(0);
      change.delete = true;
      const list = change._initPath(parts.length);
      parts.forEach((part, i) => list.set(i, part));
    });
  assert.equal(decoded(withParts(["a"])).kind, "changes");
  for (const bad of [["a/b"], [""], ["a\nb"], ["a b"], ["x".repeat(65)], ["\x1b"], ["é"]]) {
    assert.equal(
      refused(withParts(bad)),
      bad[0].length > 64 ? "list too long" : "a bad part of a path",
    );
  }
  assert.equal(refused(withParts(Array(7).fill("a"))), "list too long");
});

Deno.test("decodeResponse() refuses values that are too long, and unknown kinds", () => {
  const long = response((root) => root._initOk(513));
  assert.equal(refused(long), "list too long");
  const unknown = encodeOk(1, "x");
  new DataView(unknown.buffer).setUint16(20, 9, true); // the union's tag
  assert.equal(refused(unknown), "a response of unknown kind");
});

Deno.test("decodeResponse() never throws, and refuses every truncation", () => {
  const messages = [
    encodeOk(1, "some text"),
    encodeError(2, "some reason"),
    ...encodeChanges(3, [{ path: "/interface/eth0/ip", text: "192.0.2.7/24" }, {
      path: "/daemon/error/001",
      text: null,
    }]),
  ];
  for (const message of messages) {
    for (let length = 0; length < message.length; length++) refused(message.slice(0, length));
    fc.assert(fc.property(
      fc.nat(message.length - 1),
      fc.nat(255),
      fc.nat(message.length - 1),
      fc.nat(255),
      (at, byte, at2, byte2) => {
        const changed = message.slice();
        changed[at] = byte;
        changed[at2] = byte2;
        decodeResponse(changed);
      },
    ));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    decodeResponse(bytes);
  }));
});
