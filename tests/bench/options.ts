/**
 * The command line of the bench.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What somebody wants to know. */
export interface BenchOptions {
  /** Rounds of a quick scenario. */
  readonly runs: number;
  /** Names of scenarios; all of them when empty. */
  readonly only: readonly string[];
  /** Ids of clients; all of them when empty. */
  readonly clients: readonly string[];
  /** Where the figures go. */
  readonly json: string;
}

/** How it is called. */
export const USAGE = "usage: deno task bench [--runs N] [--only SCENARIO,…] [--clients CLIENT,…] " +
  "[--json FILE]\n" +
  "  N rounds, 20 unless told; the figures go to dist/bench.json, too, unless told";

/**
 * Reads the command line.
 *
 * @param scenarios names that `--only` may say
 * @param json the default of `--json`
 * @throws {RangeError} with a message for the user
 */
export function parseOptions(
  args: string[],
  scenarios: readonly string[],
  json: string,
): BenchOptions {
  const { values } = parse(args);
  const { runs = "20" } = values;
  if (!/^[1-9]\d{0,3}$/.test(runs)) throw new RangeError("--runs takes a number from 1 to 9999");
  const only = words(values.only);
  const unknown = only.find((name) => !scenarios.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`There is no scenario ${unknown}; there are ${scenarios.join(", ")}`);
  }
  return { runs: Number(runs), only, clients: words(values.clients), json: values.json ?? json };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        runs: { type: "string" },
        only: { type: "string", multiple: true },
        clients: { type: "string", multiple: true },
        json: { type: "string" },
      },
    });
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error));
  }
}

function words(values: readonly string[] = []): string[] {
  return values.flatMap((value) => value.split(",")).filter((word) => word !== "");
}
