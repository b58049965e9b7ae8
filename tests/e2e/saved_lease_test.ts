/**
 * The lease on disk: kept over a restart, and of no harm whatever the file holds.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon } from "../support/daemon.ts";
import { addressOption, DhcpType } from "../support/dhcp_message.ts";
import { type ScriptedServer, withServer } from "../support/dhcp_server.ts";
import { CLIENT_MAC, type Network, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

function leasePath({ directory }: Network): string {
  return `${directory}/state/eth0.lease`;
}

/** Gets a lease and stops the daemon; gives its log. */
async function getLease(network: Network, ...args: string[]): Promise<string> {
  const daemon = Daemon.start(network, ...args);
  try {
    await daemon.waitForLease();
    await daemon.process.waitForLine(/bound to/);
    assert.equal(await daemon.stop(), 0, daemon.process.log);
    return daemon.process.log;
  } finally {
    await daemon.stop();
  }
}

/** The addresses that clients have asked for without naming a server (INIT-REBOOT). */
function rebootRequests(server: ScriptedServer): (string | null)[] {
  return server.received(DhcpType.REQUEST)
    .filter(({ message }) => addressOption(message, 54) === null)
    .map(({ message }) => addressOption(message, 50));
}

testWith(
  ["netns", "executable"],
  "a lease is saved, and asked for again by the next daemon",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async (server) => {
        await getLease(network);
        const saved = JSON.parse(await Deno.readTextFile(leasePath(network)));
        const { obtained, expires, ...rest } = saved;
        assert.deepEqual(rest, {
          version: 1,
          origin: "dhcp",
          mac: CLIENT_MAC,
          address: "192.0.2.7/24",
          server: "192.0.2.1",
        });
        assert.equal(expires - obtained, 3600);
        assert.ok(Math.abs(obtained - Date.now() / 1000) < 60);
        assert.deepEqual(rebootRequests(server), []);
        await getLease(network);
        assert.deepEqual(rebootRequests(server), ["192.0.2.7"]);
        assert.equal(server.received(DhcpType.DISCOVER).length, 1);
      });
    });
  },
);

const MINE = {
  version: 1,
  origin: "dhcp",
  mac: CLIENT_MAC,
  address: "192.0.2.99/24",
  server: "192.0.2.1",
  obtained: 1_600_000_000,
  expires: null,
};

const USELESS: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
  ["corrupt", '{"version":1,"address":', /not JSON/],
  [
    "another interface's",
    JSON.stringify({ ...MINE, mac: "02:00:00:00:00:77" }),
    /hardware address/,
  ],
  ["another version's", JSON.stringify({ ...MINE, version: 2 }), /version/],
  ["hostile", JSON.stringify({ ...MINE, address: "192.0.2.99/24\nx" }), /bad address/],
];

for (const [what, text, reason] of USELESS) {
  testWith(
    ["netns", "executable"],
    `a saved lease that is ${what} is ignored with a warning, and replaced`,
    async () => {
      await withNetwork(async (network) => {
        await Deno.mkdir(`${network.directory}/state`);
        await Deno.writeTextFile(leasePath(network), text);
        await withServer(network, {}, async (server) => {
          const log = await getLease(network);
          assert.match(log, new RegExp(`WARN .*eth0\\.lease ignored: .*${reason.source}`));
          assert.deepEqual(rebootRequests(server), []);
        });
        assert.equal(JSON.parse(await Deno.readTextFile(leasePath(network))).mac, CLIENT_MAC);
      });
    },
  );
}

testWith(
  ["netns", "executable"],
  "a saved lease that the server refuses costs little",
  async () => {
    await withNetwork(async (network) => {
      await Deno.mkdir(`${network.directory}/state`);
      await Deno.writeTextFile(leasePath(network), JSON.stringify(MINE));
      await withServer(network, {}, async (server) => {
        await getLease(network);
        assert.deepEqual(rebootRequests(server), ["192.0.2.99"]);
      });
      const { address } = JSON.parse(await Deno.readTextFile(leasePath(network)));
      assert.equal(address, "192.0.2.7/24");
    });
  },
);

testWith(
  ["netns", "executable"],
  "a full state directory costs a warning, and no address",
  async () => {
    await withNetwork(async (network) => {
      const state = `${network.directory}/state`;
      await Deno.mkdir(state);
      // One page holds what resolv.conf was; there is no room for more.
      await network.client.run("mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=3", "tmpfs", state);
      await network.client.run("sh", "-c", `head -c 4096 /dev/zero >${state}/fill`);
      await withServer(network, {}, async () => {
        const daemon = Daemon.start(network, "--resolv-conf=none");
        try {
          await daemon.waitForLease();
          await daemon.process.waitForLine(
            /WARN .*the lease cannot be saved on disk: No space left/,
          );
          assert.equal(await daemon.stop(), 0);
        } finally {
          await daemon.stop();
        }
      });
    });
  },
);

testWith(["netns", "executable"], "a lease that is given back is forgotten", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      await getLease(network, "--release");
      await server.waitFor(DhcpType.RELEASE);
      await assert.rejects(Deno.stat(leasePath(network)), Deno.errors.NotFound);
    });
  });
});

testWith(["netns", "executable"], "an anonymous host saves nothing", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async () => {
      await getLease(network, "--anonymity");
      await assert.rejects(Deno.stat(leasePath(network)), Deno.errors.NotFound);
    });
  });
});

testWith(["netns", "executable"], "a killed calf's successor asks for the same lease", async () => {
  await withNetwork(async (network) => {
    await withServer(network, {}, async (server) => {
      const daemon = Daemon.start(network);
      try {
        await daemon.waitForLease();
        const calf = await daemon.calf();
        Deno.kill(calf, "SIGKILL");
        await waitUntil("INIT-REBOOT", () => rebootRequests(server).length === 1, {
          explain: () => daemon.process.log,
        });
        assert.deepEqual(rebootRequests(server), ["192.0.2.7"]);
        await daemon.waitForLease();
      } finally {
        await daemon.stop();
      }
    });
  });
});
