/**
 * Memory of clients that hold a lease, and what our own calf is allowed meanwhile.
 *
 * @module
 */

import { CALF_SECCOMP_RULES } from "../../calf/host/seccomp_list.ts";
import { type Confinement, confinementOf } from "../support/confinement.ts";
import { processArguments, processStatus } from "../support/process.ts";
import { delay } from "../support/wait.ts";
import type { Client } from "./clients.ts";
import { clientProcesses, type Launched } from "./launch.ts";
import {
  type Bench,
  daemonsOf,
  formatOutcomes,
  medianColumn,
  type Outcome,
  outcomesData,
  partOf,
  type Scenario,
  type ScenarioReport,
  takeTurns,
} from "./scenario.ts";
import type { Site } from "./site.ts";
import { type Memory, memoryOf, sum } from "./smaps.ts";

/** After so long it has done all that follows the lease. */
const SETTLED_MS = 1000;

/** What a client has in memory. */
export interface Footprint {
  /** All of its processes together, in KiB; shared pages count more than once in the RSS. */
  readonly memory: Memory;
  /** Each process by itself: "priv", "calf", or its name. */
  readonly processes: readonly { readonly role: string; readonly memory: Memory }[];
}

/** What the kernel says about the calf. */
export interface CalfFacts {
  /** See {@link Confinement}; numbers of many bits in hex. */
  readonly confinement: Readonly<Record<string, unknown>>;
  /** Entries of the seccomp list. */
  readonly seccompRules: number;
  /** Different system calls in it. */
  readonly systemCalls: number;
}

/** Looks at all processes of a client. */
export function footprintOf(launched: Launched): Footprint {
  const processes = clientProcesses(launched).map((pid) => ({
    role: roleOf(pid, launched.process.pid),
    memory: memoryOf(pid),
  }));
  return { memory: sum(processes.map(({ memory }) => memory)), processes };
}

function roleOf(pid: number, first: number): string {
  const words = processArguments(pid);
  if (words.includes("--mode=calf")) return "calf";
  const name = processStatus(pid)?.get("Name") ?? "?";
  return pid === first && name.startsWith("mirage-dhcp") ? "priv" : name;
}

/** The columns of footprints: medians in MiB, each figure by itself. */
export const FOOTPRINT_COLUMNS = [
  medianColumn("USS", ({ memory }: Footprint) => memory.uss / 1024),
  medianColumn("PSS", ({ memory }: Footprint) => memory.pss / 1024),
  medianColumn("RSS", ({ memory }: Footprint) => memory.rss / 1024),
  medianColumn("processes", ({ processes }: Footprint) => processes.length, 0),
];

/** A calf's limits, and the footprint of all. */
interface Look extends Footprint {
  /** Null for other clients than ours. */
  readonly calf: CalfFacts | null;
}

async function look(site: Site, client: Client): Promise<Look> {
  await site.serve();
  return await site.run(client, {}, async (launched) => {
    await site.waitForAddress(launched);
    await delay(SETTLED_MS);
    const calf = clientProcesses(launched)
      .find((pid) => processArguments(pid).includes("--mode=calf"));
    const facts = calf === undefined ? null : factsOf(confinementOf(calf, launched.process.pid));
    return { ...footprintOf(launched), calf: facts };
  });
}

/** Memory with a lease. */
export const MEMORY: Scenario = {
  name: "memory",
  title: "with a lease, all processes of a client: medians in MiB (/proc/PID/smaps_rollup)",
  async run(bench: Bench): Promise<ScenarioReport> {
    const outcomes = await takeTurns(
      daemonsOf(bench),
      { what: "memory", rounds: partOf(bench.runs, 4) },
      async (client) => [await look(bench.site, client)],
    );
    const calf = outcomes.flatMap(({ samples }) => samples).find(({ calf }) => calf !== null)?.calf;
    const text = formatOutcomes(outcomes, FOOTPRINT_COLUMNS, [
      ...parts(outcomes),
      "PSS depends on what else runs the same files; USS does not",
      ...(calf === undefined || calf === null ? [] : ["", "the calf:", ...formatCalf(calf)]),
    ]);
    return { text, data: { clients: outcomesData(outcomes), calf: calf ?? null } };
  },
};

/** Each process of clients that have several, as it was in the first round. */
function parts(outcomes: readonly Outcome<Look>[]): string[] {
  return outcomes.filter(({ samples }) => samples[0]?.processes.length > 1)
    .map(({ client, samples: [{ processes }] }) => {
      const mib = (kib: number) => (kib / 1024).toFixed(1);
      const each = processes.map(({ role, memory }) =>
        `${role} ${mib(memory.uss)} (PSS ${mib(memory.pss)})`
      );
      return `${client.name}, USS of each process: ${each.join(", ")}`;
    });
}

function factsOf(confinement: Confinement): CalfFacts {
  return {
    confinement: {
      ...confinement,
      capabilities: confinement.capabilities.toString(16),
      bounding: confinement.bounding.toString(16),
      // Their numbers differ from run to run.
      descriptors: Object.fromEntries(
        [...confinement.descriptors].map(([fd, what]) => [fd, what.replace(/:\[\d+\]$/, "")]),
      ),
    },
    seccompRules: CALF_SECCOMP_RULES.length,
    systemCalls: new Set(CALF_SECCOMP_RULES.map(({ syscall }) => syscall)).size,
  };
}

/** What the calf is allowed, a line each. */
export function formatCalf({ confinement, seccompRules, systemCalls }: CalfFacts): string[] {
  const show = (value: unknown) => typeof value === "object" ? JSON.stringify(value) : `${value}`;
  return [
    ...Object.entries(confinement).map(([name, value]) => [name, show(value)]),
    ["seccomp rules", `${seccompRules} of ${systemCalls} system calls`],
  ].map(([name, value]) => `${name.padEnd(16)}${value}`);
}
