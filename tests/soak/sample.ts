/**
 * What a daemon takes of its machine at one moment, as the kernel tells it.
 *
 * @module
 */

import { filesOf, fileSource } from "../../priv/audit/log_source.ts";
import { verifyAudit } from "../../priv/audit/verify.ts";
import { memoryOf } from "../bench/smaps.ts";
import { listFiles } from "../support/daemon.ts";
import type { Network } from "../support/network.ts";
import { processArguments, processStatus } from "../support/process.ts";
import { waitUntil } from "../support/wait.ts";

/** What one process takes. */
export interface ProcessSample {
  /** "priv", "calf", or the mode of another child. */
  readonly role: string;
  /** Process id. */
  readonly pid: number;
  /** Open descriptors. */
  readonly descriptors: number;
  /** Threads. */
  readonly threads: number;
  /** Resident memory, KiB. */
  readonly rss: number;
  /** Memory that nobody shares, KiB. */
  readonly uss: number;
  /** Private writable address space, which holds the heap, KiB (VmData). */
  readonly data: number;
}

/** Everything at one moment. */
export interface Sample {
  /** Minutes since the measurement began. */
  readonly minutes: number;
  /** priv first. */
  readonly processes: readonly ProcessSample[];
  /** Children of priv that have ended and that nobody has waited for. */
  readonly zombies: number;
  /** IPv4 addresses of the interface: "192.0.2.7/24". */
  readonly addresses: readonly string[];
  /** IPv4 routes of the namespace. */
  readonly routes: readonly string[];
  /** Packet sockets of the namespace. */
  readonly packetSockets: number;
  /** Unix sockets of the namespace, the other ends of the calves' channels among them. */
  readonly unixSockets: number;
  /** Files in the run directory. */
  readonly runFiles: readonly string[];
  /** Files in the state directory. */
  readonly stateFiles: readonly string[];
  /** Lines of the audit log. */
  readonly auditLines: number;
  /** What is wrong with the audit log. */
  readonly auditProblems: readonly string[];
}

/** Process ids of priv's children, by whether they live. */
function familyOf(priv: number): { living: number[]; zombies: number[] } {
  const family = { living: [priv], zombies: [] as number[] };
  const parents = new Set([priv]);
  const all = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name))
    .filter((pid) => pid > 0).sort((a, b) => a - b)
    .map((pid) => ({ pid, status: processStatus(pid) }));
  // A child of a child may have a smaller number, when the numbers have begun anew.
  for (let before = 0; before !== parents.size;) {
    before = parents.size;
    for (const { pid, status } of all) {
      if (status === null || parents.has(pid)) continue;
      if (!parents.has(Number(status.get("PPid")))) continue;
      parents.add(pid);
      const isZombie = /^[ZX]/.test(status.get("State") ?? "");
      (isZombie ? family.zombies : family.living).push(pid);
    }
  }
  return family;
}

function roleOf(pid: number, priv: number): string {
  if (pid === priv) return "priv";
  const mode = processArguments(pid).find((word) => word.startsWith("--mode="));
  return mode?.slice("--mode=".length) ?? processStatus(pid)?.get("Name") ?? "?";
}

function sampleProcess(pid: number, priv: number): ProcessSample {
  const { rss, uss } = memoryOf(pid);
  const status = processStatus(pid);
  return {
    role: roleOf(pid, priv),
    pid,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    threads: Number(status?.get("Threads")),
    rss,
    uss,
    data: Number.parseInt(status?.get("VmData") ?? ""),
  };
}

/** Names of files, when they have stayed the same for a moment: one may be just being written. */
async function settledFiles(directory: string): Promise<string[]> {
  let before = "";
  return await waitUntil(`${directory} to stay the same`, () => {
    const files = listFiles(directory).sort();
    const same = files.join() === before;
    before = files.join();
    return same && files;
  }, { intervalMs: 300, explain: () => before });
}

async function countLines(network: Network, path: string): Promise<number> {
  // Without the head of the table.
  return (await network.client.run("cat", path)).trimEnd().split("\n").length - 1;
}

/** Looks at the daemon whose privileged process is `priv`. */
export async function takeSample(network: Network, priv: number, minutes: number): Promise<Sample> {
  const { directory } = network;
  const { living, zombies } = familyOf(priv);
  const files = filesOf(`${directory}/state/audit.log`);
  const { lines, problems } = verifyAudit(files.map(fileSource));
  return {
    minutes,
    processes: living.map((pid) => sampleProcess(pid, priv)),
    zombies: zombies.length,
    addresses: (await network.addressText()).split(" ").filter((text) => text !== ""),
    routes: (await network.routes()).map(({ dst, gateway }) => `${dst} ${gateway ?? "on-link"}`),
    packetSockets: await countLines(network, "/proc/net/packet"),
    unixSockets: await countLines(network, "/proc/net/unix"),
    runFiles: await settledFiles(`${directory}/run`),
    stateFiles: await settledFiles(`${directory}/state`),
    auditLines: lines,
    auditProblems: problems.map(({ file, line, what }) => `${file}:${line} ${what}`),
  };
}
