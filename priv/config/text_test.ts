import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "./parse.ts";
import { formatString, parseString, parseWords } from "./text.ts";

const STRINGS: readonly (readonly [text: string, value: string | null])[] = [
  ["", ""],
  ["my box", "my box"],
  ['"my box"', "my box"],
  ['""', ""],
  ["a\\ b", "a b"],
  ['"a\\"b\\\\"', 'a"b\\'],
  ["\\n\\t\\r\\b", "\n\t\r\b"],
  ["\\x41\\x4a\\x7", "AJ\x07"],
  ["\\0101\\0", "A\0"],
  ["\\q", "q"],
  ["a\\", "a"],
  ['a"b', 'a"b'],
  ['"a', null],
  ['"a\\"', null],
  ['"a" b', null],
];

for (const [text, value] of STRINGS) {
  Deno.test(`parseString() gives ${JSON.stringify(value)} when the text is ${text}`, () => {
    const parsed = parseString(text);
    assert.equal(parsed.ok ? parsed.value : null, value);
  });
}

Deno.test("parseWords() separates at blanks and commas", () => {
  assert.deepEqual(parseWords(" a,b , c\td,"), ["a", "b", "c", "d"]);
  assert.deepEqual(parseWords(""), []);
});

Deno.test("formatString() gives what a line of a file is read as again", () => {
  const printable = fc.string({ unit: fc.constantFrom(..."ab \t\"\\#;'\n0x") });
  fc.assert(fc.property(printable, (value) => {
    const [directive] = parseConfig(`a ${formatString(value)} # end`).blocks[0].directives;
    assert.deepEqual(parseString(directive.text), { ok: true, value });
  }));
});
