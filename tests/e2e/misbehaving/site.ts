/**
 * A network with a server that breaks the rules and a daemon that must cope: the frame around each
 * test in this folder.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Daemon, withDaemon } from "../../support/daemon.ts";
import { addressOption, type DhcpMessage, DhcpType } from "../../support/dhcp_message.ts";
import {
  type Answer,
  envelop,
  type Offer,
  type Policy,
  type Received,
  reply,
  type ScriptedServer,
  usualPolicy,
  withServer,
} from "../../support/dhcp_server.ts";
import { toHex } from "../../support/frame.ts";
import { CLIENT_INTERFACE, type Network, withNetwork } from "../../support/network.ts";
import { testWith } from "../../support/requirements.ts";
import { delay, waitUntil } from "../../support/wait.ts";
import { Wire } from "../../support/wire.ts";

/** What a test has to do with. */
export interface Site {
  /** Both ends of the cable. */
  readonly network: Network;
  /** The server at one end. */
  readonly server: ScriptedServer;
  /** The daemon at the other end. */
  readonly daemon: Daemon;
}

/** How a site is set up. */
export interface Setting {
  /** What the server gives. */
  readonly offer?: Partial<Offer>;
  /** How the server gives it; by the rules otherwise. */
  readonly policy?: Policy;
  /** Arguments of the daemon. */
  readonly args?: readonly string[];
}

/** What a test does at its site. */
export type Body = (site: Site) => Promise<void>;

/** The address of an answer that nobody may take. */
export const DECOY_ADDRESS = "192.0.2.66";

/** Registers the test of one row of the table of servers that break the rules. */
export function misbehaving(row: string, setting: Setting, body: Body): void {
  testWith(["netns", "executable"], `misbehaving server: ${row}`, () => atSite(setting, body));
}

/** Registers rows that mostly wait for a timer: each is a step, and all of them run at once. */
export function misbehavingSlowly(
  subject: string,
  rows: Readonly<Record<string, readonly [setting: Setting, body: Body]>>,
): void {
  testWith(["netns", "executable"], `misbehaving server, ${subject}`, async (t) => {
    // Deno runs steps side by side only when it need not tell their resources apart.
    const together = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
    await Promise.all(
      Object.entries(rows).map(([row, [setting, body]]) =>
        t.step({ name: `misbehaving server: ${row}`, fn: () => atSite(setting, body), ...together })
      ),
    );
  });
}

/**
 * Registers a row about an answer that must be ignored: before each right answer comes what `decoy`
 * makes of one with another address. `reason` is what the daemon logs, when the calf gets to see it.
 */
export function ignored(
  row: string,
  decoy: (answer: DhcpMessage, server: string) => Answer | readonly Answer[],
  reason?: RegExp,
  ...args: string[]
): void {
  const policy: Policy = (request, offer) =>
    usualPolicy(request, offer).flatMap((answer) => [
      ...[decoy({ ...answer, yiaddr: DECOY_ADDRESS }, offer.server)].flat(),
      answer,
    ]);
  misbehaving(row, { policy, args }, async ({ network, server, daemon }) => {
    await daemon.waitForLease();
    assert.equal(await network.addressText(), "192.0.2.7/24");
    const asked = server.received(DhcpType.REQUEST).map(({ message }) =>
      addressOption(message, 50)
    );
    assert.deepEqual(asked, ["192.0.2.7"]);
    if (reason !== undefined) assert.match(daemon.process.log, reason);
  });
}

/**
 * Registers a row about an answer that is {@link ignored} because the kernel's own filter takes it:
 * it comes as far as the client's interface, and the calf sees nothing of it.
 */
export function unheard(
  row: string,
  decoy: (answer: DhcpMessage, server: string) => Answer | readonly Answer[],
): void {
  ignored(row, decoy);
  misbehaving(`${row}, in the kernel`, {}, async (site) => {
    const { network, server, daemon } = site;
    await daemon.waitForLease();
    const before = results(daemon);
    const wire = await Wire.open(network.client, CLIENT_INTERFACE);
    const { message } = server.requests.at(-1)!;
    const answer = { ...reply(message, DhcpType.ACK, server.offer), yiaddr: DECOY_ADDRESS };
    const frames = [decoy(answer, server.offer.server)].flat()
      .map((each) => each instanceof Uint8Array ? each : envelop(each, server.offer.server));
    for (const frame of frames) server.send(frame);
    await settle(site);
    const arrived = wire.frames.map(toHex);
    assert.ok(frames.length > 0 && frames.every((frame) => arrived.includes(toHex(frame))), row);
    await wire.close();
    const reasons = daemon.process.stderr.filter((line) => line.includes("dropped frame: "));
    assert.deepEqual(reasons.filter((line) => !MARKER_DROPPED.test(line)), []);
    assert.deepEqual(results(daemon), before);
    await renewLease(site);
  });
}

/** Makes a site, runs `body` there, and sees that both of the daemon's processes are still the same. */
export async function atSite(setting: Setting, body: Body): Promise<void> {
  await withNetwork(async (network) => {
    await withServer(network, setting.offer ?? {}, async (server) => {
      server.policy = setting.policy ?? usualPolicy;
      await withDaemon(network, async (daemon) => {
        await body({ network, server, daemon });
        assertSameProcesses(daemon);
      }, ...setting.args ?? []);
    });
  });
}

/** Sites that are busy at the same time: most of the time each waits for something. */
const SITES = 4;

/** Calls `body` for each item, a few of them at the same time. */
export async function inParallel<T>(
  items: readonly T[],
  body: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await body(item);
  };
  // Not before all have come to their ends, so that no site is left behind.
  for (const end of await Promise.allSettled(Array.from({ length: SITES }, work))) {
    if (end.status === "rejected") throw end.reason;
  }
}

/** Fails when the daemon has ended, or has started another calf than its first one. */
export function assertSameProcesses(daemon: Daemon): void {
  daemon.assertRunning();
  const starts = daemon.process.stderr.filter((line) => /calf started, pid \d+/.test(line));
  assert.equal(starts.length, 1, `calves:\n${daemon.process.log}`);
}

/**
 * Pulls the cable and puts it back, so that the client confirms its lease at once, and waits until
 * an acknowledgement is applied; it is known by its lease time, a second longer than before.
 */
export async function confirmLease({ network, server, daemon }: Site): Promise<void> {
  const leaseSeconds = server.offer.leaseSeconds + 1;
  server.offer = { ...server.offer, leaseSeconds };
  const lost = () => daemon.process.stderr.filter((line) => /carrier lost/.test(line)).length;
  const before = lost();
  await network.setCable("down");
  await waitUntil("the daemon to miss the carrier", () => lost() > before, {
    explain: () => daemon.process.log,
  });
  await network.setCable("up");
  await waitUntil("the lease to be confirmed", () => {
    daemon.assertRunning();
    return daemon.file("lease/time") === String(leaseSeconds) && daemon.file("state") === "BOUND";
  }, { timeoutMs: 30_000, explain: () => daemon.process.log });
}

/** Makes the client renew its lease now, and waits until it has. */
export async function renewLease({ daemon }: Site): Promise<void> {
  const renewed = () =>
    daemon.process.stderr.filter((line) => /calf eth0: renewed /.test(line)).length;
  const before = renewed();
  daemon.process.kill("SIGUSR1");
  await waitUntil("the lease to be renewed", () => {
    daemon.assertRunning();
    return renewed() > before;
  }, { timeoutMs: 30_000, intervalMs: 5, explain: () => daemon.process.log });
  await delay(20); // what the calf has said and what priv does come by different ways
}

/** Waits for the `count`-th message of a type, as long as the daemon runs. */
export async function waitForMessage(
  { server, daemon }: Site,
  type: number,
  count = 1,
): Promise<Received> {
  return await waitUntil(`DHCP message ${count} of type ${type}`, () => {
    daemon.assertRunning();
    return server.received(type).at(count - 1);
  }, { timeoutMs: 60_000, explain: () => daemon.process.log });
}

/** What the calf says of the frame that {@link settle} sends. */
const MARKER_DROPPED = /dropped frame: ipv4-checksum/;

/** Waits until the calf has looked at every frame that was sent before. */
export async function settle({ server, daemon }: Site): Promise<void> {
  const marker = envelop(markerMessage(server), server.offer.server, {
    quirks: { wrongIpChecksum: true },
  });
  // Frames come in order, and nothing else here has a wrong header checksum.
  const seen = () => daemon.process.stderr.filter((line) => MARKER_DROPPED.test(line)).length;
  const before = seen();
  await waitUntil("the calf to have seen all frames", async () => {
    daemon.assertRunning();
    server.send(marker);
    await delay(100); // the calf logs five lines a second
    return seen() > before;
  }, { timeoutMs: 60_000, explain: () => daemon.process.log });
}

/** An answer to the last request, or to nothing. */
function markerMessage(server: ScriptedServer): DhcpMessage {
  const request = server.requests.at(-1)?.message;
  if (request === undefined) throw new Error("nothing was asked yet");
  return reply(request, DhcpType.OFFER, server.offer);
}

/** All results of the daemon: key ("lease/time") to value. */
export function results(daemon: Daemon): Record<string, string> {
  return Object.fromEntries(daemon.keys().map((key) => [key, daemon.file(key) ?? ""]));
}

/** The lines of the client's resolv.conf that say something. */
export async function resolvConfLines({ network }: Site): Promise<string[]> {
  const lines = (await Deno.readTextFile(network.resolvConf)).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** The client's routes but for those that the kernel itself makes: "DESTINATION GATEWAY". */
export async function routeTexts({ network }: Site): Promise<string[]> {
  return (await network.routes()).filter(({ protocol }) => protocol !== "kernel")
    .map(({ dst, gateway }) => `${dst} ${gateway ?? "on-link"}`).sort();
}
