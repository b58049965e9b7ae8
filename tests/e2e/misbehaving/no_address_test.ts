/**
 * Offers without an address that say what to do instead: options 108 (RFC 8925) and 116 (RFC 2563).
 *
 * @module
 */

import assert from "node:assert/strict";
import { DhcpType, messageType, withMore } from "../../support/dhcp_message.ts";
import { changed, type ScriptedServer, usualPolicy } from "../../support/dhcp_server.ts";
import { u32 } from "../../support/frame.ts";
import { staysTrue, waitUntil } from "../../support/wait.ts";
import { misbehaving, misbehavingSlowly, waitForMessage } from "./site.ts";

misbehaving("yiaddr 0 with 108: honour the option", {
  args: ["--ipv6-only"],
  policy: changed((answer) => withMore({ ...answer, yiaddr: "0.0.0.0" }, [108, u32(1800)])),
}, async ({ network, server, daemon }) => {
  await daemon.waitForState("V6ONLY");
  assert.equal(daemon.file("ipv6-only"), "1800");
  const sent = server.requests.length;
  // The first repetition would come after half a second.
  await staysTrue("silence without an address", 2000, async () => {
    return server.requests.length === sent && await network.addressText() === "";
  });
  assert.equal(server.received(DhcpType.REQUEST).length, 0);
});

misbehaving("yiaddr 0 with 108 that was not asked for: no offer", {
  policy: (request, offer) => {
    const answers = usualPolicy(request, offer);
    const empty = answers.map((answer) =>
      withMore({ ...answer, yiaddr: "0.0.0.0" }, [108, u32(1800)])
    );
    return [...empty, ...answers];
  },
}, async ({ daemon }) => {
  await daemon.waitForLease();
  assert.equal(daemon.file("ipv6-only"), null);
});

/** Makes `server` tell whether hosts may choose an address, instead of giving one. */
function giveNoAddress(server: ScriptedServer, mayChoose: number): void {
  server.policy = (request, offer) =>
    messageType(request) !== DhcpType.DISCOVER
      ? []
      : usualPolicy(request, offer).map((answer) =>
        withMore({ ...answer, yiaddr: "0.0.0.0" }, [116, Uint8Array.of(mayChoose)])
      );
}

const LINK_LOCAL = { args: ["--fallback=ipv4ll", "--fallback-after=2"], policy: () => [] };

misbehavingSlowly("no address but option 116", {
  "yiaddr 0 with 116 = 0: no link-local address": [LINK_LOCAL, async (site) => {
    const { network, server, daemon } = site;
    giveNoAddress(server, 0);
    // The sixth is sent after 15 s; RFC 3927 §2.2.1 needs 9 s at most after the fallback is due.
    await waitUntil("six questions, and no link-local address meanwhile", async () => {
      daemon.assertRunning();
      assert.doesNotMatch(await network.addressText(), /169\.254/);
      if (server.received(DhcpType.DISCOVER).length === 5) server.policy = usualPolicy;
      return server.received(DhcpType.DISCOVER).length >= 6;
    }, { timeoutMs: 90_000 });
    await daemon.waitForLease("192.0.2.7/24", 60_000);
  }],

  "yiaddr 0 with 116 = 1: a link-local address": [LINK_LOCAL, async (site) => {
    const { network, server, daemon } = site;
    giveNoAddress(server, 1);
    await waitUntil("a link-local address", async () => {
      daemon.assertRunning();
      return /^169\.254\.\d+\.\d+\/16$/.test(await network.addressText());
    }, { timeoutMs: 60_000, explain: () => daemon.process.log });
    const asked = server.received(DhcpType.DISCOVER).length;
    server.policy = usualPolicy;
    await waitForMessage(site, DhcpType.DISCOVER, asked + 1);
    await daemon.waitForLease("192.0.2.7/24", 60_000);
    assert.equal(await network.addressText(), "192.0.2.7/24");
  }],
});
