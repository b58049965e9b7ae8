/**
 * What every scenario has in common: clients that take turns, and what comes of it.
 *
 * @module
 */

import { type Client, programFile } from "./clients.ts";
import type { Site } from "./site.ts";
import { summarize, type Summary } from "./statistics.ts";
import { fixed, formatTable } from "./table.ts";

/** What scenarios run on. */
export interface Bench {
  /** Where the clients run. */
  readonly site: Site;
  /** Which clients. */
  readonly clients: readonly Client[];
  /** Rounds of a quick scenario; long ones take fewer. */
  readonly runs: number;
  /** Gets a line before each step. */
  progress(line: string): void;
}

/** What a scenario has found. */
export interface ScenarioReport {
  /** Lines for a reader. */
  readonly text: string;
  /** The same and more, for JSON. */
  readonly data: unknown;
}

/** One scenario. */
export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string;
  /** What is measured, in a line. */
  readonly title: string;
  /** Measures. */
  run(bench: Bench): Promise<ScenarioReport>;
}

/** What was measured of one client. */
export interface Outcome<Sample> {
  /** Which. */
  readonly client: Client;
  /** Why there was nothing to measure; null when there was. */
  readonly absent: string | null;
  /** One or more for each round that succeeded. */
  readonly samples: Sample[];
  /** Why the other rounds failed, with the client's output. */
  readonly failures: string[];
}

/** How clients take turns. */
export interface Turns {
  /** What progress calls it. */
  readonly what: string;
  /** How many rounds. */
  readonly rounds: number;
  /** Why a client that is installed cannot be measured here; null when it can. */
  readonly excuse?: (client: Client) => string | null;
}

/**
 * Lets the clients take turns: each of them once in every round, so that a load that comes and goes
 * meets all of them. Every round begins with another one: whoever comes after a long wait finds a
 * processor that has slept.
 *
 * @param measure gives what a round has found; it counts rounds from 0
 */
export async function takeTurns<Sample>(
  { clients, progress }: Pick<Bench, "clients" | "progress">,
  { what, rounds, excuse = () => null }: Turns,
  measure: (client: Client, round: number) => Promise<Sample[]>,
): Promise<Outcome<Sample>[]> {
  const outcomes = clients.map((client): Outcome<Sample> => ({
    client,
    absent: programFile(client) === null ? "not installed" : excuse(client),
    samples: [],
    failures: [],
  }));
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(1, outcomes.length);
    const order = [...outcomes.slice(first), ...outcomes.slice(0, first)];
    for (const { client, absent, samples, failures } of order) {
      if (absent !== null) continue;
      progress(`${what}: round ${round + 1} of ${rounds}, ${client.name}`);
      try {
        samples.push(...await measure(client, round));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  return outcomes;
}

/** The same bench without the clients that end by themselves, which are no daemons. */
export function daemonsOf(bench: Bench): Bench {
  return { ...bench, clients: bench.clients.filter(({ ends }) => !ends) };
}

/** A column of a table: its title, and its cell for samples, of which there is one at least. */
export type Column<Sample> = readonly [title: string, cell: (samples: readonly Sample[]) => string];

/** The columns of a time: least, median, 95th percentile and greatest, in ms. */
export function timeColumns<Sample>(ms: (sample: Sample) => number): Column<Sample>[] {
  const figure = (of: (summary: Summary) => number) => (samples: readonly Sample[]) =>
    fixed(of(summarize(samples.map(ms))!));
  return [
    ["min", figure(({ min }) => min)],
    ["median", figure(({ median }) => median)],
    ["p95", figure(({ p95 }) => p95)],
    ["max", figure(({ max }) => max)],
  ];
}

/** A column of the median of a figure, with so many digits after the point. */
export function medianColumn<Sample>(
  title: string,
  figure: (sample: Sample) => number,
  digits = 1,
): Column<Sample> {
  return [title, (samples) => fixed(summarize(samples.map(figure))!.median, digits)];
}

/**
 * A table of clients with notes below it, first those about failures.
 *
 * @param columns between the client's name and the numbers of samples and failures
 */
export function formatOutcomes<Sample>(
  outcomes: readonly Outcome<Sample>[],
  columns: readonly Column<Sample>[],
  notes: readonly string[] = [],
): string {
  const rows = outcomes.map(({ client, absent, samples, failures }) => {
    if (absent !== null) return [client.name, absent];
    const cells = columns.map(([, cell]) => samples.length === 0 ? "-" : cell(samples));
    return [client.name, ...cells, String(samples.length), String(failures.length)];
  });
  const head = ["client", ...columns.map(([title]) => title), "samples", "failed"];
  return [
    formatTable(head, rows),
    ...outcomes.flatMap(({ client, failures }) =>
      failures.map((why) => `  FAILED ${client.name}: ${why.split("\n")[0]}`)
    ),
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

/**
 * Outcomes as a table of times shows them, where a sample may have none: a client that never has one
 * gets a remark instead of figures, and one that has some gets a failure for each that is missing.
 */
export function withTimes<Sample>(
  outcomes: readonly Outcome<Sample>[],
  remark: string,
  ms: (sample: Sample) => number | null,
): Outcome<Sample>[] {
  return outcomes.map((outcome) => {
    const samples = outcome.samples.filter((sample) => ms(sample) !== null);
    const missing = outcome.samples.length - samples.length;
    if (missing > 0 && samples.length === 0) return { ...outcome, absent: remark };
    const failures = [...outcome.failures, ...Array<string>(missing).fill(remark)];
    return { ...outcome, samples, failures };
  });
}

/** Outcomes for JSON, with a summary of the times that `ms` finds in the samples, if it is given. */
export function outcomesData<Sample>(
  outcomes: readonly Outcome<Sample>[],
  ms?: (sample: Sample) => number,
): unknown {
  return outcomes.map(({ client, ...rest }) => ({
    client: client.id,
    name: client.name,
    ...rest,
    ...(ms === undefined ? {} : { summary: summarize(rest.samples.map(ms)) }),
  }));
}

/** Fewer rounds for what takes long: a part of the runs, one at least. */
export function partOf(runs: number, divisor: number): number {
  return Math.ceil(runs / divisor);
}
