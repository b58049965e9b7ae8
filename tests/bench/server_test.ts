/**
 * Tests of server.ts and cables.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clientEnds } from "./cables.ts";
import { serverArguments } from "./server.ts";

Deno.test("serverArguments() serve one cable in the usual way unless told", () => {
  const words = serverArguments({}, "/leases");
  assert.ok(words.includes("--no-ping"));
  assert.ok(words.includes("--dhcp-range=198.18.0.7,198.18.0.7,255.255.255.0,3600"));
  assert.equal(words.filter((word) => word.startsWith("--interface=")).join(), "--interface=srv0");
  assert.ok(!words.some((word) => /rapid|force=58/.test(word)));
});

Deno.test("serverArguments() give each cable a subnet of its own", () => {
  const words = serverArguments({ cables: 32 }, "/leases");
  const ranges = words.filter((word) => word.startsWith("--dhcp-range="));
  assert.equal(new Set(ranges).size, 32);
  assert.ok(words.includes("--interface=srv31"));
});

Deno.test("serverArguments() know rapid commit and T1", () => {
  const words = serverArguments({ rapidCommit: true, t1: 3 }, "/leases");
  assert.ok(words.includes("--dhcp-rapid-commit") && words.includes("--dhcp-option-force=58,3"));
});

Deno.test("clientEnds() name the first cables", () => {
  assert.deepEqual(clientEnds(3), ["eth0", "eth1", "eth2"]);
});
