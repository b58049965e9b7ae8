/**
 * Several interfaces at once: until all of them have their addresses, and the memory that they take.
 *
 * @module
 */

import { delay } from "../support/wait.ts";
import { clientEnds, withCables } from "./cables.ts";
import type { Client } from "./clients.ts";
import { type Footprint, FOOTPRINT_COLUMNS, footprintOf } from "./memory.ts";
import {
  type Bench,
  type Column,
  daemonsOf,
  formatOutcomes,
  outcomesData,
  partOf,
  type Scenario,
  type ScenarioReport,
  takeTurns,
  timeColumns,
} from "./scenario.ts";
import type { Site } from "./site.ts";

/** How many interfaces. */
const COUNTS = [1, 8, 32] as const;
/** A daemon that has its addresses has done the rest by then. */
const SETTLED_MS = 2000;
/** How long it may take, in ms. */
const LIMIT_MS = 120_000;

/** One start with several interfaces. */
interface Start extends Footprint {
  /** From the execution of the first process to the last address. */
  readonly ms: number;
}

async function measure(site: Site, client: Client, count: number): Promise<Start[]> {
  const interfaces = clientEnds(count);
  await site.serve({ cables: count });
  const start = await site.run(client, { interfaces }, async (launched) => {
    const times: number[] = [];
    for (const interfaceName of interfaces) {
      const wait = { interfaceName, timeoutMs: LIMIT_MS };
      times.push((await site.waitForAddress(launched, wait)).at);
    }
    await delay(SETTLED_MS);
    return { ms: Math.max(...times) - launched.executedAt, ...footprintOf(launched) };
  });
  return [start];
}

const COLUMNS: Column<Start>[] = [
  ...timeColumns(({ ms }: Start) => ms),
  ...FOOTPRINT_COLUMNS,
];

/** One interface, eight, and thirty-two. */
export const MANY: Scenario = {
  name: "many",
  title: `${
    COUNTS.join(", ")
  } interfaces: ms from exec until all have addresses, and MiB of memory`,
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site } = bench;
    const text: string[] = [];
    const data: Record<number, unknown> = {};
    for (const count of COUNTS) {
      const turns = { what: `${count} interfaces`, rounds: partOf(bench.runs, 5) };
      const outcomes = await withCables(
        site.network,
        count,
        () => takeTurns(daemonsOf(bench), turns, (client) => measure(site, client, count)),
      );
      text.push(`${count}:`, formatOutcomes(outcomes, COLUMNS));
      data[count] = outcomesData(outcomes, ({ ms }) => ms);
    }
    const notes = "  each interface has a subnet of its own; udhcpc is started once for each";
    return { text: [...text, notes].join("\n"), data };
  },
};
