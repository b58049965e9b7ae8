/**
 * DHCPNAKs that come from the wrong server, without a name, or at the wrong time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../../support/daemon.ts";
import {
  addressOption,
  type DhcpMessage,
  DhcpType,
  messageType,
  option,
  withOption,
  withoutOptions,
} from "../../support/dhcp_message.ts";
import { type Offer, reply, usualPolicy, withServer } from "../../support/dhcp_server.ts";
import { ipv4Bytes } from "../../support/frame.ts";
import { withNetwork } from "../../support/network.ts";
import { testWith } from "../../support/requirements.ts";
import { assertSameProcesses, misbehaving, results, settle } from "./site.ts";

function isRequest(message: DhcpMessage): boolean {
  return messageType(message) === DhcpType.REQUEST;
}

misbehaving("NAK from a server not selected, in REQUESTING: ignore", {
  policy: (request, offer) => {
    const nak = withOption(reply(request, DhcpType.NAK, offer), 54, ipv4Bytes("192.0.2.9"));
    return [...isRequest(request) ? [nak] : [], ...usualPolicy(request, offer)];
  },
}, async ({ server, daemon }) => {
  await daemon.waitForLease();
  assert.equal(server.received(DhcpType.DISCOVER).length, 1);
  assert.equal(server.received(DhcpType.REQUEST).length, 1);
  assert.match(daemon.process.log, /dropped frame: dhcp-server/);
});

misbehaving("NAK that nobody asked for, in BOUND: ignore", {}, async (site) => {
  const { server, daemon } = site;
  await daemon.waitForLease();
  const before = results(daemon);
  const { message } = await server.waitFor(DhcpType.REQUEST);
  const nak = reply(message, DhcpType.NAK, server.offer);
  for (const answer of [nak, withoutOptions(nak, 54), { ...nak, xid: 0 }]) server.send(answer);
  await settle(site);
  assert.deepEqual(results(daemon), before);
  assert.equal(server.received(DhcpType.DISCOVER).length, 1);
});

/** A server that has forgotten the client's old address, and says so without its name. */
function forgetful(request: DhcpMessage, offer: Offer): DhcpMessage[] {
  const remembers = isRequest(request) && option(request, 54) === null;
  return remembers
    ? [withoutOptions(reply(request, DhcpType.NAK, offer), 54)]
    : usualPolicy(request, offer);
}

testWith(
  ["netns", "executable"],
  "misbehaving server: NAK without 54 in INIT-REBOOT: act on it",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, (daemon) => daemon.waitForLease("192.0.2.7/24"));
        server.requests.length = 0;
        server.offer = { ...server.offer, address: "192.0.2.8" };
        server.policy = forgetful;
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease("192.0.2.8/24");
          const [first, second] = server.requests.map(({ message }) => message);
          assert.equal(messageType(first), DhcpType.REQUEST);
          assert.equal(addressOption(first, 50), "192.0.2.7");
          assert.equal(option(first, 54), null);
          assert.equal(first.ciaddr, "0.0.0.0");
          // Whoever waits instead asks a second time before it begins anew.
          assert.equal(messageType(second), DhcpType.DISCOVER);
          assert.equal(await network.addressText(), "192.0.2.8/24");
          assertSameProcesses(daemon);
        });
      });
    });
  },
);
