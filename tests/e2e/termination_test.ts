/**
 * SIGTERM: everything that the daemon did is undone, and nothing else.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, listFiles } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { isAlive } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";

/** What an administrator has set up by hand on the same interface. */
async function configureByHand({ client }: Network): Promise<void> {
  await client.run("ip", "link", "set", "eth0", "up");
  await client.run("ip", "address", "add", "198.51.100.9/24", "dev", "eth0");
  await client.run("ip", "route", "add", "203.0.113.0/24", "via", "198.51.100.1");
  await client.run("ip", "route", "add", "default", "via", "198.51.100.1", "metric", "7");
}

async function snapshot(network: Network): Promise<unknown> {
  const { mtu } = await network.link();
  const resolvConf = await Deno.readTextFile(network.resolvConf);
  const { ino } = await Deno.stat(network.resolvConf);
  return {
    mtu,
    resolvConf,
    ino,
    addresses: await network.addresses(),
    routes: await network.routes(),
  };
}

testWith(["netns", "executable", "dnsmasq"], "SIGTERM undoes the lease and only that", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    await configureByHand(network);
    const before = await snapshot(network);
    const daemon = Daemon.start(network);
    try {
      await daemon.waitForLease();
      assert.equal((await network.defaultRoutes()).length, 2);
      const calf = await daemon.calf();
      assert.equal(await daemon.stop(), 0, daemon.process.log);
      assert.equal(isAlive(calf), false);
      assert.deepEqual(await snapshot(network), before);
      assert.deepEqual(daemon.keys(), []);
    } finally {
      await daemon.stop();
    }
  });
});

testWith(["netns", "executable"], "SIGTERM before there is a lease exits with 0", async () => {
  await withNetwork(async (network) => {
    const daemon = Daemon.start(network);
    try {
      await daemon.waitForState("SELECTING");
      assert.equal(await daemon.stop(), 0, daemon.process.log);
      assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
      const left = listFiles(`${network.directory}/run`).filter((file) => !file.endsWith(":lock"));
      assert.deepEqual(left, []);
    } finally {
      await daemon.stop();
    }
  });
});

testWith(
  ["netns", "executable", "dnsmasq"],
  "SIGTERM with --persistent leaves the lease",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const daemon = Daemon.start(network, "--persistent");
      try {
        await daemon.waitForLease();
        const configured = await Deno.readTextFile(network.resolvConf);
        assert.equal(await daemon.stop(), 0, daemon.process.log);
        assert.equal(await network.addressText(), "192.0.2.7/24");
        assert.equal((await network.defaultRoutes()).length, 1);
        assert.equal(await Deno.readTextFile(network.resolvConf), configured);
      } finally {
        await daemon.stop();
      }
    });
  },
);
