/**
 * Malformed frames from a hostile neighbour: what they cost each client in processor time, and
 * whether a renewal that is due meanwhile happens.
 *
 * @module
 */

import { CLIENT_MAC, SERVER_INTERFACE } from "../support/network.ts";
import { delay } from "../support/wait.ts";
import type { Client } from "./clients.ts";
import { cpuSeconds } from "./cpu_time.ts";
import { clientProcesses, type Launched } from "./launch.ts";
import { type Renewal, requestRenewal, waitForRenewal } from "./renewal.ts";
import {
  type Bench,
  type Column,
  daemonsOf,
  formatOutcomes,
  medianColumn,
  outcomesData,
  partOf,
  type Scenario,
  type ScenarioReport,
  takeTurns,
} from "./scenario.ts";
import type { Site } from "./site.ts";

/** Frames a second. */
const RATE = 50_000;
/** How long. */
const SECONDS = 5;
/** Option 58 of the lease, in seconds; no client thinks it too short. */
const T1 = 10;
/** The renewal is due so long after the flood has begun. */
const DUE_MS = SECONDS * 1000 / 2;

/** One flood. */
interface Flood {
  /** Frames that were sent, by the second. */
  readonly rate: number;
  /** Processor time of the client while it went on, in seconds. */
  readonly cpu: number;
  /** The first renewal that was asked for while it went on; null when there was none. */
  readonly renewal: Renewal | null;
  /** Whether the kernel has an address in the end. */
  readonly address: boolean;
}

/** Reads what flooder.ts prints in the end: frames a second. */
export function parseRate(line: string | undefined): number {
  const match = /^(\d+) (\d+)$/.exec(line ?? "");
  if (match === null) throw new Error(`the flooder says ${line}`);
  return Number(match[1]) / (Number(match[2]) / 1000);
}

async function measure(site: Site, client: Client): Promise<Flood> {
  const { network } = site;
  await site.serve({ t1: T1 });
  const links = await network.server.ip<{ ifindex: number }[]>("link", "show", SERVER_INTERFACE);
  const script = new URL("./flooder.ts", import.meta.url).pathname;
  const flooder = network.server.start([
    ...[Deno.execPath(), "run", "--no-check", "--allow-ffi", script, String(links[0].ifindex)],
    ...[String(RATE), String(SECONDS), CLIENT_MAC],
  ]);
  try {
    await flooder.waitForLine(/^ready$/);
    return await site.run(client, {}, async (launched) => {
      await site.waitForAddress(launched);
      await delay(T1 * 1000 - DUE_MS);
      const since = Date.now();
      const before = cpuSeconds(clientProcesses(launched));
      await flooder.writeLine("go");
      const renewal = renewalIn(site, launched, since);
      await flooder.waitForEnd((SECONDS + 10) * 1000);
      const cpu = cpuSeconds(clientProcesses(launched)) - before;
      if (launched.process.exitCode !== null) {
        throw new Error(`it ended with ${launched.process.exitCode}\n${launched.process.log}`);
      }
      return {
        rate: parseRate(flooder.stdout.at(-1)),
        cpu,
        renewal: await renewal,
        address: (await network.addresses()).length > 0,
      };
    });
  } finally {
    await flooder.stop();
  }
}

/** The renewal that is asked for and answered until the flood ends. */
async function renewalIn(site: Site, launched: Launched, since: number): Promise<Renewal | null> {
  await delay(DUE_MS);
  requestRenewal(launched, T1);
  try {
    return await waitForRenewal(site, since, SECONDS * 1000 - DUE_MS);
  } catch {
    return null;
  }
}

const RENEWED: Column<Flood> = ["renewed", (samples) => {
  const renewed = samples.filter(({ renewal, address }) => renewal !== null && address);
  return `${renewed.length} of ${samples.length}`;
}];

/** A flood while a renewal is due. */
export const FLOOD: Scenario = {
  name: "flood",
  title: `${RATE} malformed frames/s for ${SECONDS} s: CPU seconds of the client`,
  async run(bench: Bench): Promise<ScenarioReport> {
    const outcomes = await takeTurns(
      daemonsOf(bench),
      { what: "flood", rounds: partOf(bench.runs, 5) },
      async (client) => [await measure(bench.site, client)],
    );
    const columns: Column<Flood>[] = [
      medianColumn("CPU s", ({ cpu }) => cpu, 3),
      ["CPU s max", (samples) => Math.max(...samples.map(({ cpu }) => cpu)).toFixed(3)],
      RENEWED,
      medianColumn("frames/s", ({ rate }) => rate, 0),
    ];
    const text = formatOutcomes(outcomes, columns, [
      "all processes of the client, medians; the kernel's work for a frame counts for the sender",
      `renewed: asked for, acknowledged, and the address there, T1 = ${T1} s (udhcpc: SIGUSR1)`,
    ]);
    return { text, data: outcomesData(outcomes) };
  },
};
