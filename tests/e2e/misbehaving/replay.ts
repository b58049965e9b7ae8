/**
 * Replays malformed packets of a kind that has broken DHCP software: while an address is asked for,
 * while it is held, and while it is renewed. Nothing of them may come through, and a good server
 * must be heard afterwards as before.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DhcpMessage, DhcpType } from "../../support/dhcp_message.ts";
import { type Answer, reply, USUAL_OFFER, usualPolicy } from "../../support/dhcp_server.ts";
import { utf8 } from "../../support/frame.ts";
import {
  atSite,
  renewLease,
  resolvConfLines,
  results,
  routeTexts,
  settle,
  type Site,
} from "./site.ts";
import { testWith } from "../../support/requirements.ts";

/** The packets of an attack, made of an answer as a good server would give it. */
export type Attack = (answer: DhcpMessage, server: string) => readonly Answer[];

/** Packets that are the first answer to a renewal, each to one of its own. */
const SAMPLE = 12;

/** What a good server gives in these tests. */
const GOOD_OPTIONS = [...USUAL_OFFER.options, [15, utf8("example.test")] as const];

/** Registers the test of one CVE or of a class of them. */
export function replayed(name: string, attack: Attack, ...args: string[]): void {
  testWith(
    ["netns", "executable"],
    `misbehaving server: ${name}`,
    () => atSite({ offer: { options: GOOD_OPTIONS }, args, policy: () => [] }, replay(attack)),
  );
}

/** Goes through all of it. Hostile packets come first each time, then what a good server says. */
function replay(attack: Attack): (site: Site) => Promise<void> {
  return async (site) => {
    const { server, daemon } = site;
    const hostname = Deno.hostname();
    server.policy = (request, offer) =>
      usualPolicy(request, offer)
        .flatMap((answer) => [...attack(answer, offer.server), answer]);
    await daemon.waitForLease();
    const calf = await daemon.calf();
    await assertUnharmed(site);

    const before = results(daemon);
    const asked = server.requests.length;
    const { message } = server.requests.at(-1)!;
    for (const type of [DhcpType.OFFER, DhcpType.ACK, DhcpType.NAK]) {
      const answer = { ...reply(message, type, server.offer), yiaddr: server.offer.address };
      for (const packet of attack(answer, server.offer.server)) server.send(packet);
    }
    await settle(site);
    assert.deepEqual(results(daemon), before, "what comes unasked changes nothing");
    assert.equal(server.requests.length, asked, "what comes unasked is not answered");

    for (const nth of sample(attack(reply(message, DhcpType.ACK, server.offer), "").length)) {
      server.policy = (request, offer) =>
        usualPolicy(request, offer).flatMap((answer) => [
          attack(answer, offer.server)[nth],
          answer,
        ]);
      await renewLease(site);
      await assertUnharmed(site);
    }

    server.policy = usualPolicy;
    await renewLease(site);
    await assertUnharmed(site);
    assert.equal(daemon.file("domain"), "example.test");
    assert.equal(daemon.file("gateway"), "192.0.2.1");
    assert.deepEqual(await resolvConfLines(site), ["domain example.test", "nameserver 192.0.2.53"]);
    assert.equal(await daemon.calf(), calf);
    assert.equal(Deno.hostname(), hostname);
  };
}

/** Some numbers below `count`, the first and the last among them. */
function sample(count: number): number[] {
  const numbers = Array.from(
    { length: SAMPLE },
    (_, n) => Math.floor(n * (count - 1) / (SAMPLE - 1)),
  );
  return [...new Set(numbers)];
}

/** Fails when a value is in place that no good server has given. */
export async function assertUnharmed(site: Site): Promise<void> {
  const { network, daemon } = site;
  assert.equal(await network.addressText(), "192.0.2.7/24");
  assert.equal(daemon.file("ip"), "192.0.2.7/24");
  assert.equal((await network.link()).mtu, 1500);
  const good = ["domain example.test", "nameserver 192.0.2.53"];
  const odd = (await resolvConfLines(site)).filter((line) =>
    !good.includes(line) && line !== ORIGINAL_RESOLVER
  );
  assert.deepEqual(odd, []);
  const routes = (await routeTexts(site)).filter((text) => text !== "default 192.0.2.1");
  assert.deepEqual(routes, []);
  for (const key of daemon.keys()) {
    const value = daemon.file(key);
    // Nobody but its vendor knows what is within, and in hex it can do no harm.
    const isOpaque = /^vendor\/(specific|identifying)$/.test(key) &&
      /^([0-9a-f]{2})+$/.test(value ?? "");
    if (!MAY_BE_SET.test(key) && !isOpaque) assert.fail(`${key} is ${value}`);
  }
}

/** What resolv.conf holds while no lease names a server. */
const ORIGINAL_RESOLVER = "nameserver 203.0.113.53";

/** Keys that a good server's lease leads to, or that any lease has. */
const MAY_BE_SET =
  /^(state|origin|ip|gateway|broadcast|domain|nameserver\/001|lease\/(server|time|t1|t2))$/;
