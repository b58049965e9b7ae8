/**
 * More news of interfaces than the kernel keeps for a daemon that is busy.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** A message is 1.5 KB, and the socket of libnl takes 32 KiB. */
const CHANGES = 500;

/** Changes another interface again and again. */
async function flood({ client, directory }: Network): Promise<void> {
  const lines = Array.from({ length: CHANGES }, (_, n) => `link set dev other mtu ${1300 + n % 2}`);
  await Deno.writeTextFile(`${directory}/flood`, lines.join("\n") + "\n");
  await client.run("ip", "link", "add", "other", "type", "veth", "peer", "name", "another");
  await client.run("ip", "-batch", `${directory}/flood`);
}

/** How many messages the kernel has dropped of those for a process (proc(5), linux/netlink). */
async function dropped({ client }: Network, pid: number): Promise<number> {
  const text = await client.run("cat", "/proc/thread-self/net/netlink");
  const rows = text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode; libnl's port is the process id and a number.
  return rows.filter(([, , port, groups]) =>
    (Number(port) & 0x3fffff) === pid && parseInt(groups, 16) !== 0
  ).reduce((sum, row) => sum + Number(row[8]), 0);
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "a daemon for which the kernel has dropped news of interfaces sees what has changed",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const daemon = Daemon.start(network);
      try {
        await daemon.waitForLease();
        daemon.process.kill("SIGSTOP");
        await flood(network);
        await network.setCable("down");
        assert.ok(await dropped(network, daemon.process.pid) > 0, "nothing was dropped");
        daemon.process.kill("SIGCONT");
        await waitUntil("the end of the routes", async () => {
          return (await network.defaultRoutes()).length === 0;
        }, { explain: () => daemon.process.log });
        await network.setCable("up");
        await waitUntil("the route", async () => (await network.defaultRoutes()).length === 1, {
          explain: () => daemon.process.log,
        });
        assert.equal(await daemon.stop(), 0);
      } finally {
        daemon.process.kill("SIGCONT");
        await daemon.stop();
      }
    });
  },
);
