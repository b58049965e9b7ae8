/**
 * Interfaces that come, go, are made anew and change their names.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand, listFiles } from "../support/daemon.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { withServer } from "../support/dhcp_server.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { Namespace } from "../support/namespace.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { calvesOf, type Running } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** Starts the daemon for other interfaces than the usual one. */
function start(network: Network, ...names: string[]): Running {
  return network.client.start([...daemonCommand(network).slice(0, -1), ...names]);
}

/** Takes the client's end of the cable away, with its addresses and routes. */
async function unplug({ client }: Network): Promise<void> {
  await client.run("ip", "link", "delete", "eth0");
}

/** Brings a new interface `name` on a cable to the server. */
async function plugIn({ client, server }: Network, name: string): Promise<void> {
  await client.run(
    ...["ip", "link", "add", name, "address", "02:00:00:00:00:01", "type", "veth"],
    ...["peer", "name", "srv0", "address", "02:00:00:00:00:fe", "netns", String(server.pid)],
  );
  // The server's own program holds the address, not the interface that is gone.
  await server.run("ip", "address", "add", "192.0.2.1/24", "dev", "srv0");
  await server.run("ip", "link", "set", "srv0", "up");
}

async function waitForAddress(network: Network, daemon: Running, name: string): Promise<void> {
  await waitUntil(`an address on ${name}`, async () => {
    if (daemon.exitCode !== null) throw new Error(`the daemon ended:\n${daemon.log}`);
    const text = await network.client.run("ip", "-4", "-brief", "address", "show");
    return new RegExp(`^${name}(@\\S+)? .*192\\.0\\.2\\.7/24`, "m").test(text);
  }, { timeoutMs: 30_000, explain: () => daemon.log });
}

function results(network: Network): string[] {
  return listFiles(`${network.directory}/run`).filter((path) => !path.includes(":"));
}

/** Stops the daemon, also when `body` fails. */
async function withRunning(daemon: Running, body: () => Promise<void>): Promise<void> {
  try {
    await body();
    assert.equal(await daemon.stop(), 0, daemon.log);
  } finally {
    await daemon.stop();
  }
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "an interface that is missing is waited for, and one that has gone is waited for again",
  async () => {
    await withNetwork(async (network) => {
      await unplug(network);
      const daemon = start(network, "eth0");
      await withRunning(daemon, async () => {
        await daemon.waitForLine(/WARN +priv eth0: waiting for the interface$/);
        for (let round = 0; round < 2; round++) {
          await plugIn(network, "eth0");
          const dnsmasq = await startDnsmasq(network);
          await waitForAddress(network, daemon, "eth0");
          await waitUntil("the results", () => results(network).includes("eth0/state"));
          await unplug(network);
          await dnsmasq.stop();
          await waitUntil("the end of the calf", () => calvesOf(daemon.pid).length === 0);
          await waitUntil("the end of the results", () => results(network).length === 0);
          assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
        }
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "an interface that is made anew at once is managed anew",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const daemon = start(network, "eth*");
      await withRunning(daemon, async () => {
        await waitForAddress(network, daemon, "eth0");
        const script = "ip link delete eth0; ip link add eth0 type veth peer name other0; " +
          "ip link set other0 up";
        await network.client.run("sh", "-c", script);
        await daemon.waitForLine(/eth0: the interface is gone/);
        await waitUntil("another calf", () => {
          return (daemon.log.match(/eth0: calf started/g) ?? []).length === 2 &&
            calvesOf(daemon.pid).length === 1;
        });
        const shown = await network.client.run("ip", "-brief", "link", "show", "eth0");
        assert.match(shown, /\bUP\b/, "it was switched on");
      });
    });
  },
);

/** Moves eth0 to another namespace and back, which leaves its name, index and address the same. */
async function moveAwayAndBack({ client }: Network): Promise<void> {
  const elsewhere = await Namespace.create();
  try {
    await client.run("ip", "link", "set", "eth0", "netns", String(elsewhere.pid));
    await elsewhere.run("ip", "link", "set", "eth0", "netns", String(client.pid));
    await client.run("ip", "link", "set", "eth0", "up");
  } finally {
    await elsewhere.close();
  }
}

testWith(
  ["netns", "executable"],
  "an interface that was away while nobody looked is heard again",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        const daemon = start(network, "eth0");
        await withRunning(daemon, async () => {
          await daemon.waitForLine(/eth0: bound to 192\.0\.2\.7/);
          const asked = server.received(DhcpType.REQUEST).length;
          // So that it sees how things are afterwards, and not what has happened.
          daemon.kill("SIGSTOP");
          try {
            await moveAwayAndBack(network);
          } finally {
            daemon.kill("SIGCONT");
          }
          await server.waitFor(DhcpType.REQUEST, asked + 1, 30_000);
          await daemon.waitForLine(/eth0: renewed 192\.0\.2\.7/);
          await waitForAddress(network, daemon, "eth0");
        });
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a renamed interface is managed under its new name, if that is meant",
  async () => {
    await withNetwork(async (network) => {
      const { client } = network;
      await startDnsmasq(network);
      const daemon = start(network, "eth*", "lan0");
      const rename = async (from: string, to: string) => {
        await client.run("ip", "link", "set", from, "down");
        await client.run("ip", "link", "set", from, "name", to);
        await client.run("ip", "link", "set", to, "up");
      };
      await withRunning(daemon, async () => {
        await waitForAddress(network, daemon, "eth0");
        await waitUntil("the results", () => results(network).includes("eth0/state"));
        await rename("eth0", "lan0");
        await daemon.waitForLine(/lan0: configured/);
        await waitForAddress(network, daemon, "lan0");
        await waitUntil("the results", () => results(network).includes("lan0/state"));
        assert.ok(results(network).every((path) => path.startsWith("lan0/")));
        await rename("lan0", "wan0");
        await daemon.waitForLine(/lan0: the interface is called wan0 now/);
        await waitUntil("the end of the results", () => results(network).length === 0);
        const text = await client.run("ip", "-4", "-brief", "address", "show", "dev", "wan0");
        assert.doesNotMatch(text, /192\.0\.2\.7/);
        assert.deepEqual(await network.defaultRoutes(), []);
        assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a pattern passes over what another daemon manages, and over what is no Ethernet",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      await network.client.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "far");
      const other = start(network, "eth1");
      await withRunning(other, async () => {
        await other.waitForLine(/eth1: calf started/);
        const daemon = start(network, "eth*", "l*");
        await withRunning(daemon, async () => {
          await waitForAddress(network, daemon, "eth0");
          await daemon.waitForLine(/eth1: Cannot manage eth1: another instance does/);
          assert.doesNotMatch(daemon.log, /priv lo:/);
          // It gets it when the other one lets go.
          assert.equal(await other.stop(), 0);
          await daemon.waitForLine(/eth1: calf started/, 30_000);
        });
      });
    });
  },
);
