/**
 * RFC 2131 §4.4.5: when the lease is over, so is the use of the address.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { silence, usualPolicy, withServer } from "../support/dhcp_server.ts";
import { ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { isAlive, signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { staysTrue, waitUntil } from "../support/wait.ts";

testWith(
  ["netns", "executable"],
  "the address goes when the lease does, and comes back",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, { leaseSeconds: 20 }, async (server) => {
        await withDaemon(network, async (daemon) => {
          await server.waitFor(DhcpType.REQUEST);
          const requested = performance.now();
          await daemon.waitForLease();
          server.policy = silence;

          const left = 19_000 - (performance.now() - requested);
          await staysTrue("the address before expiry", left, async () => {
            return await network.addressText() === "192.0.2.7/24" && daemon.file("ip") !== null;
          });
          assert.ok((await network.defaultRoutes()).length === 1);
          await waitUntil("the end of the address", async () => {
            return await network.addressText() === "";
          }, { timeoutMs: 5000 });

          await waitUntil("the end of the lease's files", () => {
            return daemon.keys().join() === "state";
          }, { explain: () => daemon.keys().join() });
          assert.deepEqual(await network.defaultRoutes(), []);
          assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
          assert.ok(["INIT", "SELECTING"].includes(daemon.file("state")!), daemon.file("state")!);

          server.policy = usualPolicy;
          await daemon.waitForLease();
        });
      });
    });
  },
);

testWith(["netns", "executable"], "the lease ends though the calf cannot say so", async () => {
  await withNetwork(async (network) => {
    await withServer(network, { leaseSeconds: 20 }, async (server) => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        const hung = await daemon.calf();
        signalProcess(hung, "SIGSTOP");
        server.policy = silence;
        await waitUntil("the end of the lease's files", () => daemon.keys().join() === "state", {
          timeoutMs: 25_000,
          explain: () => daemon.keys().join(),
        });
        assert.equal(await network.addressText(), "");
        assert.deepEqual(await network.defaultRoutes(), []);
        assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
        server.policy = usualPolicy;
        await daemon.waitForLease(); // by another calf
        assert.equal(isAlive(hung), false);
      });
    });
  });
});
