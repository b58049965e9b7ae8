import assert from "node:assert/strict";
import "portable";
import { MAX_OPTION_CODES as MAX_OF_SCHEMA } from "../../schema/values.ts";
import { Random } from "../sdk/random.ts";
import { ascii } from "../sdk/sdk_fixture.ts";
import { DROP_DHCP_REQUIRED } from "./drops.ts";
import { MAX_OPTION_CODES, type OptionCodes, OptionWishes } from "./option_wishes.ts";
import { DHCPACK, DHCPNAK, DHCPOFFER } from "./options.ts";
import { MAX_REQUESTED, RequestList } from "./request_list.ts";
import { Dhcp4Settings, FQDN_BOTH } from "./settings.ts";
import { type Option, readOptions, word } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";
import { tableOf } from "./testing/tables.ts";
import { STATE_BOUND, STATE_INFORMING, STATE_RENEWING } from "./transitions.ts";

function put(list: OptionCodes, ...codes: number[]): void {
  const text = codes.join(" ");
  assert.ok(list.read(ascii(text), 0, text.length));
}

function requested(settings: Dhcp4Settings): number[] {
  const list = new RequestList();
  list.fill(settings, new Random());
  return [...list.codes.subarray(0, list.length)];
}

Deno.test("MAX_OPTION_CODES is that of the schema", () => {
  assert.equal(MAX_OPTION_CODES, MAX_OF_SCHEMA);
});

Deno.test("OptionWishes.lacks() misses each required option in all but a DHCPNAK", () => {
  const wishes = new OptionWishes();
  const table = tableOf([[6, word("192.0.2.53")], [12, []], [51, [1]]]);
  assert.equal(wishes.lacks(DHCPACK, table), false);
  put(wishes.required, 6, 12);
  assert.equal(wishes.lacks(DHCPACK, table), false, "also one without data");
  for (const code of [3, 51]) {
    put(wishes.required, 6, code);
    assert.equal(wishes.lacks(DHCPOFFER, table), true, `${code} is absent, or of a wrong length`);
    assert.equal(wishes.lacks(DHCPNAK, table), false);
  }
});

Deno.test("OptionWishes.strip() removes what is unwanted, but what steers or is required", () => {
  const wishes = new OptionWishes();
  const steering: Option[] = [
    ...[1, 51, 54, 58, 59].map((code): Option => [code, word("1.2.3.4")]),
    [53, [5]],
    [61, [1]],
    [80, []],
  ];
  const table = tableOf([...steering, [3, word("192.0.2.1")], [6, word("192.0.2.53")], [12, [97]]]);
  put(wishes.unwanted, ...steering.map(([code]) => code), 3, 6, 12);
  put(wishes.required, 6);
  wishes.strip(table);
  for (const [code] of steering) assert.ok(table.has(code), String(code));
  assert.deepEqual([3, 6, 12].filter((code) => table.has(code)), [6]);
  assert.deepEqual([table.length(3), table.length(6)], [0, 4]);
});

Deno.test("RequestList.fill() asks for what is required and requested, once and early", () => {
  const settings = new Dhcp4Settings();
  const own = requested(settings);
  put(settings.options.required, 54, 200);
  put(settings.options.requested, 69, 200, 3);
  const codes = requested(settings);
  assert.deepEqual(codes.slice(0, 10), [...own.slice(0, 7), 54, 200, 69]);
  assert.deepEqual([...codes].sort(), [...own, 200, 69].sort());
});

Deno.test("RequestList.fill() leaves out what is unwanted, but for what is required", () => {
  const settings = new Dhcp4Settings();
  const own = requested(settings);
  put(settings.options.unwanted, 1, 6, 12, 51);
  put(settings.options.required, 6);
  put(settings.options.requested, 12);
  assert.deepEqual(requested(settings), own.filter((code) => ![1, 12, 51].includes(code)));
});

Deno.test("RequestList.fill() stops when the list is full", () => {
  const settings = new Dhcp4Settings();
  settings.fqdn = FQDN_BOTH;
  settings.ipv6Only = true;
  put(settings.options.required, ...Array.from({ length: 16 }, (_, i) => 200 + i));
  put(settings.options.requested, ...Array.from({ length: 16 }, (_, i) => 220 + i));
  const codes = requested(settings);
  assert.equal(codes.length, MAX_REQUESTED);
  assert.deepEqual(codes.slice(0, 8), [1, 121, 249, 33, 3, 6, 15, 108]);
});

Deno.test("Dhcp4Query.encode() leaves option 55 out when nothing is wanted", () => {
  const s = new Simulation();
  s.settings.anonymity = true;
  put(s.settings.options.unwanted, 1, 3, 6, 15, 121);
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
  for (const { bytes } of s.sent()) assert.equal(readOptions(bytes).has(55), false);
});

Deno.test("Dhcp4Client ignores a DHCPOFFER and a DHCPACK without what is required", () => {
  const s = new Simulation();
  put(s.settings.options.required, 42);
  s.up();
  s.run(2000);
  assert.deepEqual(s.states().map(([, name]) => name), ["SELECTING"]);
  const { xid } = s.sent().at(-1)!.message;
  const offer = s.server.build(DHCPOFFER, xid);
  assert.equal(s.client.receive(offer, 0, offer.length), DROP_DHCP_REQUIRED);
  s.server.extra = [[42, word("192.0.2.123")]];
  s.run(30_000);
  assert.equal(s.client.hasLease, true);
  s.server.extra = [];
  s.run(1800_000);
  assert.equal(s.client.state, STATE_RENEWING, "its DHCPACK is ignored");
  s.server.refuses = true;
  s.run(1800_000);
  assert.ok(s.states().some(([, name]) => name === "INIT"), "a DHCPNAK is not");
});

Deno.test("Dhcp4Client ignores a DHCPACK to a DHCPINFORM without what is required", () => {
  const s = new Simulation();
  s.settings.informAddress = 0xc0000263;
  s.settings.informPrefixLength = 24;
  put(s.settings.options.required, 42);
  s.up();
  s.run(2000);
  assert.equal(s.client.state, STATE_INFORMING);
  s.server.extra = [[42, word("192.0.2.123")]];
  s.run(30_000);
  assert.equal(s.client.state, STATE_BOUND);
});

Deno.test("Dhcp4Client gets a lease without what is unwanted, and with what it stands on", () => {
  const s = new Simulation();
  put(s.settings.options.unwanted, 1, 3, 6, 51, 54);
  s.up();
  s.run(10);
  const { lease } = s.client;
  assert.deepEqual([lease.router, lease.nameServerCount], [0, 0]);
  assert.deepEqual([lease.prefixLength, lease.leaseTime, lease.server], [24, 3600, 0xc0000201]);
});
