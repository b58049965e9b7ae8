import assert from "node:assert/strict";
import * as drop from "./drop.ts";
import "portable";

const reasons = Object.entries(drop).filter(([name, value]) =>
  typeof value === "number" && name !== "DROP_DHCP" && name !== "DROP_LIMIT"
) as [string, number][];

Deno.test("every reason has a number and a slug of its own, below DHCP's", () => {
  assert.equal(new Set(reasons.map(([, reason]) => reason)).size, reasons.length);
  const slugs = reasons.map(([, reason]) => drop.dropSlug(reason));
  assert.equal(new Set(slugs).size, slugs.length);
  assert.deepEqual(reasons.filter((_, i) => slugs[i] === "").map(([name]) => name), ["DROP_NONE"]);
  assert.ok(reasons.every(([, reason]) => reason >= 0 && reason < drop.DROP_DHCP));
});

Deno.test("dropSlug() is empty when there is no such reason", () => {
  assert.equal(drop.dropSlug(99), "");
  assert.equal(drop.dropSlug(-1), "");
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

Deno.test("DropCounters says that a counter has changed, but not that of no reason", () => {
  const drops = new drop.DropCounters();
  drops.count(drop.DROP_NONE);
  assert.equal(drops.changed, false);
  drops.count(drop.DROP_VLAN);
  assert.equal(drops.changed, true);
});
