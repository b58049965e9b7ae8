/**
 * `--oneshot`: configure and exit.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand, listFiles, runDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot exits with 0 and leaves the lease",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const { code, stderr } = await runDaemon(network, "-1", "--timeout=10");
      assert.equal(code, 0, stderr);
      assert.equal(await network.addressText(), "192.0.2.7/24");
      assert.equal((await network.defaultRoutes())[0].gateway, "192.0.2.1");
      assert.equal((await network.link()).mtu, 1400);
      assert.match(await Deno.readTextFile(network.resolvConf), /^nameserver 192\.0\.2\.53$/m);
      assert.ok(listFiles(`${network.directory}/run/eth0`).includes("ip"));
    });
  },
);

testWith(["netns", "executable"], "--oneshot exits with 75 when there is no server", async () => {
  await withNetwork(async (network) => {
    const { code, stderr } = await runDaemon(network, "--oneshot", "--timeout", "1");
    assert.equal(code, 75, stderr);
    assert.equal(await network.addressText(), "");
    assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
    assert.deepEqual(listFiles(`${network.directory}/run/eth0`), []);
  });
});

/** A second interface of the client, on which nobody answers. */
async function addDeafInterface(network: Network): Promise<void> {
  await network.client.run("ip", "link", "add", "eth1", "type", "veth", "peer", "eth2");
  await network.client.run("ip", "link", "set", "eth2", "up");
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot exits with 75 and keeps what is configured when one of two gets no lease",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await addDeafInterface(network);
      const argv = [...daemonCommand(network, "-1", "--timeout=2"), "eth1"];
      const { code, stderr } = await network.client.output(argv);
      assert.equal(code, 75, stderr);
      assert.match(stderr, /no lease in time for eth1$/m);
      assert.equal(await network.addressText(), "192.0.2.7/24");
      assert.ok(listFiles(`${network.directory}/run/eth0`).includes("ip"));
      assert.deepEqual(listFiles(`${network.directory}/run/eth1`), []);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot exits with 75 when an interface has gone, or was never there",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await addDeafInterface(network);
      const argv = [...daemonCommand(network, "-1", "--timeout=3"), "eth1", "eth7"];
      const daemon = network.client.start(argv);
      await daemon.waitForLine(/configured 192/);
      await network.client.run("ip", "link", "delete", "eth1");
      assert.equal(await daemon.waitForEnd(), 75, daemon.log);
      assert.match(daemon.log, /eth1, eth7 did not appear$/m);
      assert.equal(await network.addressText(), "192.0.2.7/24");
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot waits for an interface that comes, and for what a pattern means",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await network.client.run("ip", "link", "set", "eth0", "name", "lan0");
      const daemon = network.client.start(daemonCommand(network, "-1", "--timeout=60", "e*0"));
      await daemon.waitForLine(/eth0: waiting for the interface/);
      await daemon.waitForLine(/e\*0: waiting for the interface/);
      await network.client.run("ip", "link", "set", "lan0", "name", "eth0");
      assert.equal(await daemon.waitForEnd(), 0, daemon.log);
      assert.equal(await network.addressText(), "192.0.2.7/24");
    });
  },
);

testWith(["netns", "executable"], "--oneshot is content with the static fallback", async () => {
  await withNetwork(async (network) => {
    const { code, stderr } = await runDaemon(
      network,
      ...["-1", "--timeout=20", "--acd=off", "--fallback=static", "--fallback-after=1"],
      "--static=192.0.2.77/24,192.0.2.1,192.0.2.53",
    );
    assert.equal(code, 0, stderr);
    assert.equal(await network.addressText(), "192.0.2.77/24");
    assert.equal((await network.defaultRoutes())[0].gateway, "192.0.2.1");
    assert.match(await Deno.readTextFile(network.resolvConf), /^nameserver 192\.0\.2\.53$/m);
    assert.match(stderr, /configured 192\.0\.2\.77\/24 as given, no server answers/);
  });
});

testWith(
  ["netns", "executable"],
  "--oneshot is not content with a link-local address, and leaves none behind",
  async () => {
    await withNetwork(async (network) => {
      const { code, stderr } = await runDaemon(
        network,
        ...["-1", "--timeout=8", "--acd=off", "--fallback=ipv4ll", "--fallback-after=1"],
      );
      assert.equal(code, 75, stderr);
      assert.match(stderr, /configured 169\.254\.\S+ link-local, no server answers/);
      assert.equal(await network.addressText(), "");
      assert.deepEqual(listFiles(`${network.directory}/run/eth0`), []);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot --inform waits for the answer to its DHCPINFORM",
  async () => {
    await withNetwork(async (network) => {
      const without = await runDaemon(network, "-1", "--timeout=1", "--inform=192.0.2.99/24");
      assert.equal(without.code, 75, without.stderr);
      await startDnsmasq(network);
      const { code, stderr } = await runDaemon(network, "-1", "--inform=192.0.2.99/24");
      assert.equal(code, 0, stderr);
      assert.equal(await network.addressText(), "192.0.2.99/24");
      assert.match(await Deno.readTextFile(network.resolvConf), /^nameserver 192\.0\.2\.53$/m);
    });
  },
);
