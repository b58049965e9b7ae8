import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DIRECTIVES, MAX_LINE_LENGTH, MAX_PROBLEMS, parseConfig, Problems } from "./parse.ts";

/** `name|text` of each directive of the first block. */
function lines(text: string): string[] {
  return parseConfig(text).blocks[0].directives.map(({ name, text }) => `${name}|${text}`);
}

Deno.test("parseConfig() divides a line into its first word and the rest", () => {
  assert.deepEqual(lines("a\n  b\tc  d \t\ne   f\r\n\r\n"), ["a|", "b|c  d", "e|f"]);
  assert.deepEqual(parseConfig("\n\na b").blocks[0].directives, [{
    name: "a",
    text: "b",
    line: 3,
  }]);
});

Deno.test("parseConfig() passes over comments, but not what is quoted or escaped", () => {
  assert.deepEqual(lines('# a\n ; b\nc d # e\nf "g # h" # i\nj k\\#l\nm \\"n # o\nset;x y;z'), [
    "c|d",
    'f|"g # h"',
    "j|k\\#l",
    'm|\\"n',
    "set;x|y;z",
  ]);
});

Deno.test("parseConfig() keeps an escaped blank at the end", () => {
  assert.deepEqual(lines("a b\\ \nc d\\\\ "), ["a|b\\ ", "c|d\\\\"]);
});

Deno.test("parseConfig() begins a block at interface, profile and ssid, and ends it at the next", () => {
  const { blocks } = parseConfig("a\ninterface eth0 eth1\nb\nprofile p\nssid my net\nc\ninterface");
  assert.deepEqual(
    blocks.map(({ kind, text, line, directives }) => [kind, text, line, directives.length]),
    [
      ["global", "", 0, 1],
      ["interface", "eth0 eth1", 2, 1],
      ["profile", "p", 4, 0],
      ["ssid", "my net", 5, 1],
      ["interface", "", 7, 0],
    ],
  );
});

Deno.test("parseConfig() refuses a long line and many lines, and reads the rest", () => {
  const long = parseConfig(`a ${"x".repeat(MAX_LINE_LENGTH)}\nb`);
  assert.deepEqual(long.problems.map(({ line, severity }) => [line, severity]), [[1, "error"]]);
  assert.equal(long.blocks[0].directives.length, 1);
  const many = parseConfig("a\n".repeat(MAX_DIRECTIVES + 5));
  assert.equal(many.blocks[0].directives.length, MAX_DIRECTIVES);
  assert.deepEqual(many.problems.map(({ line }) => line), [MAX_DIRECTIVES + 1]);
});

Deno.test("Problems keeps so many and says that there are more", () => {
  const problems = new Problems();
  for (let i = 0; i < MAX_PROBLEMS + 9; i++) problems.add(i, "warning", "x\n\x1b");
  assert.equal(problems.list.length, MAX_PROBLEMS + 1);
  assert.equal(problems.list[0].message, "x\\x0a\\x1b");
  assert.equal(problems.list.at(-1)?.severity, "error");
});

Deno.test("parseConfig() never throws and loses no line, whatever the text", () => {
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("interface", "#", '"', "\\", " ", "\n"),
    ),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (text) => {
    const { blocks } = parseConfig(text);
    const numbers = blocks.flatMap(({ directives }) => directives.map(({ line }) => line));
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  }));
});
