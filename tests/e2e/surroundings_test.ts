/**
 * What the daemon inherits, and what happens to it from outside: it works all the same, or ends in
 * order.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, daemonCommand, withDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { withServer } from "../support/dhcp_server.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { run, type Running, signalProcess } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** Starts the daemon from a shell script, which has its command line as "$@". */
function startFrom(script: string, network: Network): Running {
  return network.client.start(["sh", "-c", script, "sh", ...daemonCommand(network)]);
}

async function waitForAddress(network: Network, daemon: Running): Promise<void> {
  await waitUntil("the address", async () => await network.addressText() === "192.0.2.7/24", {
    explain: () => daemon.log,
  });
}

async function assertUndone(network: Network): Promise<void> {
  assert.equal(await network.addressText(), "");
  assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
}

testWith(["netns", "executable", "dnsmasq"], "an ignored SIGCHLD changes nothing", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const daemon = startFrom(`exec env --ignore-signal=CHLD "$@"`, network);
    await waitForAddress(network, daemon);
    const [, calf] = /calf started, pid (\d+)/.exec(daemon.log)!;
    signalProcess(Number(calf), "SIGKILL");
    await daemon.waitForLine(/calf killed by SIGKILL/);
    assert.equal(await daemon.stop(), 0, daemon.log);
    await assertUndone(network);
  });
});

testWith(["netns", "executable", "dnsmasq"], "anybody may read the results", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const daemon = startFrom(`umask 077; exec "$@"`, network);
    await waitForAddress(network, daemon);
    await waitUntil("the results", () => /bound to/.test(daemon.log));
    const mode = async (path: string) =>
      (await Deno.stat(`${network.directory}/run/${path}`)).mode! & 0o777;
    assert.equal(await mode("eth0"), 0o755);
    assert.equal(await mode("eth0/ip"), 0o644);
    assert.equal(await daemon.stop(), 0, daemon.log);
  });
});

testWith(["netns", "executable", "dnsmasq"], "a log that nobody reads stops nothing", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    // The daemon's standard error is a pipe that is full from the start.
    const fill = "dd if=/dev/zero bs=4096 count=16 status=none >&3";
    const fifo = `${network.directory}/fifo`;
    const daemon = startFrom(`mkfifo ${fifo}; exec 3<>${fifo}; ${fill}; exec "$@" 2>&3`, network);
    await waitForAddress(network, daemon);
    assert.equal(await daemon.stop(), 0);
    await assertUndone(network);
  });
});

testWith(["netns", "executable", "dnsmasq"], "no usual signal leaves anything behind", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();
      const answers = {
        SIGHUP: /SIGHUP: the configuration has been read again/,
        SIGALRM: /SIGALRM ignored/,
        SIGPIPE: null,
      };
      for (const [signal, answer] of Object.entries(answers)) {
        daemon.process.kill(signal as Deno.Signal);
        if (answer !== null) await daemon.process.waitForLine(answer);
      }
      daemon.process.kill("SIGQUIT");
      assert.equal(await daemon.process.waitForEnd(), 0, daemon.process.log);
      await assertUndone(network);
    });
  });
});

testWith(
  ["netns", "executable"],
  "a changed hardware address is taken up once there are descriptors for it",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const { pid } = daemon.process;
          const open = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
          await run(["prlimit", `--pid=${pid}`, `--nofile=${open - 1}:4096`]);
          await network.client.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77");
          await daemon.process.waitForLine(/EMFILE .*: next start in/);
          assert.equal(await network.addressText(), "");
          await run(["prlimit", `--pid=${pid}`, "--nofile=4096:4096"]);
          await daemon.waitForLease();
          assert.equal(await daemon.stop(), 0);
        });
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a replaced executable ends with 75 and leaves the lease to its successor",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const copy = `${network.directory}/mirage-dhcp`;
      const install = async () => {
        await Deno.copyFile(executablePath(), `${copy}.new`);
        await Deno.chmod(`${copy}.new`, 0o755);
        await Deno.rename(`${copy}.new`, copy);
      };
      await install();
      const [, ...args] = daemonCommand(network);
      const daemon = network.client.start([copy, ...args]);
      await waitForAddress(network, daemon);
      await install();
      const [, calf] = /calf started, pid (\d+)/.exec(daemon.log)!;
      signalProcess(Number(calf), "SIGKILL");
      assert.equal(await daemon.waitForEnd(), 75, daemon.log);
      assert.match(daemon.log, /the executable has been replaced/);
      assert.equal(await network.addressText(), "192.0.2.7/24");
      const next = Daemon.start(network);
      await next.process.waitForLine(/bound to/);
      assert.equal(await next.stop(), 0, next.process.log);
      await assertUndone(network);
    });
  },
);
