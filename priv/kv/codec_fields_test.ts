import assert from "node:assert/strict";
import { decodeRequest, type KvWrite, MAX_CHANGES } from "./codec.ts";
import { encodeCommit, encodeRequest, fromWords } from "./testdata/messages.ts";

type Word = readonly [low: number, high: number];

function refusedBecause(message: Uint8Array): string {
  const decoded = decodeRequest(message);
  assert.ok(!decoded.ok, "must be malformed");
  return decoded.reason;
}

// Requests by words. The root is a struct of one word and two pointers unless said otherwise.

const ROOT: Word = [0, 0x20001];
const TAG_WRITE: Word = [1, 0];
const TAG_READ: Word = [1, 1];
const TAG_COMMIT: Word = [1, 4];
const NULL: Word = [0, 0];
/** A list pointer to `words` words after the next one. */
const list = (words: number, size: number, count: number): Word => [
  (words << 2 | 1) >>> 0,
  (count << 3 | size) >>> 0,
];

Deno.test("decodeRequest() refuses a commit with a path and changes of unknown kind", () => {
  const path: Word[] = [list(0, 2, 3), [0x7069, 0]];
  const commit = fromWords([ROOT, TAG_COMMIT, list(1, 6, 1), NULL, ...path]);
  assert.equal(refusedBecause(commit), "a commit with a path");
  const change: Word[] = [ROOT, TAG_COMMIT, NULL, list(0, 7, 3), [1 << 2, 0x20001], [2, 0]];
  assert.equal(refusedBecause(fromWords([...change, NULL, NULL])), "a change of unknown kind");
});

/** Words for what such a field points to. */
const ROOM: Word[] = Array.from({ length: 8 }, () => NULL);

/** What a field may be instead of a list of element size `right`: each sound in front of ROOM. */
function otherKinds(right: number): Word[] {
  const kinds: Word[] = [[0, 1], [0, right]]; // structs, one with the element size where a list has it
  for (let size = 0; size < 7; size++) if (size !== right) kinds.push(list(0, size, 1));
  if (right !== 7) kinds.push(list(0, 7, 0));
  return kinds;
}

Deno.test("decodeRequest() refuses every pointer of another kind than the schema has", () => {
  const ahead = ([low, high]: Word, words: number): Word => [low + (words << 2), high];
  for (const kind of otherKinds(6)) { // Request.path, Change.path
    const root: Word[] = [ROOT, TAG_READ, ahead(kind, 1), NULL, ...ROOM];
    assert.equal(refusedBecause(fromWords(root)), "not a list of pointers");
    const change: Word[] = [[1 << 2, 0x20001], [1, 0], ahead(kind, 1), NULL, ...ROOM];
    const commit: Word[] = [ROOT, TAG_COMMIT, NULL, list(0, 7, 3), ...change];
    assert.equal(refusedBecause(fromWords(commit)), "not a list of pointers");
  }
  for (const kind of otherKinds(2)) { // Request.write, Change.write, a part of a path
    assert.equal(refusedBecause(fromWords([ROOT, TAG_WRITE, NULL, kind, ...ROOM])), "not bytes");
    const change: Word[] = [[1 << 2, 0x20001], [0, 0], NULL, kind, ...ROOM];
    const commit: Word[] = [ROOT, TAG_COMMIT, NULL, list(0, 7, 3), ...change];
    assert.equal(refusedBecause(fromWords(commit)), "not bytes");
    const part: Word[] = [ROOT, TAG_READ, list(1, 6, 1), NULL, kind, ...ROOM];
    assert.equal(refusedBecause(fromWords(part)), "not bytes");
  }
  for (const kind of otherKinds(7)) { // Request.commit
    const commit: Word[] = [ROOT, TAG_COMMIT, NULL, kind, ...ROOM];
    assert.equal(refusedBecause(fromWords(commit)), "not a list of structs");
  }
});

Deno.test("decodeRequest() refuses a struct list too long of structs without words", () => {
  const commit: Word[] = [ROOT, TAG_COMMIT, NULL, list(0, 7, 0), [129 << 2, 0]];
  assert.equal(refusedBecause(fromWords(commit)), "list too long");
});

// Paths and limits.

/** A read of one part with these bytes, NUL not added. */
function readOfPart(bytes: readonly number[]): Uint8Array {
  const words = Math.ceil(bytes.length / 8);
  const blank = Array.from({ length: words }, (): Word => NULL);
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

Deno.test("decodeRequest() takes 4 parts of 64 bytes, 512 bytes of value, 128 changes, and no more", () => {
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

Deno.test("decodeRequest() reads the largest commit that fits", () => {
  const path = "/aaaaaaa/bbbbbbb/ccccccc/ddddddd";
  const changes = Array.from({ length: MAX_CHANGES }, () => ({ path, text: "v".repeat(32) }));
  const message = encodeCommit(1, changes);
  assert.ok(message.length > 15400 && message.length <= 16384);
  assert.deepEqual(decodeRequest(message), {
    ok: true,
    value: { id: 1, operation: "commit", changes },
  });
});

Deno.test("decodeRequest() refuses what a decoder of UTF-8 would drop from a path", () => {
  refusedBecause(readOfPart([0xef, 0xbb, 0xbf, 0x69, 0x70, 0])); // a byte order mark before "ip"
  refusedBecause(readOfPart([0x69, 0x70, 0, 0])); // a NUL besides the one at the end
});

// Other versions of the schema.

Deno.test("decodeRequest() takes shorter structs of older senders and longer ones of newer", () => {
  // No data and no pointers at all: id 0, write, empty path and value.
  assert.deepEqual(decodeRequest(fromWords([[0xfffffffc, 0]])), {
    ok: true,
    value: { id: 0, operation: "write", changes: [{ path: "/", text: "" }] },
  });
  // Two words of data, three pointers, of which nobody reads the last: a struct of one word.
  const path: Word[] = [list(0, 2, 3), [0x7069, 0], [5, 5]];
  const newer: Word[] = [[0, 0x30002], [7, 1], [9, 9], list(2, 6, 1), NULL, [2 << 2, 1], ...path];
  assert.deepEqual(decodeRequest(fromWords(newer)), {
    ok: true,
    value: { id: 7, operation: "read", path: "/ip" },
  });
});

Deno.test("decodeRequest() takes changes shorter and longer than its own", () => {
  const commit = (tag: Word, words: Word[], ...after: Word[]) =>
    fromWords([ROOT, TAG_COMMIT, NULL, list(0, 7, words.length), tag, ...words, ...after]);
  const changes = (...list: KvWrite[]) => ({
    ok: true,
    value: { id: 1, operation: "commit", changes: list },
  });
  const nothing = { path: "/", text: "" };
  assert.deepEqual(decodeRequest(commit([2 << 2, 0], [])), changes(nothing, nothing));
  const deletion = { path: "/", text: null };
  assert.deepEqual(
    decodeRequest(commit([2 << 2, 1], [[1, 0], [0, 0]])),
    changes(deletion, nothing),
  );
  // One pointer: a path that is null, and one that is not. Then pointers without data.
  const part: Word[] = [list(0, 2, 3), [0x7069, 0]];
  assert.deepEqual(
    decodeRequest(commit([2 << 2, 0x10001], [[1, 0], NULL, [1, 0], list(0, 6, 1)], ...part)),
    changes(deletion, { path: "/ip", text: null }),
  );
  assert.deepEqual(
    decodeRequest(commit([1 << 2, 0x20000], [NULL, list(0, 2, 2)], [0x7075, 0])),
    changes({ path: "/", text: "up" }),
  );
  assert.deepEqual(
    decodeRequest(
      commit([1 << 2, 0x30002], [[0, 0], [9, 9], NULL, list(1, 2, 2), NULL], [0x7075, 0]),
    ),
    changes({ path: "/", text: "up" }),
  );
});

Deno.test("decodeRequest() gives `unknown` for a kind of request that a later schema may add", () => {
  assert.deepEqual(decodeRequest(fromWords([ROOT, [7, 6], NULL, NULL])), {
    ok: true,
    value: { id: 7, operation: "unknown", path: "/" },
  });
});
