import assert from "node:assert/strict";
import * as drop from "./drop.ts";
import "portable";

const reasons = Object.entries(drop).filter(([name, value]) =>
  typeof value === "number" && name !== "DROP_DHCP" && name !== "DROP_LIMIT"
) as [string, number][];

Deno.test("every reason has a number and a name of its own, below DHCP's", () => {
  assert.equal(new Set(reasons.map(([, reason]) => reason)).size, reasons.length);
  const names = reasons.map(([, reason]) => drop.dropName(reason));
  assert.equal(new Set(names).size, names.length);
  assert.ok(!names.includes("other"));
  assert.ok(reasons.every(([, reason]) => reason >= 0 && reason < drop.DROP_DHCP));
});

Deno.test("dropName() says `other` when the reason has no name", () => {
  assert.equal(drop.dropName(99), "other");
  assert.equal(drop.dropName(-1), "other");
});

Deno.test("DropCounters counts each reason, and what is out of range as none", () => {
  const drops = new drop.DropCounters();
  drops.count(drop.DROP_VLAN);
  drops.count(drop.DROP_VLAN);
  drops.count(drop.DROP_LIMIT - 1);
  drops.count(drop.DROP_LIMIT);
  drops.count(-5);
  assert.equal(drops.get(drop.DROP_VLAN), 2);
  assert.equal(drops.get(drop.DROP_LIMIT - 1), 1);
  assert.equal(drops.get(drop.DROP_NONE), 2);
  assert.equal(drops.get(drop.DROP_LIMIT), 0);
  assert.equal(drops.get(-1), 0);
  assert.equal(drops.total(), 5);
});
