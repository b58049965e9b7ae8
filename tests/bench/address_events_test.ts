/**
 * Tests of address_events.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventList, parseAddressEvent } from "./address_events.ts";

const LIFETIME = "       valid_lft 3600sec preferred_lft 3600sec";
const GONE =
  "[2026-11-22T15:00:13.725804] Deleted 2: eth0    inet 192.0.2.8/24 brd 192.0.2.255 scope global eth0";
const NEW =
  "[2026-11-22T15:00:13.771528] 2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global dynamic eth0";
const NEW_AT = Date.UTC(2026, 10, 22, 15, 0, 13) + 771.528;
function listOf(...lines: string[]): EventList {
  const list = new EventList();
  for (const line of lines) list.take(line);
  return list;
}

Deno.test("parseAddressEvent() reads a new address to the microsecond", () => {
  assert.deepEqual(parseAddressEvent(NEW), {
    at: NEW_AT,
    deleted: false,
    interfaceName: "eth0",
    cidr: "192.0.2.7/24",
  });
});

Deno.test("parseAddressEvent() tells when an address went", () => {
  assert.equal(parseAddressEvent(GONE)?.deleted, true);
  assert.equal(parseAddressEvent(GONE)?.cidr, "192.0.2.8/24");
});

Deno.test("parseAddressEvent() takes the name before the @ of one end of a pair", () => {
  assert.equal(parseAddressEvent(NEW.replace("eth0 ", "eth0@if3 "))?.interfaceName, "eth0");
});

Deno.test("parseAddressEvent() gives null when the line is no IPv4 address", () => {
  for (const line of ["", LIFETIME, NEW.replace("inet", "inet6"), NEW.slice(29)]) {
    assert.equal(parseAddressEvent(line), null, line);
  }
});

Deno.test("newAddress() passes over what went, other interfaces and what came before", () => {
  const later = NEW.replace("13.77", "14.77");
  const other = NEW.replaceAll("eth0", "eth1");
  assert.equal(listOf(GONE, LIFETIME, other).newAddress("eth0", 0), null);
  const list = listOf(GONE, other, LIFETIME, NEW, LIFETIME, later);
  assert.equal(list.newAddress("eth0", 0)?.at, NEW_AT);
  assert.equal(list.newAddress("eth0", NEW_AT)?.at, NEW_AT + 1000);
  assert.equal(list.newAddress("eth0", NEW_AT + 1000), null);
});

Deno.test("lostAddress() looks at what went from an interface after a time", () => {
  const at = parseAddressEvent(GONE)!.at;
  const list = listOf(GONE, NEW);
  assert.equal(list.lostAddress("eth0", at - 1), true);
  assert.equal(list.lostAddress("eth0", at), false);
  assert.equal(list.lostAddress("eth1", at - 1), false);
});
