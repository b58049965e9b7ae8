/**
 * Tests of address_events.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { firstAddress, parseAddressEvent } from "./address_events.ts";

const LIFETIME = "       valid_lft 3600sec preferred_lft 3600sec";
const GONE =
  "[2026-11-22T15:00:13.725804] Deleted 2: eth0    inet 192.0.2.8/24 brd 192.0.2.255 scope global eth0";
const NEW =
  "[2026-11-22T15:00:13.771528] 2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global dynamic eth0";

Deno.test("parseAddressEvent() reads a new address to the microsecond", () => {
  assert.deepEqual(parseAddressEvent(NEW), {
    at: Date.UTC(2026, 10, 22, 15, 0, 13) + 771.528,
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

Deno.test("firstAddress() passes over what went and what other interfaces got", () => {
  const other = NEW.replaceAll("eth0", "eth1");
  const later = NEW.replace("13.77", "14.77");
  assert.equal(firstAddress([GONE, LIFETIME, other], "eth0"), null);
  assert.deepEqual(
    firstAddress([GONE, other, LIFETIME, NEW, LIFETIME, later], "eth0"),
    parseAddressEvent(NEW),
  );
});

Deno.test("firstAddress() passes over what came before", () => {
  const later = parseAddressEvent(NEW.replace("13.77", "14.77"))!;
  const lines = [NEW, NEW.replace("13.77", "14.77")];
  assert.deepEqual(firstAddress(lines, "eth0", parseAddressEvent(NEW)!.at), later);
  assert.equal(firstAddress(lines, "eth0", later.at), null);
});
