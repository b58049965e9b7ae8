/**
 * Either process dies a violent death.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, withDaemon, withDaemonBy } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { withNetwork } from "../support/network.ts";
import {
  isAlive,
  killAll,
  processArguments,
  processStatus,
  signalProcess,
} from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { delay, staysTrue, waitUntil } from "../support/wait.ts";

testWith(
  ["netns", "executable", "dnsmasq"],
  "a killed calf is replaced, the lease stays",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        const first = await daemon.calf();
        signalProcess(first, "SIGKILL");
        const replaced = waitUntil("another calf with a lease", async () => {
          daemon.assertRunning();
          if (isAlive(first) || daemon.file("state") !== "BOUND") return false;
          return await daemon.calf() !== first;
        }, { explain: () => daemon.process.log });
        let done = false;
        const kept = (async () => {
          while (!done) {
            const [address, ...others] = await network.addresses();
            assert.deepEqual(others, []);
            assert.equal(address?.local, "192.0.2.7");
            assert.equal((await network.defaultRoutes()).length, 1);
            await delay(5);
          }
        })();
        await replaced.finally(() => done = true);
        await kept;
        await daemon.waitForLease();
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a calf does not outlive its killed parent",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const daemon = Daemon.start(network);
      try {
        await daemon.waitForLease();
        const calf = await daemon.calf();
        assert.ok(isAlive(calf));
        daemon.process.kill("SIGKILL");
        await daemon.process.waitForEnd();
        try {
          await waitUntil("the end of the calf", () => !isAlive(calf));
        } finally {
          await killAll([calf].filter((pid) => processArguments(pid).includes("--mode=calf")));
        }
      } finally {
        await daemon.stop();
      }
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "without its spawner a daemon ends, to be started anew, and leaves what is configured",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        const calf = await daemon.calf();
        const spawner = Number(processStatus(calf)?.get("PPid"));
        signalProcess(spawner, "SIGKILL");
        assert.equal(await daemon.process.waitForEnd(), 75);
        assert.match(daemon.process.log, /Cannot reach the spawner/);
        assert.equal(await network.addressText(), "192.0.2.7/24");
        assert.equal(isAlive(calf), false);
      });
    });
  },
);

testWith(["netns", "executable", "dnsmasq"], "a daemon takes over from a killed one", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const first = Daemon.start(network);
    try {
      await first.waitForLease();
      first.process.kill("SIGKILL");
      await first.process.waitForEnd();
    } finally {
      await first.stop();
    }
    await withDaemon(network, async (second) => {
      // The results of the first one are there until the second one has begun.
      await second.process.waitForLine(/bound to/);
      await second.waitForLease();
      await staysTrue("one address, one default route", 300, async () => {
        return await network.addressText() === "192.0.2.7/24" &&
          (await network.defaultRoutes()).length === 1;
      });
      assert.equal(await second.stop(), 0);
      assert.equal(await network.addressText(), "");
      assert.deepEqual(await network.defaultRoutes(), []);
      assert.match(await Deno.readTextFile(network.resolvConf), /^# before$/m);
    });
  });
});

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "a calf that priv may not kill ends without its channels",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const config = `${network.directory}/mirage-dhcp.conf`;
      await Deno.writeTextFile(config, "");
      const withoutKill = ["setpriv", "--bounding-set=-kill", "--inh-caps=-kill"];
      await withDaemonBy(network, withoutKill, async (daemon) => {
        await daemon.waitForLease();
        const first = await daemon.calf();
        await Deno.writeTextFile(config, "metric 77\n");
        daemon.process.kill("SIGHUP");
        await waitUntil("the end of the first calf", () => !isAlive(first), {
          explain: () => daemon.process.log,
        });
        await waitUntil("another calf's lease", async () => {
          return (await network.defaultRoutes()).at(0)?.metric === 77;
        }, { explain: () => daemon.process.log });
        const second = await daemon.calf();
        assert.equal(await daemon.stop(), 0);
        assert.ok(!isAlive(second));
      }, `--config=${config}`);
    });
  },
);
