import assert from "node:assert/strict";
import { decodeRequest, MAX_CHANGES } from "./codec.ts";
import {
  encodeCommit,
  encodeRequest,
  fromHex,
  fromWords,
  GOLDEN_MESSAGES,
} from "./testdata/messages.ts";

const READ = GOLDEN_MESSAGES[0];

function refusedBecause(message: Uint8Array): string {
  const decoded = decodeRequest(message);
  assert.ok(!decoded.ok, "must be malformed");
  return decoded.reason;
}

// Framing.

Deno.test("decodeRequest() refuses several segments, however many are claimed", () => {
  for (const count of [1, 2, 511, 0x7fffffff, 0xffffffff]) {
    const message = fromHex(READ.hex);
    new DataView(message.buffer).setUint32(0, count, true);
    assert.equal(refusedBecause(message), "more than one segment");
  }
});

Deno.test("decodeRequest() refuses a segment of another size than the datagram", () => {
  for (const words of [0, 5, 7, 0x1fffffff, 0xffffffff]) {
    const message = fromHex(READ.hex);
    new DataView(message.buffer).setUint32(4, words, true);
    assert.equal(refusedBecause(message), "segment size is not the message's");
  }
});

Deno.test("decodeRequest() takes 8192 bytes and not a word more", () => {
  const padTo = (length: number) => {
    const message = new Uint8Array(length);
    message.set(fromHex(READ.hex));
    new DataView(message.buffer).setUint32(4, length / 8 - 1, true);
    return message;
  };
  assert.ok(decodeRequest(padTo(8192)).ok);
  assert.equal(refusedBecause(padTo(8200)), "message too long");
});

// Pointers. The root is a struct of one word and two pointers unless said otherwise.

const ROOT: [number, number] = [0, 0x20001];
const TAG_WRITE: [number, number] = [1, 0];
const TAG_READ: [number, number] = [1, 1];
const TAG_COMMIT: [number, number] = [1, 4];
const NULL: [number, number] = [0, 0];
/** A list pointer to `words` words after the next one. */
const list = (words: number, size: number, count: number): [number, number] => [
  (words << 2 | 1) >>> 0,
  (count << 3 | size) >>> 0,
];

Deno.test("decodeRequest() refuses a null root, a list, far and capability pointers as root", () => {
  assert.equal(refusedBecause(fromWords([NULL])), "no root");
  for (const low of [1, 2, 3, 6]) {
    assert.equal(refusedBecause(fromWords([[low, 0x20001], TAG_READ, NULL, NULL])), "not a struct");
  }
});

Deno.test("decodeRequest() refuses far and capability pointers wherever it reads", () => {
  for (const low of [2, 6, 3, 10]) {
    const bad: [number, number] = [low, 0];
    refusedBecause(fromWords([ROOT, TAG_READ, bad, NULL]));
    refusedBecause(fromWords([ROOT, TAG_WRITE, NULL, bad]));
    refusedBecause(fromWords([ROOT, TAG_COMMIT, NULL, bad]));
    refusedBecause(fromWords([ROOT, TAG_READ, list(1, 6, 1), NULL, bad]));
  }
});

Deno.test("decodeRequest() refuses pointers out of the segment on either side", () => {
  for (const low of [0x7ffffffc, 0x80000000, 0xfffffff0, 0xffffffec, 4 << 2]) {
    refusedBecause(fromWords([[low, 0x20001], TAG_READ, NULL, NULL]));
    refusedBecause(fromWords([ROOT, TAG_READ, [low | 1, 1 << 3 | 6], NULL]));
    refusedBecause(fromWords([ROOT, TAG_WRITE, NULL, [low | 1, 1 << 3 | 2]]));
    refusedBecause(fromWords([ROOT, TAG_COMMIT, NULL, [low | 1, 1 << 3 | 7]]));
  }
  refusedBecause(fromWords([[0, 0xffffffff], TAG_READ, NULL, NULL]));
});

Deno.test("decodeRequest() refuses words reached more than once", () => {
  const part: [number, number] = [0x00636261, 0];
  // Four parts of a path that share one text: honest encoders never do this.
  const shared = [ROOT, TAG_READ, list(1, 6, 4), NULL, list(3, 2, 4), list(2, 2, 4), list(1, 2, 4)];
  const message = fromWords([...shared, list(0, 2, 4), part]);
  assert.equal(refusedBecause(message), "words reached more than once");
  // A struct that is its own path.
  refusedBecause(fromWords([ROOT, TAG_READ, [0xfffffffd - 8, 1 << 3 | 6], NULL]));
});

Deno.test("decodeRequest() refuses huge lists of elements without size", () => {
  for (const size of [0, 1, 2, 3, 4, 5, 6]) {
    refusedBecause(fromWords([ROOT, TAG_READ, list(1, size, 0x1fffffff), NULL]));
    refusedBecause(fromWords([ROOT, TAG_WRITE, NULL, list(0, size, 0x1fffffff)]));
    refusedBecause(fromWords([ROOT, TAG_COMMIT, NULL, list(0, size, 0x1fffffff)]));
  }
  // A list of structs without words, in a tag that claims 2^30 - 1 of them.
  const many = [ROOT, TAG_COMMIT, NULL, list(0, 7, 0), [0xfffffffc, 0]] as [number, number][];
  assert.equal(refusedBecause(fromWords(many)), "list too long");
});

Deno.test("decodeRequest() refuses a list of structs that is larger than its words or oddly tagged", () => {
  const withTag = (tag: [number, number], words: number) =>
    fromWords([ROOT, TAG_COMMIT, NULL, list(0, 7, words), tag, NULL, NULL, NULL]);
  assert.ok(decodeRequest(withTag([1 << 2, 0x20001], 3)).ok, "one change is whole");
  assert.equal(refusedBecause(withTag([2 << 2, 0x20001], 3)), "list larger than its words");
  assert.equal(refusedBecause(withTag([1 << 2, 0xffffffff], 3)), "list larger than its words");
  assert.equal(refusedBecause(withTag([1 << 2 | 1, 0x20001], 3)), "a list tag of another kind");
  assert.equal(refusedBecause(withTag([1 << 2, 0x20001], 4)), "pointer out of bounds");
});

Deno.test("decodeRequest() refuses a commit with a path and changes of unknown kind", () => {
  const path = [list(0, 2, 3), [0x7069, 0]] as [number, number][];
  const commit = fromWords([ROOT, TAG_COMMIT, list(1, 6, 1), NULL, ...path]);
  assert.equal(refusedBecause(commit), "a commit with a path");
  const change = [ROOT, TAG_COMMIT, NULL, list(0, 7, 3), [1 << 2, 0x20001], [2, 0], NULL, NULL];
  assert.equal(refusedBecause(fromWords(change as [number, number][])), "a change of unknown kind");
});

// Paths and limits.

/** A read of one part with these bytes, NUL not added. */
function readOfPart(bytes: readonly number[]): Uint8Array {
  const words = Math.ceil(bytes.length / 8);
  const blank = Array.from({ length: words }, (): [number, number] => [0, 0]);
  const message = fromWords([
    ROOT,
    TAG_READ,
    list(1, 6, 1),
    NULL,
    list(0, 2, bytes.length),
    ...blank,
  ]);
  message.set(bytes, 8 + 5 * 8);
  return message;
}

Deno.test("decodeRequest() refuses any byte in a path but printable ASCII without slash and space", () => {
  for (let code = 0; code < 256; code++) {
    const fine = code > 0x20 && code < 0x7f && code !== 0x2f;
    assert.equal(decodeRequest(readOfPart([0x61, code, 0x62, 0])).ok, fine, `byte ${code}`);
  }
});

Deno.test("decodeRequest() refuses text without its NUL, and empty parts", () => {
  assert.equal(refusedBecause(readOfPart([0x61, 0x62])), "text without its NUL");
  assert.equal(refusedBecause(readOfPart([0])), "empty part of a path");
  assert.equal(refusedBecause(readOfPart([])), "empty part of a path");
  assert.equal(
    refusedBecause(fromWords([ROOT, TAG_READ, list(1, 6, 1), NULL, NULL])),
    "empty part of a path",
  );
});

Deno.test("decodeRequest() takes 4 parts of 64 bytes, 512 bytes of value, 64 changes, and no more", () => {
  const read = (path: string) =>
    decodeRequest(encodeRequest({ id: 1, operation: "read", path })).ok;
  const part = "p".repeat(64);
  assert.ok(read(`/${part}/${part}/${part}/${part}`));
  assert.ok(!read(`/${part}p`));
  assert.ok(!read("/a/b/c/d/e"));
  const write = (text: string) => decodeRequest(encodeCommit(1, [{ path: "/ip", text }])).ok;
  assert.ok(write("v".repeat(512)));
  assert.ok(!write("v".repeat(513)));
  const commit = (count: number) =>
    decodeRequest(
      encodeCommit(1, Array.from({ length: count }, () => ({ path: "/ip", text: "v" }))),
    );
  assert.ok(commit(MAX_CHANGES).ok);
  assert.ok(!commit(MAX_CHANGES + 1).ok);
});

// Other versions of the schema.

Deno.test("decodeRequest() takes shorter structs of older senders and longer ones of newer", () => {
  // No data and no pointers at all: id 0, write, empty path and value.
  assert.deepEqual(decodeRequest(fromWords([[0xfffffffc, 0]])), {
    ok: true,
    value: { id: 0, operation: "write", changes: [{ path: "/", text: "" }] },
  });
  // Two words of data, three pointers, of which the last is a capability that nobody reads.
  const path = [list(0, 2, 3), [0x7069, 0]] as [number, number][];
  const newer = [[0, 0x30002], [7, 1], [9, 9], list(2, 6, 1), NULL, [3, 0], ...path];
  assert.deepEqual(decodeRequest(fromWords(newer as [number, number][])), {
    ok: true,
    value: { id: 7, operation: "read", path: "/ip" },
  });
});

Deno.test("decodeRequest() gives `unknown` for a kind of request that a later schema may add", () => {
  assert.deepEqual(decodeRequest(fromWords([ROOT, [7, 5], NULL, NULL])), {
    ok: true,
    value: { id: 7, operation: "unknown", path: "/" },
  });
});
