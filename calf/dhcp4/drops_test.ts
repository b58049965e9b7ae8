import assert from "node:assert/strict";
import "portable";
import { DROP_DHCP, DROP_LIMIT, DROP_VLAN, dropName } from "../sdk/drop.ts";
import * as drops from "./drops.ts";

Deno.test("dhcpDropName() has a name of its own for every reason", () => {
  const names = new Set<string>();
  const reasons = Object.entries(drops).filter(([key]) => key.startsWith("DROP_DHCP_"));
  for (const [key, reason] of reasons) {
    assert.ok(typeof reason === "number" && reason >= DROP_DHCP && reason < DROP_LIMIT, key);
    names.add(drops.dhcpDropName(reason));
  }
  assert.equal(names.size, reasons.length);
  assert.ok(!names.has("DHCP: other"));
});

Deno.test("dhcpDropName() asks the stack for its reasons", () => {
  assert.equal(drops.dhcpDropName(DROP_VLAN), dropName(DROP_VLAN));
  assert.equal(drops.dhcpDropName(199), "DHCP: other");
});
