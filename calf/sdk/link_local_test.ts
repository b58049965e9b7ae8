import assert from "node:assert/strict";
import fc from "fast-check";
import { isLinkLocal, LinkLocalCandidates } from "./link_local.ts";
import { hex, ip } from "./sdk_fixture.ts";

function candidates(mac: Uint8Array, count: number): number[] {
  const choice = new LinkLocalCandidates();
  choice.setMac(mac, 0);
  return Array.from({ length: count }, () => choice.next());
}

Deno.test("isLinkLocal() is true in 169.254.0.0/16 only", () => {
  for (const text of ["169.254.0.0", "169.254.1.0", "169.254.255.255"]) {
    assert.equal(isLinkLocal(ip(text)), true, text);
  }
  for (const text of ["0.0.0.0", "169.253.255.255", "169.255.0.0", "192.0.2.7"]) {
    assert.equal(isLinkLocal(ip(text)), false, text);
  }
});

Deno.test("LinkLocalCandidates.next() stays off the reserved ends (RFC 3927 §2.1)", () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
  fc.assert(fc.property(mac, (mac) => {
    for (const address of candidates(mac, 50)) {
      assert.ok(address >= ip("169.254.1.0") && address <= ip("169.254.254.255"));
    }
  }));
});

Deno.test("LinkLocalCandidates.next() reaches both ends of the range, evenly", () => {
  const counts = new Array(254).fill(0);
  const seen = new Set<number>();
  for (const address of candidates(hex("020000000001"), 254 * 2000)) {
    counts[((address >>> 8) & 255) - 1] += 1;
    seen.add(address);
  }
  assert.ok(seen.has(ip("169.254.1.0")) && seen.has(ip("169.254.254.255")));
  assert.ok(seen.size > 64900 && seen.size <= 65024, String(seen.size));
  assert.ok(Math.min(...counts) > 1750 && Math.max(...counts) < 2250, String(counts));
});

Deno.test("LinkLocalCandidates gives one MAC address the same candidates each time", () => {
  const mac = hex("020000000001");
  const choice = new LinkLocalCandidates();
  choice.setMac(Uint8Array.of(9, ...mac), 1);
  const first = [choice.next(), choice.next(), choice.next()];
  assert.deepEqual(candidates(mac, 3), first);
  choice.setMac(mac, 0);
  assert.equal(choice.next(), first[0]);
});

Deno.test("LinkLocalCandidates gives alike MAC addresses different candidates", () => {
  for (const at of [0, 2, 3, 4, 5]) {
    const first = new Set<number>();
    const low = new Set<number>();
    for (let byte = 0; byte < 256; byte++) {
      const mac = hex("020000000001");
      mac[at] = byte;
      const [address] = candidates(mac, 1);
      first.add(address);
      low.add(address & 255);
    }
    // Of 256 random numbers below 65024, about one pair is equal.
    assert.ok(first.size > 250, `${first.size} for byte ${at}`);
    assert.ok(low.size > 120, `${low.size} for byte ${at}`);
  }
});

Deno.test("LinkLocalCandidates.next() never gives the address that was just refused", () => {
  const all = candidates(hex("020000000001"), 300_000);
  assert.ok(all.every((address, i) => address !== all[i - 1]));
});
