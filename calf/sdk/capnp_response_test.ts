import assert from "node:assert/strict";
import * as capnp from "capnp-es";
import fc from "fast-check";
import { Response } from "../../schema/kv.capnp.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { CAPNP_MAX_CHANGES, RESPONSE_CHANGES } from "./capnp.ts";
import { type ChangeSpec, changesResponse, response, runCapnp } from "./capnp_fixture.ts";
import { ResponseDecoder } from "./capnp_response.ts";
import { ascii, fromAscii, hex, toHex } from "./sdk_fixture.ts";

Deno.test("ResponseDecoder.decode() reads a value and an error", () => {
  const decoder = new ResponseDecoder();
  fc.assert(fc.property(fc.integer(), fc.nat(1), fc.uint8Array(), (id, kind, value) => {
    const message = response(id, kind, value);
    assert.equal(decoder.decode(message, message.length), true);
    assert.deepEqual([decoder.id, decoder.kind], [id | 0, kind]);
    const at = decoder.valueAt;
    assert.deepEqual(message.slice(at, at + decoder.valueLength), value);
  }));
});

Deno.test("ResponseDecoder.decode() reads what capnp-es writes", () => {
  const decoder = new ResponseDecoder();
  for (const [kind, text] of [[0, "up"], [1, "denied"], [0, ""]] as const) {
    const message = new capnp.Message();
    const root = message.initRoot(Response);
    root.id = 42;
    if (kind === 0) root._initOk(text.length).copyBuffer(ascii(text));
    else root._initError(text.length).copyBuffer(ascii(text));
    const bytes = new Uint8Array(message.toArrayBuffer());
    assert.equal(decoder.decode(bytes, bytes.length), true);
    assert.deepEqual([decoder.id, decoder.kind], [42, kind]);
    const { valueAt, valueLength } = decoder;
    assert.equal(fromAscii(bytes.subarray(valueAt, valueAt + valueLength)), text);
  }
});

testWith(["capnp"], "ResponseDecoder.decode() reads what the capnp tool writes", () => {
  const decoder = new ResponseDecoder();
  const bytes = runCapnp(["encode", "Response"], ascii(`(id = -5, error = "no such key")`));
  assert.equal(decoder.decode(bytes, bytes.length), true);
  assert.deepEqual([decoder.id, decoder.kind], [-5, 1]);
  assert.equal(toHex(bytes), toHex(response(-5, 1, ascii("no such key"))));
});

Deno.test("ResponseDecoder.decode() refuses every truncation of a message", () => {
  const decoder = new ResponseDecoder();
  const message = response(1, 0, ascii("0123456789"));
  for (let len = 0; len < message.length; len++) {
    assert.equal(decoder.decode(message, len), false, String(len));
  }
});

Deno.test("ResponseDecoder.decode() refuses broken framing and pointers", () => {
  const decoder = new ResponseDecoder();
  const refuses = (at: number, bytes: string, why: string) => {
    const message = response(1, 0, ascii("0123456789"));
    message.set(hex(bytes), at);
    assert.equal(decoder.decode(message, message.length), false, why);
  };
  refuses(0, "01000000", "two segments");
  refuses(4, "06000000", "fewer bytes than words");
  refuses(4, "04000000", "more bytes than words");
  refuses(8, "01000000", "the root is a list");
  refuses(8, "02000000", "the root is a far pointer");
  refuses(8, "10000000", "the root ends outside");
  refuses(8, "f4ffffff", "the root is before the segment");
  refuses(8, "fcffff7f", "the root is far outside");
  refuses(12, "0500", "the root has too much data");
  refuses(14, "ffff", "the root has too many pointers");
  refuses(20, "0300", "the union is none that we know");
  refuses(24, "00", "the value is a struct");
  refuses(24, "02", "the value is a far pointer");
  refuses(28, "51", "the value is a list of bits");
  refuses(28, "8a000000", "the value is 17 bytes long");
  refuses(28, "faffffff", "the value is very long");
  refuses(24, "e9ffffff", "the value is before the segment");
  refuses(24, "fdffff7f", "the value is far outside");
});

Deno.test("ResponseDecoder.decode() takes defaults for what an older sender leaves out", () => {
  const decoder = new ResponseDecoder();
  const empty = hex("00 00 00 00 01 00 00 00  00 00 00 00 00 00 00 00");
  assert.equal(decoder.decode(empty, 16), true);
  assert.deepEqual([decoder.id, decoder.kind, decoder.valueLength], [0, 0, 0]);
  const noPointer = hex("00000000 02000000  00000000 01000000  09000000 01000000");
  assert.equal(decoder.decode(noPointer, 24), true);
  assert.deepEqual([decoder.id, decoder.kind, decoder.valueLength], [9, 1, 0]);
});

Deno.test("ResponseDecoder.decode() stays within the message, and agrees with capnp-es", () => {
  const decoder = new ResponseDecoder();
  const noise = fc.array(fc.tuple(fc.nat(47), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(noise, (noise) => {
      const message = response(1, 0, ascii("0123456789"));
      for (const [at, byte] of noise) message[at] = byte;
      if (!decoder.decode(message, message.length)) return;
      const { valueAt, valueLength } = decoder;
      assert.ok(valueAt >= 0 && valueAt + valueLength <= message.length);
      const root = new capnp.Message(message, false).getRoot(Response);
      assert.deepEqual([decoder.id, decoder.kind], [root.id, root.which()]);
      const data = root.which() === 0 ? root.ok : root.error;
      assert.deepEqual(message.slice(valueAt, valueAt + valueLength), data.toUint8Array());
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    if (!decoder.decode(bytes, bytes.length)) return;
    assert.ok(decoder.valueAt + decoder.valueLength <= bytes.length);
  }));
});

// Changes.

const PATH = fc.array(
  fc.string({ unit: fc.constantFrom(..."abz019-_.~!"), minLength: 1, maxLength: 64 }),
  { minLength: 1, maxLength: 4 },
).map((parts) => "/" + parts.join("/"));
const CHANGE: fc.Arbitrary<ChangeSpec> = fc.record({
  path: PATH,
  value: fc.option(fc.string({ unit: fc.constantFrom(..."abz019.:/ -"), maxLength: 40 })),
}, { noNullPrototype: true });
const CHANGES: ChangeSpec[] = [
  { path: "/link", value: "up" },
  { path: "/config/hostname", value: null },
  { path: "/config/static/nameserver/001", value: "192.0.2.53" },
];

/** The changes that a decoder gives, or null when it refuses the message. */
function readChanges(decoder: ResponseDecoder, message: Uint8Array): ChangeSpec[] | null {
  if (!decoder.decode(message, message.length)) return null;
  const changes: ChangeSpec[] = [];
  while (decoder.nextChange(message)) {
    const { valueAt, valueLength, changePath } = decoder;
    assert.ok(valueAt >= 0 && valueAt + valueLength <= message.length);
    const value = fromAscii(message.subarray(valueAt, valueAt + valueLength));
    assert.ok(!decoder.changeDeleted || value === "");
    const path = fromAscii(changePath.bytes.subarray(0, changePath.length));
    changes.push({ path, value: decoder.changeDeleted ? null : value });
  }
  assert.equal(changes.length, decoder.changes, "none is refused after decode()");
  assert.equal(decoder.nextChange(message), false);
  assert.deepEqual([decoder.changePath.length, decoder.valueLength], [0, 0]);
  return changes;
}

/** Bytes whose reader may not look at any other. */
function guarded(bytes: Uint8Array): Uint8Array {
  return new Proxy(bytes, {
    get(target, name) {
      if (/^-?[0-9]+$/.test(String(name))) {
        assert.ok(String(name) in target, `read ${String(name)}`);
      }
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

Deno.test("ResponseDecoder.nextChange() gives the changes that capnp-es wrote, in order", () => {
  const decoder = new ResponseDecoder();
  fc.assert(fc.property(fc.integer(), fc.array(CHANGE, { maxLength: 20 }), (id, changes) => {
    const message = changesResponse(id, changes);
    assert.deepEqual(readChanges(decoder, message), changes);
    assert.deepEqual([decoder.id, decoder.kind], [id | 0, RESPONSE_CHANGES]);
  }));
});

testWith(["capnp"], "ResponseDecoder.nextChange() gives what the capnp tool writes", () => {
  const text = `(id = 7, changes = [(path = ["link"], write = "up"), ` +
    `(path = ["config", "hostname"], delete = void), ` +
    `(path = ["config", "static", "nameserver", "001"], write = "192.0.2.53")])`;
  const message = runCapnp(["encode", "Response"], ascii(text));
  assert.deepEqual(readChanges(new ResponseDecoder(), message), CHANGES);
  assert.equal(toHex(message), toHex(changesResponse(7, CHANGES)));
  const none = runCapnp(["encode", "Response"], ascii("(id = 7, changes = [])"));
  assert.deepEqual(readChanges(new ResponseDecoder(), none), []);
});

Deno.test("ResponseDecoder.decode() takes as many changes as there may be and no more", () => {
  const decoder = new ResponseDecoder();
  const changes = Array.from({ length: CAPNP_MAX_CHANGES + 1 }, () => CHANGES[1]);
  assert.equal(readChanges(decoder, changesResponse(1, changes)), null);
  assert.deepEqual(readChanges(decoder, changesResponse(1, changes.slice(1))), changes.slice(1));
});

Deno.test("ResponseDecoder.decode() refuses every truncation of a message of changes", () => {
  const decoder = new ResponseDecoder();
  const message = changesResponse(1, CHANGES);
  for (let len = 0; len < message.length; len++) {
    assert.equal(decoder.decode(message, len), false, String(len));
    if (len < 16 || len % 8 !== 0) continue;
    const cut = message.slice(0, len); // with a frame that fits
    new DataView(cut.buffer).setUint32(4, len / 8 - 1, true);
    assert.equal(decoder.decode(guarded(cut), len), false, `${len} with its frame`);
  }
});

/** One write of "up" to /link, 104 bytes. */
const LINK = hex(`
  00000000 0a000000   00000000 01000100   # 0: frame, root
  01000000 02000000   01000000 1f000000   # 16: id 1, changes; list of 3 words of structs
  04000000 01000200   00000000 00000000   # 32: tag, 1 of 1 and 2; write
  05000000 0e000000   09000000 12000000   # 48: path, 1 pointer; value, 2 bytes
  01000000 2a000000                       # 64: part, 5 bytes
  6c696e6b 00000000   75700000 00000000   # 72: "link", "up"
`);

Deno.test("ResponseDecoder.decode() refuses changes with any pointer, count or text that is wrong", () => {
  const decoder = new ResponseDecoder();
  const up = [{ path: "/link", value: "up" }];
  assert.deepEqual(readChanges(decoder, LINK), up);
  const cases: [at: number, bytes: string, why: string][] = [
    [24, "00000000", "the list is a struct"],
    [24, "02000000", "the list is a far pointer"],
    [24, "f1ffffff", "the list is before the segment"],
    [24, "fdffff7f", "the list is far outside"],
    [28, "1e000000", "a list of pointers instead of structs"],
    [28, "5f000000", "the list ends outside"],
    [28, "ffffffff", "the list is very long"],
    [28, "17000000", "the list is shorter than its elements"],
    [32, "05000000", "the tag is a list"],
    [32, "08000000", "the tag counts two"],
    [32, "fcffffff", "the tag counts very many"],
    [36, "02000200", "a struct of four words"],
    [36, "01000000", "a struct without pointers has no path"],
    [40, "0200", "a change of unknown kind"],
    [48, "0000000000000000", "no path"],
    [48, "04", "the path is a struct"],
    [48, "06", "the path is a far pointer"],
    [48, "e5ffffff", "the path is before the segment"],
    [48, "fdffff7f", "the path is far outside"],
    [52, "0a", "the path is bytes"],
    [52, "06", "the path has no parts"],
    [52, "2e", "the path has five parts"],
    [52, "ffffffff", "the path is very long"],
    [56, "08", "the value is a struct"],
    [56, "e1ffffff", "the value is before the segment"],
    [60, "4a", "the value ends outside"],
    [60, "11", "the value is bits"],
    [60, "faffffff", "the value is very long"],
    [64, "0000000000000000", "a part that is null"],
    [64, "00", "a part is a struct"],
    [64, "d9ffffff", "a part is before the segment"],
    [68, "29", "a part is bits"],
    [68, "22", "a part without its NUL"],
    [68, "0a", "an empty part"],
    [68, "8a000000", "a part ends outside"],
    [68, "02000000", "a part of no bytes"],
    [72, "2f", "a slash"],
    [73, "00", "a NUL"],
    [73, "20", "a space"],
    [73, "0a", "a line end"],
    [74, "7f", "DEL"],
    [74, "c3", "not ASCII"],
  ];
  for (const [at, bytes, why] of cases) {
    const message = LINK.slice();
    message.set(hex(bytes), at);
    assert.equal(readChanges(decoder, guarded(message)), null, why);
  }
  assert.deepEqual(readChanges(decoder, LINK), up, "and nothing is left of it");
});

Deno.test("ResponseDecoder.decode() wants parts of at most 64 bytes, four at most", () => {
  const decoder = new ResponseDecoder();
  const part = "p".repeat(64);
  for (
    const [path, taken] of [
      [`/${part}/${part}/${part}/${part}`, true],
      [`/${part}p`, false],
      ["/a/b/c/d/e", false],
      ["/", false],
    ] as const
  ) {
    const changes = [{ path, value: "x" }];
    assert.deepEqual(readChanges(decoder, changesResponse(1, changes)), taken ? changes : null);
  }
});

Deno.test("ResponseDecoder.nextChange() gives nothing of a message whose last change is wrong", () => {
  const decoder = new ResponseDecoder();
  const message = changesResponse(1, [...CHANGES, { path: "/a b", value: "x" }]);
  assert.equal(decoder.decode(message, message.length), false);
  const good = changesResponse(1, CHANGES);
  assert.deepEqual(readChanges(decoder, good), CHANGES);
});

Deno.test("ResponseDecoder.decode() takes changes shorter and longer than its own", () => {
  const decoder = new ResponseDecoder();
  const words = (text: string) =>
    hex(`00000000 ${
      (text.match(/\S{8}/g)!.length / 2).toString(16)
        .padStart(2, "0")
    }000000 ${text}`);
  const part = "01000000 2a000000 6c696e6b 00000000";
  const noValue = words(`00000000 01000100 01000000 02000000 01000000 17000000
    04000000 01000100 00000000 00000000 01000000 0e000000 ${part}`);
  assert.deepEqual(readChanges(decoder, noValue), [{ path: "/link", value: "" }]);
  const noData = words(`00000000 01000100 01000000 02000000 01000000 17000000
    04000000 00000200 05000000 0e000000 00000000 00000000 ${part}`);
  assert.deepEqual(readChanges(decoder, noData), [{ path: "/link", value: "" }]);
  const newer = words(`00000000 01000100 01000000 02000000 01000000 2f000000 04000000 02000300
    01000000 00000000 07000000 07000000 09000000 0e000000 00000000 00000000 03000000 00000000
    ${part}`);
  assert.deepEqual(readChanges(decoder, newer), [{ path: "/link", value: null }]);
  const noList = words(`00000000 01000000 01000000 02000000`);
  assert.deepEqual(readChanges(decoder, noList), []);
});

/** What capnp-es makes of a message that our decoder takes. */
function readWithLibrary(message: Uint8Array): ChangeSpec[] {
  const root = new capnp.Message(message, false).getRoot(Response);
  return [...root.changes].map((change) => ({
    path: "/" + [...change.path].join("/"),
    value: change._isDelete ? null : fromAscii(change.write.toUint8Array()),
  }));
}

Deno.test("ResponseDecoder stays within any message, and agrees with capnp-es on those it takes", () => {
  const decoder = new ResponseDecoder();
  const word = fc.oneof(fc.nat(0x40), fc.nat(0xffffffff), fc.constantFrom(0xfffffff9, 0x20001));
  const mutation = fc.oneof(
    fc.record({ at: fc.nat(), byte: fc.nat(255) }),
    fc.record({ at: fc.nat(), low: word, high: word }),
  );
  const changes = fc.oneof(fc.constant(CHANGES), fc.array(CHANGE, { maxLength: 4 }));
  let taken = 0;
  fc.assert(
    fc.property(changes, fc.array(mutation, { maxLength: 4 }), (changes, mutations) => {
      const message = changesResponse(1, changes);
      const view = new DataView(message.buffer);
      for (const each of mutations) {
        if ("byte" in each) message[each.at % message.length] = each.byte;
        else {
          const at = 8 + (each.at % (message.length / 8 - 1)) * 8;
          view.setUint32(at, each.low, true);
          view.setUint32(at + 4, each.high, true);
        }
      }
      const read = readChanges(decoder, guarded(message));
      if (read === null || decoder.kind !== RESPONSE_CHANGES) return;
      taken += 1;
      assert.deepEqual(read, readWithLibrary(message));
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 100, `${taken} taken`);
});

Deno.test("ResponseDecoder stays within any words in a good frame", () => {
  const decoder = new ResponseDecoder();
  const half = fc.oneof(fc.nat(0x30), fc.nat(0xffffffff), fc.constantFrom(0x10001, 0x20001, 2));
  fc.assert(
    fc.property(fc.array(fc.tuple(half, half), { minLength: 1, maxLength: 24 }), (words) => {
      const message = new Uint8Array(8 + words.length * 8);
      const view = new DataView(message.buffer);
      view.setUint32(4, words.length, true);
      words.forEach(([low, high], i) => {
        view.setUint32(8 + i * 8, low, true);
        view.setUint32(12 + i * 8, high, true);
      });
      view.setUint32(8, 0, true); // a root that is a struct, and its kind
      view.setUint32(12, 0x10001, true);
      if (words.length > 1) view.setUint16(20, RESPONSE_CHANGES, true);
      readChanges(decoder, guarded(message));
    }),
    { numRuns: 3000 },
  );
});
