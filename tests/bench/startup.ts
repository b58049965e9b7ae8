/**
 * How long each client takes from its execution to the kernel's RTM_NEWADDR.
 *
 * @module
 */

import { type Client, programFile, TIMED_CLIENTS } from "./clients.ts";
import type { Site } from "./site.ts";
import { summarize, type Summary } from "./statistics.ts";
import { fixed, formatTable } from "./table.ts";

/** What was measured of one client. */
export interface Startup {
  /** What the table calls it. */
  readonly name: string;
  /** Its command line as one would type it. */
  readonly command: string;
  /** Whether it could be measured at all. */
  readonly installed: boolean;
  /** A time for each run that succeeded, in ms, in the order of the rounds. */
  readonly samples: number[];
  /** Why the others failed, and its output. */
  readonly failures: string[];
}

/**
 * Lets the clients take turns: each of them once in every round, so that a load that comes and goes
 * meets all of them.
 *
 * @param runs number of rounds
 * @param progress gets a line before each round
 */
export async function measureStartup(
  site: Site,
  runs: number,
  progress: (line: string) => void,
): Promise<Startup[]> {
  const results = TIMED_CLIENTS.map((client) => ({ client, result: emptyResult(client) }));
  for (let round = 1; round <= runs; round++) {
    progress(`time to address: round ${round} of ${runs}`);
    for (const { client, result } of results) {
      if (!result.installed) continue;
      try {
        const launched = await site.launch(client);
        await site.finish(client, launched);
        result.samples.push(launched.address.at - launched.executedAt);
      } catch (error) {
        result.failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  return results.map(({ result }) => result);
}

function emptyResult(client: Client): Startup {
  return {
    name: client.name,
    command: client.command.join(" "),
    installed: programFile(client) !== null,
    samples: [],
    failures: [],
  };
}

/** A table with the commands and the failures below it. */
export function formatStartup(results: readonly Startup[]): string {
  const rows = results.map((result) => {
    const { name, samples, failures, installed } = result;
    if (!installed) return [name, "not installed"];
    const times = timeCells(summarize(samples));
    return [name, ...times, String(samples.length + failures.length), String(failures.length)];
  });
  const failures = results.flatMap(({ name, failures }) =>
    failures.map((why) => `  FAILED ${name}: ${why.split("\n")[0]}`)
  );
  return [
    formatTable(["client", "min", "median", "p90", "max", "runs", "failed"], rows),
    ...failures,
    ...results.map(({ name, command }) => `  ${name}: $ ${command}`),
  ].join("\n");
}

function timeCells(summary: Summary | null): string[] {
  if (summary === null) return ["-", "-", "-", "-"];
  return [summary.min, summary.median, summary.p90, summary.max].map((ms) => fixed(ms));
}
