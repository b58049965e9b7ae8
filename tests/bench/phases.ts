/**
 * Where the time of our own start goes.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import { SERVER_INTERFACE } from "../support/network.ts";
import { waitUntil } from "../support/wait.ts";
import { LOGGING_CLIENT } from "./clients.ts";
import { findMarks, type Marks, MOMENTS } from "./marks.ts";
import { parseMessageTime, type Phase, summarizePhases } from "./marks.ts";
import type { Site } from "./site.ts";
import { fixed, formatTable } from "./table.ts";

/** What was measured. */
export interface PhaseReport {
  /** The command line. */
  readonly command: string;
  /** Medians; empty when no run succeeded. */
  readonly phases: readonly Phase[];
  /** How many runs the medians are of. */
  readonly runs: number;
  /** Why other runs failed. */
  readonly failures: readonly string[];
}

/**
 * Measures the phases.
 *
 * @param runs how often to start
 * @param progress gets a line before each run
 */
export async function measurePhases(
  site: Site,
  runs: number,
  progress: (line: string) => void,
): Promise<PhaseReport> {
  const { server } = site.network;
  const links = await server.ip<{ ifindex: number }[]>("link", "show", "dev", SERVER_INTERFACE);
  const script = new URL("./packet_clock.ts", import.meta.url).pathname;
  const clock = server.start([
    ...[Deno.execPath(), "run", "--no-check", "--allow-ffi", script, String(links[0].ifindex)],
  ]);
  const starts: Marks[] = [];
  const failures: string[] = [];
  try {
    await clock.waitForLine(/^ready$/);
    for (let run = 1; run <= runs; run++) {
      progress(`phases of the start: run ${run} of ${runs}`);
      try {
        starts.push(await measureOnce(site, clock.stdout));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await clock.stop();
  }
  const phases = starts.length === 0 ? [] : summarizePhases(starts);
  return { command: LOGGING_CLIENT.command.join(" "), phases, runs: starts.length, failures };
}

/** One start; the moments in ms since the execution. `clock` grows while messages come. */
async function measureOnce(site: Site, clock: readonly string[]): Promise<Marks> {
  const seen = clock.length;
  const launched = await site.launch(LOGGING_CLIENT);
  await site.finish(LOGGING_CLIENT, launched);
  const { executedAt, process, address } = launched;
  const messages = await waitUntil("an ACK in the packet clock", () => {
    const times = clock.slice(seen).map(parseMessageTime).filter((time) => time !== null);
    return times.some(({ type }) => type === DhcpType.ACK) && times;
  });
  const marks = findMarks(process.stderr, messages, address.at);
  return Object.fromEntries(
    MOMENTS.map((moment) => [moment, marks[moment] - executedAt]),
  ) as Record<typeof MOMENTS[number], number>;
}

/** A table with the command and the failures below it. */
export function formatPhases({ command, phases, runs, failures }: PhaseReport): string {
  const rows = phases.map(({ moment, duration, sinceExec }) => [
    `→ ${moment}`,
    fixed(duration),
    fixed(sinceExec),
  ]);
  return [
    formatTable([`exec, ${runs} runs`, "phase", "since exec"], rows),
    ...failures.map((why) => `  FAILED ${why.split("\n")[0]}`),
    "  calf: from the log's times, to 1 ms, when priv reads the line; messages: from the kernel's",
    "  times on the server's side; configured: from RTM_NEWADDR",
    `  $ ${command}`,
  ].join("\n");
}
