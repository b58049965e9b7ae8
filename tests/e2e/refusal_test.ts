/**
 * DHCPNAK: a server that changes its mind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { DhcpType, messageType } from "../support/dhcp_message.ts";
import { reply, usualPolicy, withServer } from "../support/dhcp_server.ts";
import { withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

testWith(["netns", "executable"], "a DHCPNAK at renewal leads to another address", async () => {
  await withNetwork(async (network) => {
    await withServer(network, { leaseSeconds: 120, t1: 10, t2: 100 }, async (server) => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease("192.0.2.7/24");
        // The usual policy refuses every address but this one.
        server.offer = { ...server.offer, address: "192.0.2.8" };
        await server.waitFor(DhcpType.REQUEST, 2);
        await waitUntil("the end of the refused address", async () => {
          return !(await network.addressText()).includes("192.0.2.7/24");
        });
        await daemon.waitForLease("192.0.2.8/24");
        assert.equal(await network.addressText(), "192.0.2.8/24");
        const [route, ...others] = await network.defaultRoutes();
        assert.equal(route.gateway, "192.0.2.1");
        assert.deepEqual(others, []);
        assert.equal(server.received(DhcpType.DISCOVER).length, 2);
      });
    });
  });
});

testWith(["netns", "executable"], "a DHCPNAK in REQUESTING leads back to INIT", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      // Refuses the first address although it has just offered it.
      server.policy = (request, offer) => {
        const first = messageType(request) === DhcpType.REQUEST &&
          server.received(DhcpType.REQUEST).length === 1;
        return first ? [reply(request, DhcpType.NAK, offer)] : usualPolicy(request, offer);
      };
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease("192.0.2.7/24");
        assert.equal(server.received(DhcpType.REQUEST).length, 2);
        assert.equal(server.received(DhcpType.DISCOVER).length, 2);
      });
    });
  });
});
