/**
 * Routers and routes that are not where one expects them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DhcpOption } from "../../support/dhcp_message.ts";
import { concat, ipv4Bytes } from "../../support/frame.ts";
import { type Body, misbehaving, routeTexts } from "./site.ts";

const MASK: DhcpOption = [1, ipv4Bytes("255.255.255.0")];
const ROUTER: DhcpOption = [3, ipv4Bytes("192.0.2.1")];
const STATIC_ROUTE: DhcpOption = [33, ipv4Bytes("198.51.100.9.192.0.2.33")];

/** One destination of option 121 or 249 (RFC 3442): only the bytes that its prefix needs. */
function classless(destination: string, router: string): Uint8Array {
  const [network, bits] = destination.split("/");
  const length = Number(bits);
  return concat(
    [length],
    ipv4Bytes(network).subarray(0, Math.ceil(length / 8)),
    ipv4Bytes(router),
  );
}

/** A lease with these options leads to these routes, sorted. */
function routes(
  row: string,
  options: DhcpOption[],
  expected: readonly string[],
  ip?: string,
): void {
  const body: Body = async (site) => {
    await site.daemon.waitForLease(ip);
    assert.deepEqual(await routeTexts(site), expected);
  };
  misbehaving(row, { offer: { options } }, body);
}

routes(
  "router outside the subnet: host route to the router first",
  [MASK, [3, ipv4Bytes("198.51.100.1")]],
  ["198.51.100.1 on-link", "default 198.51.100.1"],
);

routes(
  "/32 netmask (GCE, OVH): host route to the router first",
  [[1, ipv4Bytes("255.255.255.255")], [3, ipv4Bytes("192.0.2.1")]],
  ["192.0.2.1 on-link", "default 192.0.2.1"],
  "192.0.2.7/32",
);

routes(
  "121 with gateway 0.0.0.0: on-link route",
  [MASK, [
    121,
    concat(classless("198.51.100.0/24", "0.0.0.0"), classless("0.0.0.0/0", "192.0.2.1")),
  ]],
  ["198.51.100.0/24 on-link", "default 192.0.2.1"],
);

routes(
  "121 present: ignore 3 and 33",
  [MASK, ROUTER, STATIC_ROUTE, [
    121,
    concat(classless("203.0.113.0/24", "192.0.2.44"), classless("0.0.0.0/0", "192.0.2.45")),
  ]],
  ["203.0.113.0/24 192.0.2.44", "default 192.0.2.45"],
);

routes(
  "121 present without a default route: ignore 3 all the same",
  [MASK, ROUTER, [121, classless("203.0.113.0/24", "192.0.2.44")]],
  ["203.0.113.0/24 192.0.2.44"],
);

routes(
  "121 present: ignore 249",
  [MASK, [249, classless("203.0.113.0/24", "192.0.2.49")], [
    121,
    classless("203.0.113.0/24", "192.0.2.44"),
  ]],
  ["203.0.113.0/24 192.0.2.44"],
);

routes(
  "121 absent: 249 instead of 3 and 33",
  [MASK, ROUTER, STATIC_ROUTE, [
    249,
    concat(classless("203.0.113.0/24", "192.0.2.49"), classless("0.0.0.0/0", "192.0.2.50")),
  ]],
  ["203.0.113.0/24 192.0.2.49", "default 192.0.2.50"],
);

routes(
  "121 and 249 absent: 33 beside 3",
  [MASK, ROUTER, STATIC_ROUTE],
  ["198.51.100.9 192.0.2.33", "default 192.0.2.1"],
);

routes(
  "121 that is malformed: as good as absent",
  [MASK, ROUTER, [121, concat(classless("203.0.113.0/24", "192.0.2.44"), [33, 1, 2, 3])]],
  ["default 192.0.2.1"],
);
