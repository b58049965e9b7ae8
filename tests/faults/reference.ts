/**
 * What a phase is without a fault: the system calls that it makes, and the host before and after it.
 *
 * @module
 */

import { delay } from "../support/wait.ts";
import { type Phase, waitForOperators } from "./phases.ts";
import type { Site } from "./site.ts";
import { kernelSnapshot, snapshot } from "./snapshot.ts";
import { callName } from "./strace.ts";
import type { Victim } from "./victim.ts";

/** The host at one moment. */
export interface HostState {
  /** All of it. */
  readonly all: string;
  /** Addresses, routes, MTU. */
  readonly kernel: string;
}

/** The hosts between which all phases move. */
export interface Hosts {
  /** Without a daemon. */
  readonly none: HostState;
  /** With the first lease. */
  readonly leased: HostState;
}

/** See the module's description. */
export interface Reference {
  /** What was recorded. */
  readonly phase: Phase;
  /** How often each call is made before the phase begins (of a phase from the start only). */
  readonly base: ReadonlyMap<string, number>;
  /** How often each call is made in the phase. */
  readonly counts: ReadonlyMap<string, number>;
  /** The host before. */
  readonly before: HostState;
  /** The host after. */
  readonly after: HostState;
}

/** Longer than any phase takes under strace without a fault. */
const RECORD_MS = 2_500;

/** The first call of ours makes this for the spawner; what is before belongs to launcher and runtime. */
const BEGINNING = /memfd_create\("dhcp-spawner"/;

/** Looks at the host now. */
export async function hostState({ network }: Site): Promise<HostState> {
  return { all: await snapshot(network), kernel: await kernelSnapshot(network) };
}

/** Waits until a daemon has the first lease, without knowing yet what the host will be like. */
async function waitForFirstLease(site: Site, victim: Victim): Promise<void> {
  await victim.waitForLine(/bound to /);
  await waitForOperators(site, victim);
  await delay(300);
}

/** Finds out what the host is like without a daemon and with the first lease. */
export async function recordHosts(site: Site): Promise<Hosts> {
  await site.reset();
  const none = await hostState(site);
  const victim = await site.victim();
  try {
    await waitForFirstLease(site, victim);
    return { none, leased: await hostState(site) };
  } finally {
    await victim.remove();
  }
}

/** Records a phase. */
export async function record(site: Site, phase: Phase): Promise<Reference> {
  await site.reset();
  const victim = await site.victim(phase.fromStart === true);
  try {
    if (phase.fromStart !== true) {
      await waitForFirstLease(site, victim);
      await phase.prepare?.(site, victim);
    }
    const before = await hostState(site);
    const strace = await site.trace(victim, null);
    await phase.act(site, victim);
    if (phase.fromStart === true) await waitForFirstLease(site, victim);
    if (phase.ends === true) await victim.end();
    else await delay(RECORD_MS);
    const after = await hostState(site);
    await strace.detach();
    return { phase, before, after, ...countCalls(strace.lines(), phase.fromStart === true) };
  } finally {
    await victim.remove();
  }
}

function countCalls(
  lines: readonly string[],
  hasBeginning: boolean,
): Pick<Reference, "base" | "counts"> {
  const begin = hasBeginning ? lines.findIndex((line) => BEGINNING.test(line)) : 0;
  if (begin < 0) throw new Error("Cannot find the first call of ours in a trace");
  return { base: tally(lines.slice(0, begin)), counts: tally(lines.slice(begin)) };
}

function tally(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of lines.map(callName)) {
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
