/**
 * A calf under an attacker's control that asks priv for as much as it can: what that costs priv in
 * memory and processor time, and how long an operator and another interface's renewal wait for it.
 *
 * @module
 */

import { read, subscribe, write } from "../../priv/testing/operator_messages.ts";
import {
  addHonestInterface,
  attackCommand,
  HONEST_INTERFACE,
  withAttacker,
} from "../support/attacker.ts";
import { SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { controlSocket, Operator, waitForSocket } from "../support/operator.ts";
import { delay } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";
import { cpuSeconds } from "./cpu_time.ts";
import type { Bench, Scenario, ScenarioReport } from "./scenario.ts";
import { type Memory, memoryOf } from "./smaps.ts";
import { summarize } from "./statistics.ts";
import { fixed, formatTable } from "./table.ts";

const KEYS_BELOW = `/interface/${HONEST_INTERFACE}`;
/** An operator may ask 20 times a second. */
const PAUSE_MS = 70;
/** Reads for each renewal. */
const READS = 5;
/** Renewals in a run of the bench. */
const RENEWALS = 2;

/** What the attacker's calf does, how often, in ms; null = nothing. */
const LOADS: readonly (readonly [what: string, attack: string | null, everyMs: number])[] = [
  ["idle", null, 1000],
  ["19 leases/s, all different", "commit-another-lease", 53],
  ["all at once, killed, again", "flood-priv", 100],
];

/** What was measured under one load. */
export interface Load {
  /** Which. */
  readonly what: string;
  /** Milliseconds from an operator's question to the answer. */
  readonly reads: number[];
  /** Milliseconds from an operator's request to renew until its new times are there. */
  readonly renewals: number[];
  /** Of priv before and after, in KiB. */
  readonly memory: readonly [before: Memory, after: Memory];
  /** Seconds of processor time that priv took in a second. */
  readonly cpu: number;
  /** Calves that priv has killed for it. */
  readonly kills: number;
}

/** Asks, and gives the milliseconds until an answer that begins so. */
function ask(operator: Operator, message: Uint8Array, begin: string): number {
  const start = performance.now();
  operator.say(message);
  while (performance.now() < start + 10_000) {
    if (operator.hearAtOnce().some((answer) => answer.startsWith(begin))) {
      return performance.now() - start;
    }
  }
  throw new Error(`no answer that begins with ${begin} in 10 s`);
}

async function measure(runs: number, progress: (line: string) => void): Promise<Load[]> {
  const loads: Load[] = [];
  await withNetwork(async (network) => {
    await addHonestInterface(network);
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    for (const [what, attack, everyMs] of LOADS) {
      progress(`kvflood: ${what}`);
      await withAttacker(network, wire, async (daemon) => {
        await daemon.waitForLine(new RegExp(`${HONEST_INTERFACE}: configured`));
        await waitForSocket(controlSocket(network));
        using operator = new Operator(controlSocket(network));
        ask(operator, subscribe(1, `${KEYS_BELOW}/lease`), "1 ");
        await delay(2000);
        const before = memoryOf(daemon.pid);
        const [began, cpuBefore] = [performance.now(), cpuSeconds([daemon.pid])];
        const timer = setInterval(() => {
          if (attack !== null) wire.send(attackCommand(attack));
        }, everyMs);
        const load = { what, reads: [] as number[], renewals: [] as number[] };
        try {
          for (let n = 0; n < runs * RENEWALS; n++) {
            for (let i = 0; i < READS; i++) {
              await delay(PAUSE_MS);
              load.reads.push(ask(operator, read(2, `${KEYS_BELOW}/ip`), "2 ok"));
            }
            await delay(PAUSE_MS);
            const request = write(3, `${KEYS_BELOW}/request`, "renew");
            load.renewals.push(ask(operator, request, `1 ${KEYS_BELOW}/lease/time `));
          }
        } finally {
          clearInterval(timer);
        }
        const seconds = (performance.now() - began) / 1000;
        loads.push({
          ...load,
          memory: [before, memoryOf(daemon.pid)],
          cpu: (cpuSeconds([daemon.pid]) - cpuBefore) / seconds,
          kills: daemon.log.match(/eth0: calf killed/g)?.length ?? 0,
        });
      }, HONEST_INTERFACE);
    }
    await wire.close();
  });
  return loads;
}

/** Loads as a table. */
export function formatLoads(loads: readonly Load[]): string {
  const times = (samples: number[]): string[] => {
    const { count, median, p95, max } = summarize(samples)!;
    return [...[median, p95, max].map((ms) => fixed(ms)), String(count)];
  };
  const mib = (kib: number) => fixed(kib / 1024);
  const head = [
    ...["load", "read ms", "p95", "max", "n", "renewal ms", "p95", "max", "n"],
    ...["USS before", "after", "RSS after", "CPU", "kills"],
  ];
  const rows = loads.map(({ what, reads, renewals, memory: [before, after], cpu, kills }) => [
    ...[what, ...times(reads), ...times(renewals)],
    ...[mib(before.uss), mib(after.uss), mib(after.rss), fixed(cpu, 2), String(kills)],
  ]);
  return formatTable(head, rows);
}

/** See the module's description. Other clients have no calf. */
export const KV_FLOOD: Scenario = {
  name: "kvflood",
  title: "a hostile calf's requests: what an operator and another interface wait, and priv's MiB",
  async run({ runs, progress }: Bench): Promise<ScenarioReport> {
    const loads = await measure(runs, progress);
    const notes = [
      "  read: an operator asks for a key; renewal: until its new times are told",
      "  CPU: of priv, in seconds a second; kills: priv ends a calf that asks too much",
    ];
    return { text: [formatLoads(loads), ...notes].join("\n"), data: loads };
  },
};
