/**
 * Tests of kernel_events.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventList, parseKernelEvent } from "./kernel_events.ts";

const LIFETIME = "       valid_lft 3600sec preferred_lft 3600sec";
const GONE =
  "[2026-11-22T15:00:13.725804] Deleted 2: eth0    inet 192.0.2.8/24 brd 192.0.2.255 scope global eth0";
const NEW =
  "[2026-11-22T15:00:13.771528] 2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global dynamic eth0";
const NEW_AT = Date.UTC(2026, 10, 22, 15, 0, 13) + 771.528;
const UP =
  "[2026-11-22T15:00:12.120749] 2: eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ";
const DOWN = UP.replace("<B", "<NO-CARRIER,B").replace("12.12", "11.12");

function listOf(...lines: string[]): EventList {
  const list = new EventList();
  for (const line of lines) list.take(line);
  return list;
}

Deno.test("parseKernelEvent() reads a new address to the microsecond", () => {
  assert.deepEqual(parseKernelEvent(NEW), {
    kind: "address",
    at: NEW_AT,
    deleted: false,
    interfaceName: "eth0",
    cidr: "192.0.2.7/24",
  });
});

Deno.test("parseKernelEvent() tells when an address went", () => {
  const event = parseKernelEvent(GONE);
  assert.ok(event?.kind === "address" && event.deleted && event.cidr === "192.0.2.8/24");
});

Deno.test("parseKernelEvent() takes the name before the @ of one end of a pair", () => {
  assert.equal(parseKernelEvent(NEW.replace("eth0 ", "eth0@if3 "))?.interfaceName, "eth0");
  assert.equal(parseKernelEvent(UP)?.interfaceName, "eth0");
});

Deno.test("parseKernelEvent() sees a carrier only with LOWER_UP and without NO-CARRIER", () => {
  for (
    const [line, carrier] of [
      [UP, true],
      [DOWN, false],
      [UP.replace(",LOWER_UP", ""), false],
      [UP.replace("BROADCAST,MULTICAST,UP,LOWER_UP", ""), false],
    ] as const
  ) {
    const event = parseKernelEvent(line);
    assert.ok(event?.kind === "link" && event.carrier === carrier, line);
  }
});

Deno.test("parseKernelEvent() gives null when the line is neither address nor link", () => {
  const deleted = UP.replace("] ", "] Deleted ");
  for (const line of ["", LIFETIME, NEW.replace("inet", "inet6"), NEW.slice(29), deleted]) {
    assert.equal(parseKernelEvent(line), null, line);
  }
});

Deno.test("newAddress() passes over what went, other interfaces and what came before", () => {
  const later = NEW.replace("13.77", "14.77");
  const other = NEW.replaceAll("eth0", "eth1");
  assert.equal(listOf(UP, GONE, LIFETIME, other).newAddress("eth0", 0), null);
  const list = listOf(GONE, other, LIFETIME, NEW, LIFETIME, later);
  assert.equal(list.newAddress("eth0", 0)?.at, NEW_AT);
  assert.equal(list.newAddress("eth0", NEW_AT)?.at, NEW_AT + 1000);
  assert.equal(list.newAddress("eth0", NEW_AT + 1000), null);
});

Deno.test("carrierUp() finds the first event with carrier after a time", () => {
  const at = parseKernelEvent(UP)!.at;
  const list = listOf(DOWN, NEW, UP);
  assert.equal(list.carrierUp("eth0", 0), at);
  assert.equal(list.carrierUp("eth1", 0), null);
  assert.equal(list.carrierUp("eth0", at), null);
});

Deno.test("lostAddress() looks between two times", () => {
  const at = parseKernelEvent(GONE)!.at;
  const list = listOf(NEW, GONE);
  assert.equal(list.lostAddress("eth0", at - 1, at + 1), true);
  assert.equal(list.lostAddress("eth0", at, at + 1), false);
  assert.equal(list.lostAddress("eth1", at - 1, at + 1), false);
});
