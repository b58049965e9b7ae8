/**
 * RFC 2131 §4.4.5: renewing at T1, rebinding at T2.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { DhcpType, option } from "../support/dhcp_message.ts";
import { silence, usualPolicy, withServer } from "../support/dhcp_server.ts";
import { countLogged, startDnsmasq } from "../support/dnsmasq.ts";
import { BROADCAST_MAC } from "../support/frame.ts";
import { SERVER_MAC, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

testWith(["netns", "executable", "dnsmasq"], "the lease is renewed at T1", async () => {
  await withNetwork(async (network) => {
    const options = ["option:router,192.0.2.1", "58,10"];
    const dnsmasq = await startDnsmasq(network, { leaseSeconds: 120, options });
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();
      assert.equal(daemon.file("lease/t1"), "10");
      await waitUntil("a second DHCPACK", () => countLogged(dnsmasq, "DHCPACK") === 2, {
        timeoutMs: 20_000,
        explain: () => dnsmasq.log,
      });
      // Without the renewal it would be 110.
      await waitUntil("a new lifetime", async () => {
        return (await network.addresses())[0].valid_life_time >= 117;
      }, { timeoutMs: 2000 });
      await daemon.waitForState("BOUND");
      assert.equal(countLogged(dnsmasq, "DHCPDISCOVER"), 1);
    });
  });
});

testWith(["netns", "executable"], "a renewal is unicast, and broadcast from T2 on", async () => {
  await withNetwork(async (network) => {
    await withServer(network, { leaseSeconds: 120, t1: 10, t2: 12 }, async (server) => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        server.policy = silence;

        const renewal = await server.waitFor(DhcpType.REQUEST, 2);
        await daemon.waitForState("RENEWING");
        assert.equal(renewal.datagram.source, "192.0.2.7");
        assert.equal(renewal.datagram.destination, "192.0.2.1");
        assert.equal(renewal.datagram.destinationMac, SERVER_MAC);
        assert.equal(renewal.message.ciaddr, "192.0.2.7");
        // RFC 2131 §4.3.6, table 4: neither a requested address nor a server identifier.
        assert.equal(option(renewal.message, 50), null);
        assert.equal(option(renewal.message, 54), null);

        server.policy = (request, offer) =>
          server.received(DhcpType.REQUEST).at(-1)?.datagram.destinationMac === BROADCAST_MAC
            ? usualPolicy(request, offer)
            : [];
        const rebinding = await waitUntil("a broadcast DHCPREQUEST", () => {
          return server.received(DhcpType.REQUEST).slice(2)
            .find(({ datagram }) => datagram.destinationMac === BROADCAST_MAC);
        });
        assert.equal(rebinding.datagram.destination, "255.255.255.255");
        assert.equal(rebinding.datagram.source, "192.0.2.7");
        assert.equal(rebinding.message.ciaddr, "192.0.2.7");
        assert.equal(option(rebinding.message, 50), null);
        assert.equal(option(rebinding.message, 54), null);

        await daemon.waitForState("BOUND");
        await waitUntil("a new lifetime", async () => {
          return (await network.addresses())[0].valid_life_time >= 117;
        }, { timeoutMs: 2000 });
        assert.equal(server.received(DhcpType.DISCOVER).length, 1);
      });
    });
  });
});
