/**
 * Servers that are particular about what they are sent.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  addressOption,
  type DhcpMessage,
  DhcpType,
  messageType,
  option,
} from "../../support/dhcp_message.ts";
import { usualPolicy } from "../../support/dhcp_server.ts";
import { BROADCAST_MAC, utf8 } from "../../support/frame.ts";
import {
  type Body,
  confirmLease,
  misbehaving,
  misbehavingSlowly,
  type Setting,
  waitForMessage,
} from "./site.ts";

/** A lease, and its confirmation: a DHCPDISCOVER and two kinds of DHCPREQUEST. */
const throughALease: Body = async (site) => {
  await site.daemon.waitForLease();
  await confirmLease(site);
  assert.ok(site.server.received(DhcpType.DISCOVER).length >= 1);
  assert.ok(site.server.received(DhcpType.REQUEST).length >= 2);
};

/** A server that is silent when it does not like a message. */
function onlyFor(accepts: (request: DhcpMessage) => boolean): Setting {
  return { policy: (request, offer) => accepts(request) ? usualPolicy(request, offer) : [] };
}

misbehaving(
  "server that wants 53 first: ours has it first",
  onlyFor((request) => request.options[0]?.[0] === 53),
  throughALease,
);

misbehaving("server that refuses secs = 0", onlyFor(({ secs }) => secs > 0), async (site) => {
  await throughALease(site);
  assert.ok(site.server.requests.every(({ message }) => message.secs > 0), "not even the first");
});

misbehaving(
  "server that requires a client-id",
  onlyFor((request) => (option(request, 61)?.length ?? 0) > 1),
  throughALease,
);

misbehaving(
  "server that takes the client-id of a DHCPREQUEST only when it is that of the DHCPDISCOVER",
  {},
  async (site) => {
    await throughALease(site);
    const ids = site.server.requests.map(({ message }) => String(option(message, 61)));
    assert.equal(new Set(ids).size, 1, ids.join(" "));
  },
);

/** 12 or 81, as Windows servers want it: not both. */
const NOT_BOTH = onlyFor((request) => option(request, 12) === null || option(request, 81) === null);

misbehaving("12 together with 81 breaks Windows servers: 12 alone", {
  ...NOT_BOTH,
  args: ["--hostname=host7"],
}, async (site) => {
  await throughALease(site);
  for (const { message } of site.server.requests) {
    assert.deepEqual(option(message, 12), utf8("host7"));
    assert.equal(option(message, 81), null);
  }
});

misbehaving("12 together with 81 breaks Windows servers: 81 alone", {
  ...NOT_BOTH,
  args: ["--hostname=host7.example.test", "--fqdn=both"],
}, async (site) => {
  await throughALease(site);
  for (const { message } of site.server.requests) {
    assert.notEqual(option(message, 81), null);
    assert.equal(option(message, 12), null);
  }
});

/** Microsoft's server ignores a DHCPDECLINE for what was never requested, and offers it again. */
function declined(acd: string): readonly [Setting, Body] {
  return [{ args: [`--acd=${acd}`] }, async (site) => {
    const { network, server, daemon } = site;
    server.claimed.add("192.0.2.7");
    server.policy = (request, offer) => {
      if (messageType(request) === DhcpType.DECLINE) {
        const requested = server.received(DhcpType.REQUEST).some(({ message }) =>
          addressOption(message, 50) === addressOption(request, 50)
        );
        if (requested) server.offer = { ...offer, address: "192.0.2.8" };
      }
      return usualPolicy(request, offer);
    };
    const { message, datagram } = await waitForMessage(site, DhcpType.DECLINE);
    assert.equal(addressOption(message, 50), "192.0.2.7");
    assert.equal(addressOption(message, 54), "192.0.2.1");
    assert.equal(message.ciaddr, "0.0.0.0");
    assert.equal(message.options[0][0], 53);
    assert.notEqual(option(message, 61), null);
    assert.equal(datagram.destination, "255.255.255.255");
    assert.equal(datagram.destinationMac, BROADCAST_MAC);
    assert.equal(datagram.source, "0.0.0.0");
    await daemon.waitForLease("192.0.2.8/24", 60_000);
    assert.equal(await network.addressText(), "192.0.2.8/24");
  }];
}

misbehavingSlowly("DECLINE", {
  "DECLINE before any REQUEST is ignored: ours follows one (--acd=before)": declined("before"),
  "DECLINE before any REQUEST is ignored: ours follows one (--acd=after)": declined("after"),
});
