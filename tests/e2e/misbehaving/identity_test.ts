/**
 * Who a server says that it is: option 54, siaddr, and where its datagrams come from.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  addressOption,
  type DhcpMessage,
  DhcpType,
  withOption,
  withoutOptions,
} from "../../support/dhcp_message.ts";
import {
  changed,
  envelop,
  type Offer,
  type Policy,
  usualPolicy,
} from "../../support/dhcp_server.ts";
import { BROADCAST_MAC, decodeArpFrame, ipv4Bytes } from "../../support/frame.ts";
import { SERVER_MAC } from "../../support/network.ts";
import { type Body, misbehavingSlowly, type Setting, type Site } from "./site.ts";

/** A server that does not care whom a client has chosen. */
function careless(request: DhcpMessage, offer: Offer): DhcpMessage[] {
  return usualPolicy(withoutOptions(request, 54), offer);
}

/** Times that make renewing come soon, and rebinding late or soon. */
const RENEW_SOON = { leaseSeconds: 120, t1: 10, t2: 100 };
const REBIND_SOON = { leaseSeconds: 120, t1: 10, t2: 12 };

function nameless(policy: Policy): readonly [Setting, Body] {
  return [{ offer: RENEW_SOON, policy }, async ({ server, daemon }) => {
    await daemon.waitForLease();
    assert.equal(daemon.file("lease/server"), null);
    const renewal = await server.waitFor(DhcpType.REQUEST, 2);
    assert.equal(renewal.datagram.destination, "255.255.255.255");
    assert.equal(renewal.datagram.destinationMac, BROADCAST_MAC);
    assert.equal(renewal.message.ciaddr, "192.0.2.7");
    await daemon.waitForState("BOUND");
    assert.equal(server.received(DhcpType.DISCOVER).length, 1);
  }];
}

function unreachable(address: string, atT1: (site: Site) => void): readonly [Setting, Body] {
  const policy = changed((answer) => withOption(answer, 54, ipv4Bytes(address)), careless);
  const options = [[1, ipv4Bytes("255.255.255.0")]] as const;
  return [{ offer: { ...REBIND_SOON, options }, policy }, async (site) => {
    const { network, server, daemon } = site;
    await daemon.waitForLease();
    assert.equal(daemon.file("lease/server"), address);
    await daemon.waitForState("RENEWING", 30_000);
    const rebinding = await server.waitFor(DhcpType.REQUEST, 2);
    atT1(site);
    assert.equal(rebinding.datagram.destination, "255.255.255.255");
    assert.equal(rebinding.message.ciaddr, "192.0.2.7");
    assert.equal(addressOption(rebinding.message, 54), null);
    await daemon.waitForState("BOUND");
    assert.equal(await network.addressText(), "192.0.2.7/24");
    assert.equal(server.received(DhcpType.DISCOVER).length, 1);
  }];
}

misbehavingSlowly("identity of the server", {
  "no option 54: accept, renew by broadcast": nameless(
    changed((answer) => withoutOptions(answer, 54)),
  ),

  "54 is 0.0.0.0: accept, renew by broadcast": nameless(
    changed((answer) => withOption(answer, 54, ipv4Bytes("0.0.0.0"))),
  ),

  "54 unreachable: RENEW fails, REBIND works": unreachable("192.0.2.99", ({ server }) => {
    const asked = server.frames.map(decodeArpFrame)
      .filter((arp) => arp?.operation === 1 && arp.target === "192.0.2.99");
    assert.ok(asked.length > 0, "it was looked for");
  }),

  "54 unreachable, off the link without a router: renew by broadcast": [{
    offer: { ...RENEW_SOON, options: [[1, ipv4Bytes("255.255.255.0")]] },
    policy: changed((answer) => withOption(answer, 54, ipv4Bytes("198.51.100.99")), careless),
  }, async ({ server, daemon }) => {
    await daemon.waitForLease();
    assert.equal(daemon.file("lease/server"), "198.51.100.99");
    const renewal = await server.waitFor(DhcpType.REQUEST, 2);
    assert.equal(renewal.datagram.destination, "255.255.255.255");
    assert.equal(renewal.message.ciaddr, "192.0.2.7");
    await daemon.waitForLease();
    assert.equal(server.received(DhcpType.DISCOVER).length, 1);
  }],

  "54 ≠ siaddr ≠ source address: use 54": [{
    offer: RENEW_SOON,
    policy: changed((answer) =>
      envelop({ ...answer, siaddr: "192.0.2.3" }, "192.0.2.1", {
        addressing: { source: "192.0.2.4" },
      })
    ),
  }, async ({ server, daemon }) => {
    await daemon.waitForLease();
    assert.equal(daemon.file("lease/server"), "192.0.2.1");
    const [request] = server.received(DhcpType.REQUEST);
    assert.equal(addressOption(request.message, 54), "192.0.2.1");
    const renewal = await server.waitFor(DhcpType.REQUEST, 2);
    assert.equal(renewal.datagram.destination, "192.0.2.1");
    assert.equal(renewal.datagram.destinationMac, SERVER_MAC);
    await daemon.waitForState("BOUND");
  }],
});
