/**
 * The command line of `deno task fuzz`.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** What is to be done. */
export interface FuzzOptions {
  /** Minutes of all fuzzers together. */
  readonly minutes: number;
  /** Names of the fuzzers that run. */
  readonly only: readonly string[];
  /** The seed, of which each fuzzer makes its own; null for a new one. */
  readonly seed: number | null;
  /** A finding that is to be run again; null to fuzz. */
  readonly replay: string | null;
}

/** How it is called. */
export const USAGE =
  "deno task fuzz [--minutes N] [--only NAME,…] [--seed N]\ndeno task fuzz --replay FILE";

/**
 * Reads the command line.
 *
 * @param args the words
 * @param names the fuzzers that there are; without `--only` all of them run
 * @returns what it says
 * @throws Error with a message for the user
 */
export function readOptions(args: readonly string[], names: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "5" },
      only: { type: "string" },
      seed: { type: "string" },
      replay: { type: "string" },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`Cannot fuzz for ${values.minutes} minutes`);
  const only = values.only?.split(",") ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`Cannot fuzz ${unknown.join(", ")}: there are ${names.join(", ")}`);
  }
  const seed = values.seed === undefined ? null : Number(values.seed);
  if (seed !== null && !(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff)) {
    throw new Error(`Cannot use ${values.seed} as a seed: it has 32 bits`);
  }
  return { minutes, only: [...only], seed, replay: values.replay ?? null };
}
