/**
 * Memory of clients that hold a lease, and what the calf is allowed meanwhile.
 *
 * @module
 */

import { CALF_SECCOMP_RULES } from "../../calf/host/seccomp_list.ts";
import { type Confinement, confinementOf } from "../support/confinement.ts";
import { descendants, processArguments } from "../support/process.ts";
import { delay } from "../support/wait.ts";
import { type Client, programFile, RESIDENT_CLIENTS } from "./clients.ts";
import type { Site } from "./site.ts";
import { type Memory, memoryOf } from "./smaps.ts";
import { median } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** After so long it has done all that follows the lease. */
const SETTLED_MS = 1000;

/** Memory of one process of a client. */
export interface ProcessMemory {
  /** "mirage-dhcp priv", "mirage-dhcp calf", "dhclient" … */
  readonly name: string;
  /** Medians in KiB, each by itself. */
  readonly memory: Memory;
  /** How many processes they are of. */
  readonly runs: number;
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

/** What was measured. */
export interface Footprint {
  /** A row for each process, in order. */
  readonly processes: readonly ProcessMemory[];
  /** Null when the daemon did not run. */
  readonly calf: CalfFacts | null;
  /** Clients that are not installed. */
  readonly missing: readonly string[];
  /** Why runs failed. */
  readonly failures: readonly string[];
  /** Command lines by client. */
  readonly commands: Readonly<Record<string, string>>;
}

/**
 * Looks at each client several times.
 *
 * @param runs how often each of them is started
 * @param progress gets a line before each client
 */
export async function measureFootprint(
  site: Site,
  runs: number,
  progress: (line: string) => void,
): Promise<Footprint> {
  const samples = new Map<string, Memory[]>();
  const missing: string[] = [];
  const failures: string[] = [];
  let calf: CalfFacts | null = null;
  for (const client of RESIDENT_CLIENTS) {
    if (programFile(client) === null) {
      missing.push(client.name);
      continue;
    }
    progress(`memory: ${runs} runs of ${client.name}`);
    for (let run = 0; run < runs; run++) {
      try {
        const looked = await look(site, client);
        for (const [name, memory] of looked.memory) {
          samples.set(name, [...samples.get(name) ?? [], memory]);
        }
        calf ??= looked.calf;
      } catch (error) {
        failures.push(`${client.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  return {
    processes: [...samples].map(([name, memories]) => ({
      name,
      memory: medianMemory(memories),
      runs: memories.length,
    })),
    calf,
    missing,
    failures,
    commands: Object.fromEntries(
      RESIDENT_CLIENTS.map(({ name, command }) => [name, command.join(" ")]),
    ),
  };
}

interface Look {
  readonly memory: Map<string, Memory>;
  readonly calf: CalfFacts | null;
}

async function look(site: Site, client: Client): Promise<Look> {
  const launched = await site.launch(client);
  try {
    await delay(SETTLED_MS);
    const { pid } = launched.process;
    const others = descendants(pid);
    const calf = others.find((pid) => processArguments(pid).includes("--mode=calf"));
    const memory = new Map<string, Memory>();
    memory.set(calf === undefined ? client.name : `${client.name} priv`, memoryOf(pid));
    for (const [index, other] of others.entries()) {
      const role = other === calf ? "calf" : `process ${index + 2}`;
      memory.set(`${client.name} ${role}`, memoryOf(other));
    }
    if (others.length > 0) memory.set(`${client.name} in all`, sum([...memory.values()]));
    return { memory, calf: calf === undefined ? null : factsOf(confinementOf(calf, pid)) };
  } finally {
    await site.finish(client, launched);
  }
}

/** Sums memory up; shared pages count more than once in the RSS, and not at all in the USS. */
export function sum(memories: readonly Memory[]): Memory {
  const add = (of: (memory: Memory) => number) => memories.reduce((all, each) => all + of(each), 0);
  return { rss: add(({ rss }) => rss), pss: add(({ pss }) => pss), uss: add(({ uss }) => uss) };
}

/** The median of each figure by itself; of one memory at least. */
export function medianMemory(memories: readonly Memory[]): Memory {
  const of = (figure: (memory: Memory) => number) => median(memories.map(figure));
  return { rss: of(({ rss }) => rss), pss: of(({ pss }) => pss), uss: of(({ uss }) => uss) };
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

/** A table with the commands and the failures below it. */
export function formatMemory({ processes, missing, failures, commands }: Footprint): string {
  const rows = processes.map(({ name, memory: { pss, uss, rss }, runs }) => [
    name,
    ...[pss, uss, rss].map((kib) => (kib / 1024).toFixed(1)),
    String(runs),
  ]);
  return [
    formatTable(["process", "PSS", "USS", "RSS", "runs"], [
      ...rows,
      ...missing.map((name) => [name, "not installed"]),
    ]),
    ...failures.map((why) => `  FAILED ${why.split("\n")[0]}`),
    "  PSS depends on what else runs the same files; USS does not",
    ...Object.entries(commands).map(([name, command]) => `  ${name}: $ ${command}`),
  ].join("\n");
}

/** What the calf is allowed, a line each. */
export function formatCalf({ calf }: Footprint): string {
  if (calf === null) return "  not measured";
  const { confinement, seccompRules, systemCalls } = calf;
  const show = (value: unknown) => typeof value === "object" ? JSON.stringify(value) : `${value}`;
  return [
    ...Object.entries(confinement).map(([name, value]) => [name, show(value)]),
    ["seccomp rules", `${seccompRules} of ${systemCalls} system calls`],
  ].map(([name, value]) => `  ${name.padEnd(16)}${value}`).join("\n");
}
