import assert from "node:assert/strict";
import { INDEX, leaseOf } from "../testing/fake_kernel.ts";
import { leaseRoutes } from "./route.ts";

function routes(cidr: string, gateway: string | null): string[] {
  return leaseRoutes(leaseOf(cidr, { gateway }), INDEX)
    .map((route) => `${route.destination} via ${route.gateway} ${route.scope}`);
}

Deno.test("leaseRoutes() gives no route when there is no lease or no router", () => {
  assert.deepEqual(leaseRoutes(null, INDEX), []);
  assert.deepEqual(routes("192.0.2.7/24", null), []);
});

Deno.test("leaseRoutes() goes through a router of the subnet", () => {
  assert.deepEqual(routes("192.0.2.7/24", "192.0.2.1"), ["0.0.0.0/0 via 192.0.2.1 global"]);
  assert.deepEqual(routes("192.0.2.7/31", "192.0.2.6"), ["0.0.0.0/0 via 192.0.2.6 global"]);
});

Deno.test("leaseRoutes() reaches a router outside the subnet by a host route (GCE, OVH)", () => {
  for (const cidr of ["192.0.2.7/32", "192.0.2.7/24"]) {
    assert.deepEqual(routes(cidr, "198.51.100.1"), [
      "198.51.100.1/32 via null link",
      "0.0.0.0/0 via 198.51.100.1 global",
    ]);
  }
});

Deno.test("leaseRoutes() takes our own address as router for: everything is on the link", () => {
  assert.deepEqual(routes("192.0.2.7/24", "192.0.2.7"), ["0.0.0.0/0 via null link"]);
});

Deno.test("leaseRoutes() ignores a router that is no host of the subnet", () => {
  assert.deepEqual(routes("192.0.2.7/24", "192.0.2.255"), []);
  assert.deepEqual(routes("192.0.2.7/24", "192.0.2.0"), []);
});
