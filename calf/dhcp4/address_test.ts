import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { classPrefixLength, isHostAddress, isHostInSubnet, prefixLengthOf } from "./address.ts";

Deno.test("isHostAddress() refuses what no host can have (RFC 1122 §3.2.1.3)", () => {
  const none = ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.255.255.255"];
  for (const address of [...none, "255.255.255.255"]) {
    assert.equal(isHostAddress(ip(address)), false, address);
  }
  for (const address of ["1.0.0.0", "192.0.2.1", "223.255.255.255", "240.0.0.1"]) {
    assert.equal(isHostAddress(ip(address)), true, address);
  }
});

Deno.test("isHostInSubnet() refuses the subnet's own and broadcast address up to 30 bits", () => {
  assert.equal(isHostInSubnet(ip("192.0.2.0"), 24), false);
  assert.equal(isHostInSubnet(ip("192.0.2.255"), 24), false);
  assert.equal(isHostInSubnet(ip("192.0.3.255"), 23), false);
  assert.equal(isHostInSubnet(ip("192.0.2.255"), 23), true);
  assert.equal(isHostInSubnet(ip("192.0.2.3"), 30), false);
  assert.equal(isHostInSubnet(ip("192.0.2.3"), 31), true);
  assert.equal(isHostInSubnet(ip("192.0.2.0"), 32), true);
});

Deno.test("prefixLengthOf() is the inverse of making a mask", () => {
  for (let bits = 1; bits <= 32; bits++) {
    assert.equal(prefixLengthOf((0xffffffff << (32 - bits)) >>> 0), bits);
  }
});

Deno.test("prefixLengthOf() is 0 when the ones are not contiguous", () => {
  for (const mask of ["0.0.0.0", "255.0.255.0", "0.0.0.255", "255.255.255.1"]) {
    assert.equal(prefixLengthOf(ip(mask)), 0, mask);
  }
  fc.assert(fc.property(fc.nat(0xffffffff), (mask) => {
    const bits = prefixLengthOf(mask);
    const ones = mask.toString(2).padStart(32, "0");
    assert.equal(bits, /^1+0*$/.test(ones) ? ones.lastIndexOf("1") + 1 : 0);
  }));
});

Deno.test("classPrefixLength() follows the classes (RFC 791 §3.2)", () => {
  assert.equal(classPrefixLength(ip("10.0.0.1")), 8);
  assert.equal(classPrefixLength(ip("172.16.0.1")), 16);
  assert.equal(classPrefixLength(ip("192.0.2.1")), 24);
  assert.equal(classPrefixLength(ip("240.0.0.1")), 32);
});
