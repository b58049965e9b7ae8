/**
 * What an operator asks of a running daemon: renew, release, release at the end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, withDaemon } from "../support/daemon.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { silence, withServer } from "../support/dhcp_server.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { staysTrue } from "../support/wait.ts";

async function assertNothingLeft(network: Network): Promise<void> {
  assert.equal(await network.addressText(), "");
  assert.deepEqual(await network.defaultRoutes(), []);
  assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
}

testWith(["netns", "executable"], "SIGUSR1 renews the lease at once", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        for (let round = 1; round <= 2; round++) {
          daemon.process.kill("SIGUSR1");
          const { message } = await server.waitFor(DhcpType.REQUEST, 1 + round);
          assert.equal(message.ciaddr, "192.0.2.7");
          await daemon.waitForLease();
        }
        assert.equal(server.received(DhcpType.DISCOVER).length, 1);
      });
    });
  });
});

testWith(
  ["netns", "executable"],
  "SIGUSR2 gives the lease back until SIGUSR1 asks for another one",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          daemon.process.kill("SIGUSR2");
          const { message } = await server.waitFor(DhcpType.RELEASE);
          assert.equal(message.ciaddr, "192.0.2.7");
          await daemon.waitForState("RELEASED");
          await assertNothingLeft(network);
          await network.setCable("down");
          await daemon.process.waitForLine(/carrier lost/);
          await network.setCable("up");
          await daemon.process.waitForLine(/carrier up/);
          await staysTrue("nothing is asked for", 500, () => {
            daemon.assertRunning();
            return server.received(DhcpType.DISCOVER).length === 1;
          });
          daemon.process.kill("SIGUSR1");
          await daemon.waitForLease();
          assert.equal(server.received(DhcpType.DISCOVER).length, 2);
        });
      });
    });
  },
);

testWith(["netns", "executable"], "--release gives the lease back on SIGTERM", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      const daemon = Daemon.start(network, "--release");
      try {
        await daemon.waitForLease();
        assert.equal(await daemon.stop(), 0, daemon.process.log);
        assert.equal((await server.waitFor(DhcpType.RELEASE)).message.ciaddr, "192.0.2.7");
        await assertNothingLeft(network);
        assert.deepEqual(daemon.keys(), []);
      } finally {
        await daemon.stop();
      }
    });
  });
});

testWith(["netns", "executable"], "--release without a lease, or a network, ends too", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      server.policy = silence;
      for (const cable of ["up", "down"] as const) {
        await network.setCable(cable);
        const daemon = Daemon.start(network, "--release");
        try {
          // Before that, there is nothing that a signal would have to wait for.
          await daemon.process.waitForLine(/ begins$/);
          if (cable === "up") await daemon.waitForState("SELECTING");
          assert.equal(await daemon.stop(), 0, daemon.process.log);
        } finally {
          await daemon.stop();
        }
      }
      assert.equal(server.received(DhcpType.RELEASE).length, 0);
    });
  });
});

testWith(["netns", "executable"], "SIGTERM without --release keeps the lease", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      const daemon = Daemon.start(network);
      try {
        await daemon.waitForLease();
        assert.equal(await daemon.stop(), 0);
        assert.equal(server.received(DhcpType.RELEASE).length, 0);
      } finally {
        await daemon.stop();
      }
    });
  });
});

testWith(
  ["netns", "executable"],
  "a signal to all processes, as a terminal and a service manager send it, is priv's alone",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const calf = await daemon.calf();
          for (const signal of ["SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const) {
            signalProcess(calf, signal);
          }
          signalProcess(calf, "SIGTERM");
          daemon.process.kill("SIGTERM");
          await server.waitFor(DhcpType.RELEASE);
          assert.equal(await daemon.process.waitForEnd(10_000), 0);
          assert.doesNotMatch(daemon.process.log, /calf killed/);
          await assertNothingLeft(network);
        }, "--release");
      });
    });
  },
);
