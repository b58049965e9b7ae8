import assert from "node:assert/strict";
import { Clock } from "./clock.ts";
import { Neighbours } from "./neighbours.ts";
import { hex, toHex } from "./sdk_fixture.ts";

const MAC = hex("ff 02 00 00 00 00 01");

function make(): { clock: Clock; table: Neighbours; macOf: (address: number) => string } {
  const clock = new Clock();
  const table = new Neighbours();
  clock.advance(0);
  const macOf = (address: number) => {
    const at = table.find(address, clock);
    return at < 0 ? "" : toHex(table.macs.subarray(at, at + 6));
  };
  return { clock, table, macOf };
}

Deno.test("Neighbours.find() finds what was learned for a minute", () => {
  const { clock, table, macOf } = make();
  assert.equal(macOf(0), "");
  table.learn(7, MAC, 1, clock);
  clock.advance(59_999);
  assert.equal(macOf(7), "020000000001");
  assert.equal(macOf(8), "");
  clock.advance(60_000);
  assert.equal(macOf(7), "");
});

Deno.test("Neighbours.learn() replaces the oldest entry when the table is full", () => {
  const { clock, table, macOf } = make();
  for (const address of [1, 2, 3, 4, 5]) table.learn(address, MAC, 1, clock);
  assert.deepEqual([1, 2, 3, 4, 5].map((address) => macOf(address) !== ""), [
    false,
    true,
    true,
    true,
    true,
  ]);
});

Deno.test("Neighbours.clear() forgets everything", () => {
  const { clock, table, macOf } = make();
  table.learn(1, MAC, 1, clock);
  table.clear();
  assert.equal(macOf(1), "");
});
