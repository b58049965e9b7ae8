/**
 * What the tests of values share: the tests that every type must pass, and the longest text of each type, which
 * bounds messages.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_VALUE_LENGTH, type ValueType } from "./value_type.ts";

const NAME_253 = [63, 63, 63, 61].map((length) => "a".repeat(length)).join(".");

/** By the name of the type. A type of few words is not here: its longest word is in `accepts`. */
const LONGEST: Readonly<Record<string, string>> = {
  Ipv4Address: "192.168.100.100",
  Ipv4Broadcast: "255.255.255.255",
  Ipv4Cidr: "192.168.100.100/24",
  Ipv4Route: "192.168.100.128/25 192.168.100.100",
  Mtu: "65535",
  DomainName: NAME_253,
  DomainNameList: `${NAME_253} ${NAME_253} abcd`,
  MacAddress: "02:00:00:00:00:01",
  Seed: "0".repeat(32),
  Seconds: "4294967294",
  ServerName: NAME_253,
  OptionCodes: new Array(16).fill("254").join(" "),
  PlainText: "t".repeat(255),
  Uri: "u:" + "/".repeat(253),
  HexBytes: "00".repeat(255),
  Count: "9007199254740991",
  Timestamp: "2026-01-31T12:00:00.000Z",
  Sha256: "0".repeat(64),
};

/**
 * A text as long as the longest that a type accepts; where that is not known, as long as any value
 * may be.
 */
export function longestText(type: ValueType<unknown>): string {
  const words = /^one of (.*)$/.exec(type.accepts)?.[1].split(", ") ?? [];
  const longestWord = words.sort((a, b) => b.length - a.length)[0];
  return LONGEST[type.name] ?? longestWord ?? "?".repeat(MAX_VALUE_LENGTH);
}

/** What no type may accept, whatever it is put beside, unless it is one of its own characters. */
const POISON = [
  "\n",
  "\r",
  "\0",
  "\t",
  "\x7f",
  "\x80",
  "é",
  "\u2028",
  ";",
  "#",
  '"',
  "'",
  "$",
  "`",
];
const POISONS_BEFORE_AND_AFTER = [...POISON, " ", "\\", "|", "&"];

/** What a type accepts and refuses. */
export interface ValueCases {
  /** The type. */
  type: ValueType<unknown>;
  /** Text and, where it differs, its canonical form. */
  good: [text: string, canonical?: string][];
  /** What is refused, beside what `testValueType()` makes up. */
  bad: string[];
  /** Characters of the type's own that most others must refuse. */
  own?: string;
}

/** Makes tests of one type. */
export function testValueType({ type, good, bad, own = "" }: ValueCases): void {
  Deno.test(`${type.name}.parse() accepts good text and format() gives its canonical form`, () => {
    for (const [text, canonical = text] of good) {
      const parsed = type.parse(text);
      assert.ok(parsed.ok, `${type.name} ${text}`);
      assert.equal(type.format(parsed.value), canonical);
      assert.deepEqual(type.parse(canonical), parsed);
      assert.deepEqual(type.parse(new TextEncoder().encode(text)), parsed, "as bytes");
    }
  });

  Deno.test(`${type.name}.parse() refuses bad text with a reason that does not repeat it`, () => {
    for (const text of ["", ...bad]) {
      const parsed = type.parse(text);
      assert.ok(!parsed.ok, `${type.name} must refuse ${JSON.stringify(text)}`);
      assert.match(parsed.reason, /^[\x20-\x7e]+$/);
      const isKnown = type.accepts.includes(text); // a part of the list of words
      if (text.length > 9 && !isKnown) assert.ok(!parsed.reason.includes(text));
    }
  });

  Deno.test(`${type.name}.parse() refuses line ends, NUL, quotes and shell words around good text`, () => {
    for (const [text] of good) {
      for (const poison of POISONS_BEFORE_AND_AFTER) {
        if (own.includes(poison)) continue;
        assert.ok(!type.parse(text + poison).ok, JSON.stringify(text + poison));
        assert.ok(!type.parse(poison + text).ok, JSON.stringify(poison + text));
      }
      for (const poison of POISON) {
        if (own.includes(poison)) continue;
        const middle = text.slice(0, 1) + poison + text.slice(1);
        assert.ok(!type.parse(middle).ok, JSON.stringify(middle));
      }
    }
  });

  Deno.test(`${type.name}.parse() gives only canonical words for arbitrary text`, () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789abAB.:/- _\n", "\0") });
    const changed = fc.tuple(fc.constantFrom(...good.map(([text]) => text)), fc.nat(), fc.string())
      .map(([text, at, other]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + other + text.slice(cut + other.length);
      });
    fc.assert(fc.property(fc.oneof(nearly, fc.string(), changed), (text) => {
      const parsed = type.parse(text);
      if (!parsed.ok) return;
      const canonical = type.format(parsed.value);
      const others = [...canonical].filter((character) => !own.includes(character)).join("");
      assert.match(others, /^([A-Za-z0-9_.:/-]+( [A-Za-z0-9_.-]+)*)?$/);
      assert.deepEqual(type.parse(canonical), parsed);
    }));
  });
}
