import assert from "node:assert/strict";
import "portable";
import { DROP_REASONS } from "../../schema/drop_reasons.ts";
import { DROP_DHCP, DROP_LIMIT, DROP_NONE, DROP_VLAN, dropSlug } from "../sdk/drop.ts";
import * as stackDrops from "../sdk/drop.ts";
import * as drops from "./drops.ts";

/** The numbers of all reasons by the names of their constants, in order. */
const REASONS: [name: string, reason: number][] = Object.entries({ ...stackDrops, ...drops })
  .filter((entry): entry is [string, number] => typeof entry[1] === "number")
  .filter(([name]) => name.startsWith("DROP_") && !/^DROP_(NONE|DHCP|LIMIT)$/.test(name))
  .sort(([, a], [, b]) => a - b);

Deno.test("dhcpDropSlug() has a slug of its own for every reason", () => {
  const own = REASONS.filter(([name]) => name.startsWith("DROP_DHCP_"));
  for (const [name, reason] of own) assert.ok(reason >= DROP_DHCP && reason < DROP_LIMIT, name);
  assert.equal(new Set(REASONS.map(([, reason]) => reason)).size, REASONS.length);
  const slugs = REASONS.map(([, reason]) => drops.dhcpDropSlug(reason));
  assert.equal(new Set(slugs).size, slugs.length);
});

Deno.test("dhcpDropSlug() asks the stack for its reasons, and is empty for no reason", () => {
  assert.equal(drops.dhcpDropSlug(DROP_VLAN), dropSlug(DROP_VLAN));
  for (const reason of [DROP_NONE, -1, 99, 199]) assert.equal(drops.dhcpDropSlug(reason), "");
});

Deno.test("DROP_REASONS has exactly one row for each reason of the calf, and no others", () => {
  const rows = DROP_REASONS.filter(({ by }) => by === "calf").map(({ slug }) => slug);
  assert.deepEqual(rows, REASONS.map(([, reason]) => drops.dhcpDropSlug(reason)));
  const all = DROP_REASONS.map(({ slug }) => slug);
  assert.equal(new Set(all).size, all.length);
});
