import assert from "node:assert/strict";
import { columns, labelled, WIDTH } from "./layout.ts";
import { COLOUR, PLAIN } from "./style.ts";

Deno.test("labelled() puts label and values into two columns when there are several", () => {
  assert.deepEqual(labelled(PLAIN, "routes", ["a", "b"]), [
    "  routes         a",
    "                 b",
  ]);
  assert.deepEqual(labelled(PLAIN, "routes", []), []);
});

Deno.test("labelled() breaks behind commas, and within an item only when it is too long", () => {
  const text = `${"a".repeat(30)} b, ${"c".repeat(30)} d, ${"word ".repeat(20).trim()}, end`;
  const lines = labelled(PLAIN, "x", [text]);
  assert.ok(lines.every((line) => line.length <= WIDTH), lines.join("\n"));
  assert.equal(lines.map((line) => line.slice(17)).join(" "), text, "nothing is lost");
  assert.equal(lines[0].slice(17), `${"a".repeat(30)} b,`);
  assert.equal(lines[1].slice(17), `${"c".repeat(30)} d,`);
});

Deno.test("labelled() and columns() escape what could drive a terminal", () => {
  assert.deepEqual(labelled(PLAIN, "x", ["a\x1b[2Jb"]), ["  x              a\\x1b[2Jb"]);
  assert.deepEqual(columns([["a\x9b", "b"]]), ["a\\xc2\\x9b  b"]);
});

Deno.test("labelled() colours the label only", () => {
  assert.deepEqual(labelled(COLOUR, "x", ["y"], "bad"), ["\x1b[31m  x              \x1b[0my"]);
});

Deno.test("columns() are as wide as their widest cell, the last one excepted", () => {
  assert.deepEqual(columns([["a", "b", "c"], ["long", "", "x"], ["d", "e", ""]]), [
    "a     b  c",
    "long     x",
    "d     e",
  ]);
  assert.deepEqual(columns([]), []);
});
