/**
 * A calf that dies again and again, as of a packet that kills each of them: the pauses grow to a minute,
 * the network is not flooded, and a lease that is there stays until it is over.
 *
 * @module
 */

import assert from "node:assert/strict";
import { attackCommand } from "../support/attacker.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { usualPolicy } from "../support/dhcp_server.ts";
import { signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { hostPicture, type Supervised, supervised } from "../support/turncoat.ts";

/** From a quarter of a second to a minute, ms. */
const PAUSES = [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000];

const DEATH = "read-from-nowhere";

/** The pauses that priv has announced, ms. */
function pauses(site: Supervised): number[] {
  return site.lines(/calf killed by \w+: next start in (\d+) ms/).map(Number);
}

testWith(
  ["netns", "executable"],
  "the answer to each DHCPDISCOVER kills the calf: pauses grow to a minute, and so few are sent",
  async () => {
    await supervised(async (site) => {
      const { daemon, server, network } = site;
      await daemon.process.waitForLine(/next start in 60000 ms/, 150_000);
      assert.deepEqual(pauses(site), PAUSES);
      assert.equal(site.calves.length, PAUSES.length);
      const sent = server.requests.length;
      // One each, and a second one where the answer has taken longer than half a second.
      assert.ok(sent >= PAUSES.length && sent <= 2 * PAUSES.length, `${sent} messages`);
      assert.equal(server.received(DhcpType.DISCOVER).length, sent);
      assert.equal(await network.addressText(), "");
    }, {
      before: (_network, server) => {
        server.policy = () => [attackCommand(DEATH)];
      },
    });
  },
);

testWith(
  ["netns", "executable"],
  "the answer to each renewal kills the calf: the lease stays, and no DHCPDISCOVER is sent",
  async () => {
    await supervised(async (site) => {
      const { daemon, server, network } = site;
      await site.leased();
      const before = await hostPicture(network, daemon);
      const discovers = server.received(DhcpType.DISCOVER).length;
      const asked = server.requests.length;
      server.policy = () => [attackCommand(DEATH)];
      signalProcess(await daemon.calf(), "SIGKILL");
      await daemon.process.waitForLine(/next start in 8000 ms/, 60_000);
      assert.deepEqual(pauses(site), PAUSES.slice(0, 6));
      assert.deepEqual(await hostPicture(network, daemon), before);
      const sent = server.requests.length - asked;
      // Each asks for its lease once, or twice before it is killed.
      assert.ok(sent >= 5 && sent <= 10, `${sent} messages`);
      server.policy = usualPolicy;
      await site.rebound(7);
      assert.deepEqual(await hostPicture(network, daemon), before);
      assert.deepEqual(site.taken, []);
      assert.equal(server.received(DhcpType.DISCOVER).length, discovers);
    });
  },
);
