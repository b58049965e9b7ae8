import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRequest } from "./codec.ts";
import { checkStructure, MAX_NESTING, MAX_SIZELESS_ELEMENTS } from "./guard.ts";
import { fromHex, fromWords, GOLDEN_MESSAGES } from "./testdata/messages.ts";

type Word = readonly [low: number, high: number];

const NULL: Word = [0, 0];
/** A struct `words` words after the next one. */
const struct = (words: number, data: number, pointers: number): Word => [
  words << 2,
  (pointers << 16 | data) >>> 0,
];
/** A list `words` words after the next one. */
const list = (words: number, size: number, count: number): Word => [
  words << 2 | 1,
  (count << 3 | size) >>> 0,
];
const FAR: Word[] = [[2, 0], [6, 0], [10, 1]];
const CAPABILITY: Word[] = [[3, 0], [3, 7], [7, 0]];

const check = (...words: Word[]) => checkStructure(fromWords(words));

for (const { name, hex } of GOLDEN_MESSAGES) {
  Deno.test(`checkStructure() takes the golden message "${name}"`, () => {
    assert.equal(checkStructure(fromHex(hex)), null);
  });
}

// Framing.

Deno.test("checkStructure() refuses several segments, however many are claimed", () => {
  for (const count of [1, 2, 511, 0x7fffffff, 0xffffffff]) {
    const message = fromHex(GOLDEN_MESSAGES[0].hex);
    new DataView(message.buffer).setUint32(0, count, true);
    assert.equal(checkStructure(message), "more than one segment");
  }
});

Deno.test("checkStructure() refuses a segment of another size than the datagram", () => {
  for (const words of [0, 5, 7, 0x1fffffff, 0xffffffff]) {
    const message = fromHex(GOLDEN_MESSAGES[0].hex);
    new DataView(message.buffer).setUint32(4, words, true);
    assert.equal(checkStructure(message), "segment size is not the message's");
  }
});

Deno.test("checkStructure() takes 16 to 16384 bytes and not a word more", () => {
  const padded = (length: number) => {
    const message = new Uint8Array(length);
    const words = new DataView(message.buffer);
    words.setUint32(4, length / 8 - 1, true);
    words.setInt32(8, -4, true); // an empty struct
    return message;
  };
  assert.equal(checkStructure(padded(16)), null);
  assert.equal(checkStructure(padded(16384)), null);
  assert.equal(checkStructure(padded(16392)), "message too long");
  for (let length = 0; length < 16; length++) {
    assert.equal(checkStructure(new Uint8Array(length)), "message too short");
  }
});

// Pointers.

Deno.test("checkStructure() wants a struct as root", () => {
  assert.equal(check(NULL), "no root");
  assert.equal(check(list(0, 2, 8), NULL), "the root is not a struct");
  for (const far of FAR) assert.equal(check(far), "a far pointer");
  for (const capability of CAPABILITY) assert.equal(check(capability), "a capability pointer");
});

Deno.test("checkStructure() refuses far and capability pointers wherever they are, read or not", () => {
  const bad = [
    ...FAR.map((word) => [word, "a far pointer"] as const),
    ...CAPABILITY.map((word) => [word, "a capability pointer"] as const),
  ];
  for (const [word, reason] of bad) {
    assert.equal(check(struct(0, 1, 3), NULL, NULL, NULL, word), reason);
    assert.equal(check(struct(0, 0, 1), list(0, 6, 2), NULL, word), reason);
    assert.equal(check(struct(0, 0, 1), struct(0, 0, 1), word), reason);
    const second: Word[] = [struct(0, 0, 1), list(0, 7, 4), [2 << 2, 0x10001], NULL, NULL, NULL];
    assert.equal(check(...second, word), reason);
  }
});

Deno.test("checkStructure() refuses what lies before or behind the segment, for every kind of pointer", () => {
  for (const words of [1, 2, 0x1fffffff, -3, -4, -0x20000000]) {
    assert.equal(
      check(struct(words - 1, 1, 0), NULL),
      words === 1 ? null : "pointer out of bounds",
    );
    for (let size = 0; size < 8; size++) {
      if (words === 1) continue;
      const fault = check(struct(0, 0, 1), list(words, size, 1), NULL);
      assert.equal(fault, "pointer out of bounds", `${words} ${size}`);
    }
  }
  assert.equal(check([0, 0xffffffff], NULL), "pointer out of bounds");
  assert.equal(check([0, 0x80000000], NULL), "pointer out of bounds", "-0.0, null for capnp-es");
});

Deno.test("checkStructure() counts the room of lists of every element size", () => {
  const bits = [0, 1, 8, 16, 32, 64, 64];
  for (let size = 1; size < 7; size++) {
    for (const words of [1, 2, 7]) {
      const most = words * 64 / bits[size];
      const room = Array.from({ length: words }, () => NULL);
      assert.equal(check(struct(0, 0, 1), list(0, size, most), ...room), null);
      const over = check(struct(0, 0, 1), list(0, size, most + 1), ...room);
      assert.equal(over, "pointer out of bounds", `${size}`);
      const huge = check(struct(0, 0, 1), list(0, size, 0x1fffffff), ...room);
      assert.equal(huge, "pointer out of bounds");
    }
  }
});

Deno.test("checkStructure() refuses a list of structs that is larger than its words or oddly tagged", () => {
  const tagged = (tag: Word, words: number) =>
    check(struct(0, 0, 1), list(0, 7, words), tag, NULL, NULL, NULL);
  assert.equal(tagged(struct(1, 1, 2), 3), null);
  assert.equal(tagged(struct(1, 1, 1), 3), null, "words to spare");
  assert.equal(tagged(struct(1, 1, 2), 2), "list larger than its words");
  assert.equal(tagged(struct(2, 1, 1), 3), "list larger than its words");
  assert.equal(tagged([0xfffffffc, 0x20001], 3), "list larger than its words");
  for (const kind of [1, 2, 3]) {
    assert.equal(tagged([1 << 2 | kind, 0x20001], 3), "a list tag of another kind");
  }
  assert.equal(tagged(struct(1, 1, 2), 4), "pointer out of bounds");
});

Deno.test("checkStructure() bounds lists whose elements have no size", () => {
  const most = MAX_SIZELESS_ELEMENTS;
  assert.equal(check(struct(0, 0, 1), list(0, 0, most)), null);
  assert.equal(check(struct(0, 0, 1), list(0, 7, 0), struct(most, 0, 0)), null);
  for (const count of [most + 1, 0x1fffffff]) {
    assert.equal(check(struct(0, 0, 1), list(0, 0, count)), "list too long");
    assert.equal(check(struct(0, 0, 1), list(0, 7, 0), struct(count, 0, 0)), "list too long");
  }
  assert.equal(check(struct(0, 0, 1), list(0, 7, 0), [0xfffffffc, 0]), "list too long");
});

Deno.test("checkStructure() refuses words that two pointers reach", () => {
  const twice = "words reached more than once";
  const text: Word = [0x00636261, 0];
  const parts: Word[] = [list(3, 2, 4), list(2, 2, 4), list(1, 2, 4), list(0, 2, 4)];
  assert.equal(check(struct(0, 0, 1), list(0, 6, 4), ...parts, text), twice, "one text");
  assert.equal(check(struct(0, 0, 2), list(1, 2, 16), list(1, 2, 8), NULL, NULL), twice, "overlap");
  assert.equal(check(struct(0, 0, 2), struct(1, 1, 0), list(0, 5, 1), NULL), twice, "two kinds");
  const tag: Word[] = [list(1, 7, 1), list(0, 2, 1), struct(1, 1, 0), NULL];
  assert.equal(check(struct(0, 0, 2), ...tag), twice, "the tag");
  const tail: Word[] = [list(1, 7, 1), list(1, 2, 1), struct(0, 1, 0), NULL];
  assert.equal(check(struct(0, 0, 2), ...tail), twice, "words that the tag leaves over");
  assert.equal(check(struct(0, 0, 2), struct(-1, 1, 0), NULL), twice, "a pointer as data");
});

Deno.test("checkStructure() refuses cycles", () => {
  const twice = "words reached more than once";
  assert.equal(check(struct(-1, 0, 1)), twice, "the root itself");
  assert.equal(check(struct(0, 0, 1), struct(-1, 0, 1)), twice, "a struct in itself");
  assert.equal(check(struct(0, 0, 1), struct(0, 0, 1), struct(-2, 0, 1)), twice, "of two");
  assert.equal(check(struct(0, 0, 1), list(0, 6, 1), list(-1, 6, 1)), twice, "of lists");
  const commit: Word[] = [struct(0, 0, 1), list(0, 7, 1), struct(1, 0, 1), list(-2, 7, 1)];
  assert.equal(check(...commit), twice, "of lists of structs");
});

Deno.test("checkStructure() takes nesting to its limit and no further, of structs and of lists", () => {
  const chain = (depth: number, link: Word) => [
    struct(0, 0, 1),
    ...Array.from({ length: depth - 1 }, () => link),
    NULL,
  ];
  for (const link of [struct(0, 0, 1), list(0, 6, 1)]) {
    assert.equal(check(...chain(MAX_NESTING, link)), null);
    for (const depth of [MAX_NESTING + 1, 1000]) {
      assert.equal(check(...chain(depth, link)), "nested too deep");
    }
  }
});

// All of it.

/** Counts the pointers and tags that `run` looks at. */
function countPointers(run: () => void): number {
  const original = DataView.prototype.getInt32;
  let count = 0;
  DataView.prototype.getInt32 = function (at, littleEndian) {
    count++;
    return original.call(this, at, littleEndian);
  };
  try {
    run();
  } finally {
    DataView.prototype.getInt32 = original;
  }
  return count;
}

/** A verdict without an exception, the same twice, after looking at each word at most once (the root: twice). */
function judge(message: Uint8Array): void {
  const before = message.slice();
  let fault: string | null = null;
  const looks = countPointers(() => fault = checkStructure(message));
  assert.ok(looks <= Math.ceil(message.length / 8), `${looks} looks`);
  const decoded = decodeRequest(message);
  if (fault !== null) assert.deepEqual(decoded, { ok: false, reason: fault });
  if (!decoded.ok) assert.notEqual(decoded.reason, "decoder failed");
  assert.deepEqual(message, before, "left alone");
}

Deno.test("checkStructure() looks at each word once in the message with the most pointers", () => {
  const empty = Array.from({ length: 2045 }, () => struct(-1, 0, 0));
  const message = fromWords([struct(0, 0, 1), list(0, 6, empty.length), ...empty]);
  assert.equal(message.length, 16384);
  assert.equal(checkStructure(message), null);
  judge(message);
});

Deno.test("checkStructure() has a verdict on golden messages with bytes, words and pointers changed", () => {
  const offset = fc.integer({ min: -12, max: 40 });
  const pointer = fc.oneof(
    fc.tuple(offset, fc.nat(3), fc.nat(5)).map(([at, data, n]) => struct(at, data, n)),
    fc.tuple(offset, fc.nat(7), fc.oneof(fc.nat(40), fc.nat(0x1fffffff)))
      .map(([at, size, count]) => list(at, size, count)),
    fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
  );
  const mutation = fc.oneof(
    fc.tuple(fc.nat(), fc.nat(255)),
    fc.tuple(fc.nat(), pointer),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...GOLDEN_MESSAGES),
      fc.array(mutation, { minLength: 1, maxLength: 5 }),
      ({ hex }, mutations) => {
        const message = fromHex(hex);
        const view = new DataView(message.buffer);
        for (const [at, value] of mutations) {
          if (typeof value === "number") message[at % message.length] = value;
          else {
            const word = 8 + at % (message.length / 8 - 1) * 8;
            view.setUint32(word, value[0] >>> 0, true);
            view.setUint32(word + 4, value[1], true);
          }
        }
        judge(message);
      },
    ),
    { numRuns: 3000 },
  );
});
