import assert from "node:assert/strict";
import { MAC_SET_LIMIT, MacSet } from "./mac_set.ts";
import { hex } from "./sdk_fixture.ts";

Deno.test("MacSet.has() finds what was added, until clear()", () => {
  const set = new MacSet();
  const macs = hex("020000000001 020000000002 020000000003");
  assert.equal(set.has(macs, 0), false);
  assert.equal(set.add(macs, 0), true);
  assert.equal(set.add(macs, 12), true);
  assert.deepEqual([0, 6, 12].map((at) => set.has(macs, at)), [true, false, true]);
  set.clear();
  assert.deepEqual([0, 6, 12].map((at) => set.has(macs, at)), [false, false, false]);
});

Deno.test("MacSet.add() refuses a new address, and no known one, when the set is full", () => {
  const set = new MacSet();
  const mac = hex("020000000000");
  for (let i = 0; i < MAC_SET_LIMIT; i++) {
    mac[5] = i;
    assert.equal(set.add(mac, 0), true);
    assert.equal(set.add(mac, 0), true);
  }
  assert.equal(set.size, MAC_SET_LIMIT);
  mac[5] = MAC_SET_LIMIT;
  assert.equal(set.add(mac, 0), false);
  assert.equal(set.has(mac, 0), false);
});
