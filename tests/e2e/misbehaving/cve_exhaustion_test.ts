/**
 * CVEs of memory that is lost with every packet: a bounded flood, and what the daemon's processes
 * take before and after.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type DhcpMessage,
  DhcpType,
  encodeMessage,
  messageType,
  withMore,
  withOption,
  withoutOptions,
} from "../../support/dhcp_message.ts";
import {
  type Answer,
  envelop,
  reply,
  type ScriptedServer,
  usualPolicy,
} from "../../support/dhcp_server.ts";
import { concat, encodeArpFrame, u32, utf8 } from "../../support/frame.ts";
import { CLIENT_MAC, SERVER_MAC } from "../../support/network.ts";
import { processStatus } from "../../support/process.ts";
import { delay } from "../../support/wait.ts";
import { misbehaving, renewLease, results, settle, type Site, waitForMessage } from "./site.ts";

/** Frames of one flood. */
const FLOOD = 20_000;
/** Different frames, sent over and over. */
const VARIETY = 500;
/** Frames that are given to the kernel at once. */
const BURST = 250;

/** Growth that two more floods may not reach, in kB: 50 bytes a frame would be more. */
const MAX_GROWTH_KB = 2048;
/** Growth of the first flood, in which V8 takes what it may take; in kB. */
const MAX_FIRST_GROWTH_KB = 16 * 1024;

/** The `index`-th frame of a flood. */
type Kind = (answer: DhcpMessage, index: number, server: ScriptedServer) => Answer;

/** Bytes without a pattern, the same in every run. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Routes of option 121 that nobody has told of before. */
function routes(index: number): Uint8Array {
  return concat(
    ...Array.from({ length: 32 }, (_, n) => [24, 10, index & 255, n, 192, 0, 2, 1 + (index % 200)]),
  );
}

const KINDS: readonly Kind[] = [
  // CVE-2020-7216: without a message type.
  (answer, index) => ({ ...withoutOptions(answer, 53), xid: index }),
  // CVE-2020-7217: whole, but not for us.
  (answer, index) => ({ ...withMore(answer, [15, utf8(`d${index}.test`)]), xid: index }),
  (answer, index) => withMore(answer, [61, concat([1], u32(index), [0, 0])]),
  // CVE-2026-56116: ever other routes, with a lease time of 0.
  (answer, index) => withMore(withOption(answer, 51, u32(0)), [121, routes(index)]),
  // Garbage of all lengths.
  (answer, index, { offer }) =>
    envelop(answer, offer.server, { payload: noise(index % 1400, index) }),
  (answer, index, { offer }) =>
    envelop(answer, offer.server, {
      payload: concat(encodeMessage(answer).subarray(0, 240), noise(index % 1200, index)),
    }),
  (answer, index, { offer }) =>
    envelop(answer, offer.server, { quirks: { udpLength: index, ipLength: index * 7 } }),
  // Questions that the calf would answer if they were fewer.
  (_answer, index, { offer }) =>
    encodeArpFrame({
      ...{ destinationMac: CLIENT_MAC, operation: 1, senderMac: SERVER_MAC },
      ...{ sender: `192.0.2.${100 + index % 100}`, target: offer.address },
      targetMac: CLIENT_MAC,
    }),
];

/** Sends the flood, faster than anybody can look at it. */
async function flood(site: Site, type: number): Promise<void> {
  const { server } = site;
  const answer = reply(server.requests.at(-1)!.message, type, server.offer);
  const frames = Array.from({ length: VARIETY }, (_, index) => {
    const made = KINDS[index % KINDS.length](answer, index, server);
    return made instanceof Uint8Array ? made : envelop(made, server.offer.server);
  });
  for (let sent = 0; sent < FLOOD; sent += BURST) {
    for (let index = 0; index < BURST; index++) server.send(frames[(sent + index) % VARIETY]);
    await delay(1); // the test's own process has other work, too
  }
  await settle(site);
}

/** How many frames the calf has looked at and refused, as far as its log tells. */
function refused({ daemon }: Site): number {
  return daemon.process.stderr.reduce((sum, line) => {
    const more = /dropped frame: .*\(and (\d+) not logged\)/.exec(line)?.[1];
    return sum + (line.includes("dropped frame: ") ? 1 : 0) + Number(more ?? 0);
  }, 0);
}

/** Resident memory in kB. */
function memory(pid: number): number {
  return Number.parseInt(processStatus(pid)?.get("VmRSS") ?? "0");
}

misbehaving("CVE-2020-7216, CVE-2020-7217, CVE-2026-56116: floods in BOUND cost no memory", {
  offer: { leaseSeconds: 86_400 },
}, async (site) => {
  const { network, server, daemon } = site;
  await daemon.waitForLease();
  const before = results(daemon);
  const processes = { priv: daemon.process.pid, calf: await daemon.calf() };
  const measure = () =>
    Object.entries(processes).map(([name, pid]) => [name, memory(pid)] as const);
  const measured = [measure()];
  for (const type of [DhcpType.ACK, DhcpType.ACK, DhcpType.OFFER]) {
    await flood(site, type);
    measured.push(measure());
  }
  const figures = JSON.stringify(measured);
  const [start, first, , last] = measured.map((each) => Object.fromEntries(each));
  for (const name of Object.keys(processes)) {
    assert.ok(first[name] - start[name] < MAX_FIRST_GROWTH_KB, `${name}: ${figures}`);
    assert.ok(last[name] - first[name] < MAX_GROWTH_KB, `${name}: ${figures}`);
  }
  assert.ok(refused(site) > FLOOD, `only ${refused(site)} frames got as far as the calf`);
  assert.equal(await network.addressText(), "192.0.2.7/24");
  const { state: _, ...lease } = before;
  assert.deepEqual({ ...results(daemon), state: undefined }, { ...lease, state: undefined });

  await renewLease(site);
  assert.equal(server.received(DhcpType.DISCOVER).length, 1);
});

misbehaving("CVE-2020-7216, CVE-2020-7217: a flood in SELECTING delays a lease only", {
  policy: () => [],
}, async (site) => {
  const { server, daemon } = site;
  await waitForMessage(site, DhcpType.DISCOVER);
  const calf = await daemon.calf();
  const before = [memory(daemon.process.pid), memory(calf)];
  // The offers with a lease time of 0, and those for others: none of them may be taken.
  await flood(site, DhcpType.OFFER);
  const after = [memory(daemon.process.pid), memory(calf)];
  for (const [index, kilobytes] of after.entries()) {
    assert.ok(kilobytes - before[index] < MAX_FIRST_GROWTH_KB, `${before} → ${after}`);
  }
  assert.equal(server.received(DhcpType.REQUEST).length, 0);
  server.policy = usualPolicy;
  await daemon.waitForLease("192.0.2.7/24", 90_000);
});

misbehaving("server that offers and then refuses, over and over: the client does not spin", {
  policy: (request, offer) => {
    const type = messageType(request) === DhcpType.DISCOVER ? DhcpType.OFFER : DhcpType.NAK;
    return [reply(request, type, offer)];
  },
}, async (site) => {
  const { server, daemon } = site;
  await waitForMessage(site, DhcpType.REQUEST);
  await delay(5000);
  // With a pause that doubles from half a second, there are four attempts in this time.
  const attempts = server.received(DhcpType.DISCOVER).length;
  assert.ok(attempts >= 2 && attempts <= 6, `${attempts} attempts`);
  server.policy = usualPolicy;
  await daemon.waitForLease("192.0.2.7/24", 60_000);
});
