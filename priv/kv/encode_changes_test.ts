import assert from "node:assert/strict";
import { Message } from "capnp-es";
import fc from "fast-check";
import { KEYS, rightOf, splitPath } from "../../schema/keys.ts";
import { Response } from "../../schema/kv.capnp.ts";
import { MAX_VALUE_LENGTH } from "../../schema/value_type.ts";
import { longestText } from "../../schema/values_fixture.ts";
import { readAsCalf } from "./calf_fixture.ts";
import { decodeRequest, type KvWrite, MAX_CHANGES } from "./codec.ts";
import { encodeChanges } from "./encode_changes.ts";
import { checkStructure, MAX_MESSAGE_LENGTH } from "./guard.ts";
import { decodeResponse, encodeCommit } from "./testdata/messages.ts";

const ID = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const TEXT = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 512,
});
const CHANGE: fc.Arbitrary<KvWrite> = fc.record({
  path: fc.constantFrom(...KEYS.keys()),
  text: fc.option(TEXT),
}, { noNullPrototype: true });

/** The same by capnp-es, without a thought for limits. */
function encodeWithLibrary(id: number, changes: readonly KvWrite[]): Uint8Array {
  const message = new Message();
  const response = message.initRoot(Response);
  response.id = id;
  const list = response._initChanges(changes.length);
  changes.forEach(({ path, text }, i) => {
    const change = list.get(i);
    const parts = splitPath(path);
    const names = change._initPath(parts.length);
    parts.forEach((part, n) => names.set(n, part));
    if (text === null) change.delete = true;
    else change._initWrite(text.length).copyBuffer(new TextEncoder().encode(text));
  });
  return new Uint8Array(message.toArrayBuffer());
}

Deno.test("encodeChanges() writes the bytes of capnp-es, which it and the calf read back", () => {
  fc.assert(fc.property(ID, fc.array(CHANGE, { maxLength: 12 }), (id, changes) => {
    const [message, ...more] = encodeChanges(id, changes);
    assert.deepEqual(more, []);
    assert.deepEqual(message, encodeWithLibrary(id, changes));
    assert.equal(checkStructure(message), null);
    assert.deepEqual(decodeResponse(message), { id, changes });
    assert.deepEqual(readAsCalf(message), { id, changes });
  }));
});

Deno.test("encodeChanges() splits what is too much for a message, and loses and repeats nothing", () => {
  const many = fc.array(CHANGE, { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(ID, many, (id, changes) => {
      const messages = encodeChanges(id, changes);
      const read = messages.map(readAsCalf);
      assert.deepEqual(read.flatMap((response) => response.changes), changes);
      for (const [i, message] of messages.entries()) {
        assert.ok(message.length <= MAX_MESSAGE_LENGTH);
        assert.ok((read[i].changes?.length ?? 0) <= MAX_CHANGES);
        assert.equal(read[i].id, id);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("encodeChanges() fills a message to its last word, and to its last change", () => {
  // 40 bytes and, a change, 24 of struct, 16 of path and the value.
  const long = (length: number) => ({ path: "/ip", text: "v".repeat(length) });
  const fill = Array.from({ length: 29 }, () => long(512));
  const left = MAX_MESSAGE_LENGTH - 40 - fill.length * 552 - 40;
  assert.deepEqual(encodeChanges(1, [...fill, long(left)]).map(({ length }) => length), [
    MAX_MESSAGE_LENGTH,
  ]);
  assert.equal(encodeChanges(1, [...fill, long(left + 1)]).length, 2);
  const short = Array.from({ length: MAX_CHANGES }, () => ({ path: "/ip", text: null }));
  assert.equal(encodeChanges(1, short).length, 1);
  assert.equal(encodeChanges(1, [...short, ...short, long(1)]).length, 3);
});

Deno.test("encodeChanges() never splits all that a calf may read, however long the values are", () => {
  const changes = [...KEYS.values()].filter((key) => rightOf("calf:dhcp4", key) === "r")
    .map((key) => ({ path: key.path, text: longestText(key.type) }));
  assert.ok(changes.length > 80 && changes.length <= MAX_CHANGES);
  assert.equal(encodeChanges(1, changes).length, 1);
});

/** Sees that a commit of these changes is one that the decoder takes. */
function fits(changes: readonly KvWrite[]): void {
  assert.ok(changes.length <= MAX_CHANGES);
  const message = encodeCommit(1, changes);
  assert.ok(message.length <= MAX_MESSAGE_LENGTH, `${message.length} bytes`);
  assert.deepEqual(decodeRequest(message), {
    ok: true,
    value: { id: 1, operation: "commit", changes },
  });
}

Deno.test("A calf can commit all that it may write, what is measured apart, however long it is", () => {
  const writable = [...KEYS.values()].filter((key) => rightOf("calf:dhcp4", key) === "w");
  const longest = (measured: boolean): KvWrite[] =>
    writable.filter((key) => (key.volatile === true) === measured)
      .map((key) => ({ path: key.path, text: longestText(key.type) }));
  const lease = longest(false);
  assert.ok(lease.length > 100);
  fits([{ path: "/", text: null }, ...lease]);
  const counters = longest(true);
  assert.ok(counters.length > 30);
  fits(counters);
});

Deno.test("longestText() is of its type, and no type takes a longer text like it", () => {
  for (const { type } of KEYS.values()) {
    const text = longestText(type);
    if (text === "?".repeat(MAX_VALUE_LENGTH)) continue; // not known: the longest of all
    assert.ok(type.parse(text).ok, type.name);
    for (const more of [text + text.at(-1), text[0] + text, text + " a"]) {
      assert.ok(!type.parse(more).ok, `${type.name} takes ${more}`);
    }
  }
});
