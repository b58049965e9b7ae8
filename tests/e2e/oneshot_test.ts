/**
 * `--oneshot`: configure and exit.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listFiles, runDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
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
  });
});
