import assert from "node:assert/strict";
import { INDEX, leaseOf } from "../testing/fake_kernel.ts";
import { leaseRoutes } from "./lease_routes.ts";

/** `further` are pairs of destination and next hop. */
function routes(
  cidr: string,
  gateway: string | null,
  further: readonly (readonly [string, string | null])[] = [],
): string[] {
  const list = further.map(([destination, nextHop]) => ({ destination, nextHop }));
  return leaseRoutes(leaseOf(cidr, { gateway, routes: list }), INDEX, 1007)
    .map((route) => `${route.destination} via ${route.gateway} ${route.scope}`);
}

Deno.test("leaseRoutes() gives no route when there is no lease or no router", () => {
  assert.deepEqual(leaseRoutes(null, INDEX, 1007), []);
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

Deno.test("leaseRoutes() has further routes in their order, all with the same metric and source", () => {
  assert.deepEqual(
    routes("192.0.2.7/24", "192.0.2.1", [
      ["10.0.0.0/8", "192.0.2.9"],
      ["198.51.100.0/24", null],
      ["203.0.113.0/24", "192.0.2.7"],
    ]),
    [
      "0.0.0.0/0 via 192.0.2.1 global",
      "10.0.0.0/8 via 192.0.2.9 global",
      "198.51.100.0/24 via null link",
      "203.0.113.0/24 via null link",
    ],
  );
  const list = [{ destination: "10.0.0.0/8", nextHop: "192.0.2.9" }];
  for (
    const { metric, source, protocol, index } of leaseRoutes(
      leaseOf("192.0.2.7/24", { gateway: "192.0.2.1", routes: list }),
      INDEX,
      5,
    )
  ) assert.deepEqual([metric, source, protocol, index], [5, "192.0.2.7", 16, INDEX]);
});

Deno.test("leaseRoutes() leads to a next hop outside the subnet first, once", () => {
  assert.deepEqual(
    routes("192.0.2.7/32", null, [
      ["10.0.0.0/8", "198.51.100.1"],
      ["172.16.0.0/12", "198.51.100.1"],
      ["203.0.113.0/24", null],
      ["100.64.0.0/10", "203.0.113.9"],
    ]),
    [
      "198.51.100.1/32 via null link",
      "10.0.0.0/8 via 198.51.100.1 global",
      "172.16.0.0/12 via 198.51.100.1 global",
      "203.0.113.0/24 via null link",
      "100.64.0.0/10 via 203.0.113.9 global",
    ],
  );
});

Deno.test("leaseRoutes() obeys the first of several routes to a destination", () => {
  assert.deepEqual(
    routes("192.0.2.7/24", "192.0.2.1", [
      ["0.0.0.0/0", "192.0.2.2"],
      ["10.0.0.0/8", "192.0.2.3"],
      ["10.0.0.0/8", null],
    ]),
    ["0.0.0.0/0 via 192.0.2.1 global", "10.0.0.0/8 via 192.0.2.3 global"],
  );
  assert.deepEqual(routes("192.0.2.7/24", null, [["0.0.0.0/0", "192.0.2.2"]]), [
    "0.0.0.0/0 via 192.0.2.2 global",
  ]);
});

Deno.test("leaseRoutes() leaves the route to the subnet to the kernel", () => {
  assert.deepEqual(routes("192.0.2.7/24", null, [["192.0.2.0/24", null]]), []);
});

Deno.test("leaseRoutes() ignores a next hop that is no host of the subnet", () => {
  assert.deepEqual(routes("192.0.2.7/24", null, [["10.0.0.0/8", "192.0.2.255"]]), []);
});

Deno.test("leaseRoutes() gives a link-local address no route (RFC 3927 §2.7)", () => {
  const lease = leaseOf("169.254.7.7/16", {
    origin: "ipv4ll",
    gateway: "169.254.0.1",
    routes: [{ destination: "10.0.0.0/8", nextHop: null }],
  });
  assert.deepEqual(leaseRoutes(lease, INDEX, 1007), []);
});
