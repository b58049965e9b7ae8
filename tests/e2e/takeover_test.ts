/**
 * A daemon that is started after another one, which was killed or has left its configuration in place.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon } from "../support/daemon.ts";
import { type ScriptedServer, USUAL_OFFER, withServer } from "../support/dhcp_server.ts";
import { ipv4Bytes, u16 } from "../support/frame.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

/** How the first daemon ends, leaving what it has configured. */
const ENDS: readonly (readonly [what: string, args: string[], signal: Deno.Signal])[] = [
  ["was killed", [], "SIGKILL"],
  ["was persistent", ["--persistent"], "SIGTERM"],
];

async function firstDaemon(network: Network, args: string[], signal: Deno.Signal): Promise<void> {
  const daemon = Daemon.start(network, ...args);
  try {
    await daemon.waitForLease();
    assert.equal((await network.link()).mtu, 1400);
    daemon.process.kill(signal);
    await daemon.process.waitForEnd();
    assert.equal(await network.addressText(), "192.0.2.7/24");
    assert.notEqual(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
  } finally {
    await daemon.stop();
  }
}

/** Another address, and nothing of what the first lease had besides. */
function changeOffer(server: ScriptedServer): void {
  const mask = ipv4Bytes("255.255.255.0");
  server.offer = { ...USUAL_OFFER, address: "192.0.2.9", options: [[1, mask]] };
}

for (const [what, args, signal] of ENDS) {
  testWith(
    ["netns", "executable"],
    `another lease replaces that of a predecessor that ${what}`,
    async () => {
      await withNetwork(async (network) => {
        await withServer(
          network,
          { options: [...USUAL_OFFER.options, [26, u16(1400)]] },
          async (server) => {
            await firstDaemon(network, args, signal);
            changeOffer(server);
            const daemon = Daemon.start(network);
            try {
              await daemon.waitForLease("192.0.2.9/24");
              assert.equal(await network.addressText(), "192.0.2.9/24");
              assert.deepEqual(await network.defaultRoutes(), []);
              assert.equal((await network.link()).mtu, 1500);
              assert.equal(daemon.file("mtu"), null);
            } finally {
              assert.equal(await daemon.stop(), 0);
            }
            assert.equal(await network.addressText(), "");
            assert.deepEqual(await network.defaultRoutes(), []);
            assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
          },
        );
      });
    },
  );
}
