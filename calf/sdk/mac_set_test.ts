import assert from "node:assert/strict";
import { MAC_SET_LIMIT, MacSet } from "./mac_set.ts";
import { hex } from "./sdk_fixture.ts";

const MACS = hex("020000000001 020000000002 000000000000");

/** Which of `MACS` a set has. */
function found(set: MacSet): boolean[] {
  return [0, 6, 12].map((at) => set.has(MACS, at));
}

Deno.test("MacSet.has() finds what was put, until its place is emptied or taken", () => {
  const set = new MacSet();
  assert.deepEqual(found(set), [false, false, false]);
  assert.equal(set.put(0, MACS, 0), true);
  assert.equal(set.put(MAC_SET_LIMIT - 1, MACS, 6), true);
  assert.deepEqual(found(set), [true, true, false]);
  assert.equal(set.remove(MAC_SET_LIMIT - 1), true);
  assert.deepEqual(found(set), [true, false, false]);
  set.put(0, MACS, 6);
  assert.deepEqual(found(set), [false, true, false]);
});

Deno.test("MacSet holds an address that is in two places until both are empty", () => {
  const set = new MacSet();
  set.put(3, MACS, 0);
  set.put(5, MACS, 0);
  set.remove(3);
  assert.deepEqual(found(set), [true, false, false]);
  set.remove(5);
  assert.deepEqual(found(set), [false, false, false]);
});

Deno.test("MacSet.put() and remove() refuse a place that there is not", () => {
  const set = new MacSet();
  for (const place of [-1, MAC_SET_LIMIT]) {
    assert.equal(set.put(place, MACS, 0), false);
    assert.equal(set.remove(place), false);
  }
  assert.deepEqual(found(set), [false, false, false]);
});
