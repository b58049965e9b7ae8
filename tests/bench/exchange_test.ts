/**
 * Tests of exchange.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { exchangesText, exchangeText, parseMessageTime } from "./exchange.ts";

Deno.test("parseMessageTime() reads a line of the packet clock", () => {
  assert.deepEqual(parseMessageTime("1795359612000.809 5 42"), { at: 1795359612000.809, type: 5 });
  for (const line of ["", "ready", "1 5 42", "1.5 5"]) assert.equal(parseMessageTime(line), null);
});

Deno.test("exchangeText() writes a letter for each message, in order", () => {
  const times = [1, 2, 3, 5, 6, 8].map((type) => ({ at: 0, type }));
  assert.equal(exchangeText(times), "DORAN?");
  assert.equal(exchangeText([]), "");
});

Deno.test("exchangesText() counts only when they differ, the most frequent first", () => {
  assert.equal(exchangesText(["DORA", "DORA"]), "DORA");
  assert.equal(exchangesText(["DDORA", "DORA", "DORA"]), "DORA 2x, DDORA 1x");
  assert.equal(exchangesText([]), "-");
});
