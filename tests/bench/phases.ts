/**
 * Where the time of our own start goes.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import { LOGGING_CLIENT } from "./clients.ts";
import { findMarks, type Marks, MOMENTS, summarizePhases } from "./marks.ts";
import {
  type Bench,
  type Outcome,
  outcomesData,
  type Scenario,
  type ScenarioReport,
  takeTurns,
} from "./scenario.ts";
import type { Site } from "./site.ts";
import { fixed, formatTable } from "./table.ts";

/** One start; the moments in ms since the execution. */
async function measure(site: Site): Promise<Marks> {
  await site.serve();
  const launched = await site.start(LOGGING_CLIENT);
  const { executedAt, process } = launched;
  try {
    const address = await site.waitForAddress(launched);
    await site.messages.waitFor(DhcpType.ACK, executedAt);
    // It has written all of its log when it has ended.
    await process.waitForEnd();
    const marks = findMarks(process.stderr, site.messages.between(executedAt), address.at);
    return Object.fromEntries(
      MOMENTS.map((moment) => [moment, marks[moment] - executedAt]),
    ) as Record<typeof MOMENTS[number], number>;
  } finally {
    await site.finish(launched);
  }
}

/** The moments of our own start. */
export const PHASES: Scenario = {
  name: "phases",
  title: "of our own start, medians in ms",
  async run(bench: Bench): Promise<ScenarioReport> {
    const alone = { clients: [LOGGING_CLIENT], progress: bench.progress };
    const [outcome] = await takeTurns(
      alone,
      { what: "phases", rounds: bench.runs },
      async () => [await measure(bench.site)],
    );
    return { text: formatPhases(outcome), data: outcomesData([outcome]) };
  },
};

/** A table with the failures below it. */
export function formatPhases({ absent, samples, failures }: Outcome<Marks>): string {
  if (absent !== null) return absent;
  const phases = samples.length === 0 ? [] : summarizePhases(samples);
  const rows = phases.map(({ moment, duration, sinceExec }) => [
    `→ ${moment}`,
    fixed(duration),
    fixed(sinceExec),
  ]);
  return [
    formatTable([`exec, ${samples.length} runs`, "phase", "since exec"], rows),
    ...failures.map((why) => `  FAILED ${why.split("\n")[0]}`),
    "  calf: from the log's times, to 1 ms, when priv reads the line; messages: from the kernel's",
    "  times on the server's side; configured: from RTM_NEWADDR",
    "  $ mirage-dhcp --oneshot --log-level=debug eth0",
  ].join("\n");
}
