import assert from "node:assert/strict";
import { inNetwork, inSubnet, isNoHost, networkOf, subnetBroadcast } from "./ipv4.ts";

Deno.test("inSubnet() compares the network's bits alone", () => {
  assert.equal(inSubnet("192.0.2.1", "192.0.2.200", 24), true);
  assert.equal(inSubnet("192.0.2.1", "192.0.2.200", 25), false);
  assert.equal(inSubnet("255.255.255.255", "0.0.0.0", 1), false);
  assert.equal(inSubnet("223.255.255.255", "128.0.0.1", 1), true);
  assert.equal(inSubnet("192.0.2.1", "192.0.2.2", 32), false);
});

Deno.test("isNoHost() knows the ends of a subnet, and that two small ones have none", () => {
  assert.equal(isNoHost("192.0.2.0", 24), true);
  assert.equal(isNoHost("192.0.2.255", 24), true);
  assert.equal(isNoHost("192.0.2.127", 24), false);
  assert.equal(isNoHost("192.0.2.127", 25), true);
  assert.equal(isNoHost("192.0.2.0", 31), false);
  assert.equal(isNoHost("192.0.2.0", 32), false);
});

Deno.test("subnetBroadcast() has all host bits set", () => {
  assert.equal(subnetBroadcast("192.0.2.7", 24), "192.0.2.255");
  assert.equal(subnetBroadcast("192.0.2.7", 30), "192.0.2.7");
  assert.equal(subnetBroadcast("10.1.2.3", 8), "10.255.255.255");
  assert.equal(subnetBroadcast("200.1.2.3", 1), "255.255.255.255");
  assert.equal(subnetBroadcast("192.0.2.7", 31), null);
  assert.equal(subnetBroadcast("192.0.2.7", 32), null);
});

Deno.test("networkOf() has no host bits, and inNetwork() asks for the rest", () => {
  assert.equal(networkOf("192.0.2.200", 24), "192.0.2.0/24");
  assert.equal(networkOf("192.0.2.200", 32), "192.0.2.200/32");
  assert.equal(networkOf("200.1.2.3", 1), "128.0.0.0/1");
  assert.equal(inNetwork("192.0.2.1", "192.0.2.0/24"), true);
  assert.equal(inNetwork("192.0.3.1", "192.0.2.0/24"), false);
  assert.equal(inNetwork("192.0.3.1", "0.0.0.0/0"), true);
});
