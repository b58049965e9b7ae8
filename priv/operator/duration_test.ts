import assert from "node:assert/strict";
import { durationText, secondsText, sinceText } from "./duration.ts";

Deno.test("durationText() gives the two largest units when there are two", () => {
  const expected: [number, string][] = [
    [-5, "0 s"],
    [0, "0 s"],
    [0.9, "0 s"],
    [59, "59 s"],
    [60, "1 min"],
    [1683, "28 min 3 s"],
    [3600, "1 h"],
    [3605, "1 h"],
    [3660, "1 h 1 min"],
    [86_400 * 3 + 3600 * 4 + 59, "3 d 4 h"],
  ];
  for (const [seconds, text] of expected) assert.equal(durationText(seconds), text);
});

Deno.test("secondsText() reads what the store writes when it is a time", () => {
  assert.equal(secondsText("infinite"), "for ever");
  assert.equal(secondsText("4294967295"), "for ever");
  assert.equal(secondsText("90"), "1 min 30 s");
  assert.equal(secondsText("soon"), "soon");
});

Deno.test("sinceText() gives null when the text is no moment", () => {
  const now = Date.parse("2026-01-31T12:01:00.000Z");
  assert.equal(sinceText("2026-01-31T12:00:00.000Z", now), "1 min");
  assert.equal(sinceText("yesterday", now), null);
});
