/**
 * A cable that is pulled out and put back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { withServer } from "../support/dhcp_server.ts";
import { SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { staysTrue, waitUntil } from "../support/wait.ts";

testWith(
  ["netns", "executable"],
  "the lease outlives a pulled cable, without its routes and resolver, and is confirmed",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const ours = await Deno.readTextFile(network.resolvConf);
          await network.setCable("down");
          await waitUntil("no default route", async () => {
            return (await network.defaultRoutes()).length === 0;
          });
          await waitUntil("the original resolv.conf", async () => {
            return await Deno.readTextFile(network.resolvConf) !== ours;
          });
          await staysTrue("the address without a carrier", 500, async () => {
            daemon.assertRunning();
            return await network.addressText() === "192.0.2.7/24";
          });
          const before = server.received(DhcpType.REQUEST).length;
          await network.setCable("up");
          await server.waitFor(DhcpType.REQUEST, before + 1);
          await daemon.waitForLease();
          assert.equal(await network.addressText(), "192.0.2.7/24");
          await waitUntil("the default route", async () => {
            return (await network.defaultRoutes()).length === 1;
          });
          await waitUntil("our resolv.conf", async () => {
            return await Deno.readTextFile(network.resolvConf) === ours;
          });
        });
      });
    });
  },
);

testWith(["netns", "executable"], "a lease is got as soon as the cable is there", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      await network.setCable("down");
      await withDaemon(network, async (daemon) => {
        await waitUntil("the interface to be up", async () => {
          return (await network.link()).flags.includes("UP");
        });
        await daemon.calf();
        await daemon.process.waitForLine(/no carrier/);
        await network.setCable("up");
        await daemon.waitForLease("192.0.2.7/24", 5000);
        assert.ok(server.received(DhcpType.DISCOVER).length >= 1);
      });
    });
  });
});

testWith(
  ["netns", "executable"],
  "another network behind the cable gives another lease",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease("192.0.2.7/24");
          await network.setCable("down");
          await daemon.process.waitForLine(/carrier lost/);
          server.offer = { ...server.offer, address: "192.0.2.33" };
          await network.setCable("up");
          await daemon.waitForLease("192.0.2.33/24");
          assert.equal(await network.addressText(), "192.0.2.33/24");
        });
      });
    });
  },
);

testWith(
  ["netns", "executable"],
  "a cable that was out for a moment only is noticed all the same",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease("192.0.2.7/24");
          server.offer = { ...server.offer, address: "192.0.2.33" };
          const set = `ip link set ${SERVER_INTERFACE}`;
          await network.server.run("sh", "-c", `${set} down; ${set} up`);
          await daemon.waitForLease("192.0.2.33/24");
          assert.equal(await network.addressText(), "192.0.2.33/24");
        });
      });
    });
  },
);
