import assert from "node:assert/strict";
import * as capnp from "capnp-es";
import fc from "fast-check";
import { Change_Which, Request, Request_Which } from "../../schema/kv.capnp.ts";
import { testWith } from "../../tests/support/requirements.ts";
import {
  CAPNP_MAX_CHANGES,
  CAPNP_MAX_MESSAGE,
  CHANGE_DELETE,
  CHANGE_WRITE,
  REQUEST_COMMIT,
  REQUEST_DELETE,
  REQUEST_READ,
  REQUEST_SUBSCRIBE,
  REQUEST_WATCH,
  REQUEST_WRITE,
  RequestEncoder,
} from "./capnp.ts";
import { runCapnp } from "./capnp_fixture.ts";
import { ascii, fromAscii, hex, toHex } from "./sdk_fixture.ts";

/** `write` /nameserver/001, as `capnp encode` writes it. */
const WRITE = hex(`
  00 00 00 00 0a 00 00 00   # framing: 1 segment of 10 words
  00 00 00 00 01 00 02 00   # root: struct of 1 data word and 2 pointers
  07 00 00 00 00 00 00 00   # id 7; write
  05 00 00 00 16 00 00 00   # path: list of 2 pointers
  15 00 00 00 2a 00 00 00   # write: list of 5 bytes
  05 00 00 00 5a 00 00 00   # path[0]: list of 11 bytes
  09 00 00 00 22 00 00 00   # path[1]: list of 4 bytes
  6e 61 6d 65 73 65 72 76  65 72 00 00 00 00 00 00   # "nameserver" and a zero byte
  30 30 31 00 00 00 00 00   # "001" and a zero byte
  42 4f 55 4e 44 00 00 00   # "BOUND"
`);

interface ChangeSpec {
  path: string;
  index: number;
  value: string | null;
}

interface RequestSpec extends ChangeSpec {
  kind: number;
  changes: ChangeSpec[];
}

/** Encodes with an encoder that has been used before, so that nothing may be left over. */
const encoder = new RequestEncoder();
encoder.bytes.fill(0xee);

function encode(id: number, spec: RequestSpec): Uint8Array {
  encoder.begin(id, spec.kind);
  if (spec.kind === REQUEST_COMMIT) {
    for (const { path, index, value } of spec.changes) {
      encoder.addChange(value === null ? CHANGE_DELETE : CHANGE_WRITE, path, "", index);
      if (value !== null) encoder.changeValue(ascii(value), 0, value.length);
    }
  } else {
    encoder.path(spec.path, spec.index);
    const value = spec.value ?? "";
    if (spec.kind === REQUEST_WRITE) encoder.value(ascii(value), 0, value.length);
  }
  return encoder.bytes.slice(0, encoder.finish());
}

function parts({ path, index }: ChangeSpec): string[] {
  const named = path === "" ? [] : path.slice(1).split("/");
  return index < 0 ? named : [...named, String(index).padStart(3, "0")];
}

/** Text for the capnp tool. */
function capnpText(id: number, spec: RequestSpec): string {
  const data = (value: string | null) => JSON.stringify(value ?? "");
  const list = (spec: ChangeSpec) => JSON.stringify(parts(spec));
  const kinds = [`write = ${data(spec.value)}`, "read = void", "delete = void", "watch = void"];
  const commit = spec.changes.map((change) =>
    `(path = ${list(change)}, ` +
    (change.value === null ? "delete = void)" : `write = ${data(change.value)})`)
  );
  const union = [...kinds, `commit = [${commit}]`, "subscribe = void"][spec.kind];
  const path = spec.kind === REQUEST_COMMIT ? "[]" : list(spec);
  return `(id = ${id}, path = ${path}, ${union})`;
}

const value = fc.string({ maxLength: 40, unit: fc.constantFrom(..."abz019.:/ -") });
const change = fc.record({
  path: fc.constantFrom("", "/ip", "/lease/time", "/nameserver", "/a/bb/cccccccc"),
  index: fc.integer({ min: -1, max: 999 }),
  value: fc.option(value),
});
const request = fc.record({
  path: fc.constantFrom("/mac", "/lease/time", "/nameserver"),
  index: fc.integer({ min: -1, max: 999 }),
  value,
  kind: fc.constantFrom(
    REQUEST_WRITE,
    REQUEST_READ,
    REQUEST_DELETE,
    REQUEST_WATCH,
    REQUEST_COMMIT,
    REQUEST_SUBSCRIBE,
  ),
  changes: fc.array(change, { maxLength: 8 }),
});
const id = fc.integer({ min: 1, max: 0x7fffffff });

const NAMESERVER = {
  kind: REQUEST_WRITE,
  path: "/nameserver",
  index: 1,
  value: "BOUND",
  changes: [],
};

Deno.test("RequestEncoder writes the golden message", () => {
  assert.equal(toHex(encode(7, NAMESERVER)), toHex(WRITE));
});

Deno.test("RequestEncoder writes what capnp-es reads", () => {
  fc.assert(fc.property(id, request, (id, spec) => {
    const message = new capnp.Message(encode(id, spec), false).getRoot(Request);
    assert.equal(message.id, id);
    assert.equal(message.which(), spec.kind);
    if (spec.kind !== Request_Which.COMMIT) {
      assert.deepEqual([...message.path], parts(spec));
      if (spec.kind === Request_Which.WRITE) {
        assert.equal(fromAscii(message.write.toUint8Array()), spec.value);
      }
      return;
    }
    assert.equal(message.path.length, 0);
    const changes = [...message.commit].map((change) => ({
      path: [...change.path],
      value: change.which() === Change_Which.WRITE ? fromAscii(change.write.toUint8Array()) : null,
    }));
    assert.deepEqual(
      changes,
      spec.changes.map((change) => ({ path: parts(change), value: change.value })),
    );
  }));
});

testWith(["capnp"], "RequestEncoder writes byte for byte what the capnp tool writes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(id, request), { minLength: 20, maxLength: 20 }), (requests) => {
      const text = requests.map(([id, spec]) => capnpText(id, spec)).join("\n");
      const tool = runCapnp(["encode", "Request"], ascii(text));
      assert.equal(toHex(tool), requests.map(([id, spec]) => toHex(encode(id, spec))).join(""));
    }),
    { numRuns: 10 },
  );
});

Deno.test("RequestEncoder.finish() is 0 when the message is longer than 16384 bytes", () => {
  const fits = (length: number) => {
    encoder.begin(1, REQUEST_WRITE);
    encoder.path("/x", -1);
    encoder.value(new Uint8Array(length), 0, length);
    return encoder.finish();
  };
  // 40 bytes of Request, 16 of path.
  assert.equal(fits(CAPNP_MAX_MESSAGE - 56), CAPNP_MAX_MESSAGE);
  assert.equal(fits(CAPNP_MAX_MESSAGE - 55), 0);
  assert.equal(fits(40000), 0);
  const commits = (length: number) => {
    encoder.begin(1, REQUEST_COMMIT);
    encoder.addChange(CHANGE_WRITE, "/x", "", -1);
    encoder.changeValue(new Uint8Array(length), 0, length);
    return encoder.finish();
  };
  assert.equal(commits(CAPNP_MAX_MESSAGE - 88), CAPNP_MAX_MESSAGE);
  assert.equal(commits(CAPNP_MAX_MESSAGE - 87), 0);
});

Deno.test("RequestEncoder.finish() is 0 when there are too many changes, or a path is none", () => {
  const commit = (count: number) => {
    encoder.begin(1, REQUEST_COMMIT);
    for (let i = 0; i < count; i++) encoder.addChange(CHANGE_DELETE, "/x", "", i);
    return encoder.finish();
  };
  assert.ok(commit(CAPNP_MAX_CHANGES) > 0);
  assert.equal(commit(CAPNP_MAX_CHANGES + 1), 0);
  encoder.begin(1, REQUEST_READ);
  encoder.path("mac", -1);
  assert.equal(encoder.finish(), 0);
  encoder.begin(1, REQUEST_READ);
  encoder.path("/mac", -1);
  assert.ok(encoder.finish() > 0, "a failure does not outlast begin()");
});
