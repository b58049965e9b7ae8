/**
 * Many trials, on several networks at a time.
 *
 * @module
 */

import { withNetwork } from "../support/network.ts";
import { type Hosts, record, recordHosts, type Reference } from "./reference.ts";
import type { Phase } from "./phases.ts";
import { Site } from "./site.ts";
import type { Fault } from "./strace.ts";
import { type Outcome, tryFault } from "./trial.ts";

/** What is to be tried. */
export interface Plan {
  /** In which phases. */
  readonly phases: readonly Phase[];
  /** Which faults, given what a phase does without one. */
  readonly faults: (reference: Reference) => readonly Fault[];
  /** On how many networks at a time. */
  readonly jobs: number;
  /** Whether to begin no further trial. */
  readonly isOver?: () => boolean;
  /** Told of each outcome. */
  readonly tell: (outcome: Outcome, done: number, all: number) => void;
}

/** Tries everything, and gives the outcomes in the order of the plan. */
export async function runPlan(plan: Plan): Promise<Outcome[]> {
  const { phases, faults, jobs, tell, isOver = () => false } = plan;
  const references: Reference[] = [];
  const trials: { reference: Reference; fault: Fault }[] = [];
  const outcomes: Outcome[] = [];
  let hosts: Hosts | null = null;
  const attempt = async (site: Site, at: number): Promise<void> => {
    if (isOver()) return;
    const { reference, fault } = trials[at];
    outcomes[at] = await tryFault(site, hosts!, reference, fault).catch((error) => ({
      ...{ phase: reference.phase.name, fault, struck: 0, call: "", result: "no trial", tookMs: 0 },
      problems: [String(error)],
    }));
    tell(outcomes[at], Object.keys(outcomes).length, trials.length);
  };
  await withSites(Math.max(1, jobs), async (sites) => {
    hosts = await recordHosts(sites[0]);
    await share(sites, phases.length, async (site, at) => {
      references[at] = await record(site, phases[at]);
    });
    for (const reference of references) {
      for (const fault of faults(reference)) trials.push({ reference, fault });
    }
    await share(sites, trials.length, attempt);
  });
  return outcomes.filter((outcome) => outcome !== undefined);
}

/** Makes so many networks. */
async function withSites(count: number, body: (sites: Site[]) => Promise<void>): Promise<void> {
  const sites: Site[] = [];
  const deeper = (): Promise<void> =>
    sites.length === count ? body(sites) : withNetwork((network) => {
      sites.push(new Site(network));
      return deeper();
    });
  await deeper();
}

/** Shares out numbered work among the sites. */
async function share(
  sites: readonly Site[],
  count: number,
  work: (site: Site, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(sites.map(async (site) => {
    while (next < count) await work(site, next++);
  }));
}
