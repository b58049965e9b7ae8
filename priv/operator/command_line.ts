/**
 * The command line of an operator's command, read by the table.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { CommandRow } from "./command_row.ts";

/** What was said. */
export interface CommandLine {
  /** The arguments. */
  readonly arguments: readonly string[];
  /** Whether a switch, or an option with a value, was given. */
  has(name: string): boolean;
  /** The value of an option, or what it is otherwise. */
  text(name: string, fallback: string): string;
  /** The words behind the option that takes the rest; empty without it. */
  readonly rest: readonly string[];
}

/** A wrong command line, explained in one line. */
export function commandError(command: string, message: string): ExitError {
  return new ExitError(ExitCode.USAGE, `${message} (see mirage-dhcp ${`help ${command}`.trim()})`);
}

/**
 * Cuts off what belongs to the option that takes the rest of the line.
 *
 * @throws {ExitError} when nothing follows it
 */
function cutRest(row: CommandRow, argv: readonly string[]): [string[], string[]] {
  const option = row.options.find(({ takesRest }) => takesRest === true);
  if (option === undefined) return [[...argv], []];
  const flag = `--${option.name}`;
  const end = argv.indexOf("--");
  const at = argv.findIndex((each, i) =>
    (end < 0 || i < end) && (each === flag || each.startsWith(`${flag}=`))
  );
  if (at < 0) return [[...argv], []];
  const joined = argv[at] === flag ? [] : [argv[at].slice(flag.length + 1)];
  const rest = [...joined, ...argv.slice(at + 1)];
  if (rest.length === 0 || rest[0] === "") {
    throw commandError(row.name, `Cannot use ${flag}: no ${option.value} behind it`);
  }
  return [argv.slice(0, at), rest];
}

/**
 * Reads what follows a command's name.
 *
 * @returns what was said, or null when it is `--help`
 * @throws {ExitError} with USAGE for an unknown option, a missing value, too few or too many arguments
 */
export function parseCommand(row: CommandRow, argv: readonly string[]): CommandLine | null {
  const [own, rest] = cutRest(row, argv);
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
  };
  for (const { name, short, value, takesRest } of row.options) {
    if (takesRest === true) continue;
    options[name] = { type: value === undefined ? "boolean" : "string" };
    if (short !== undefined) options[name].short = short;
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: own, options, allowPositionals: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // parseArgs explains at length how to pass a positional that begins with a dash.
    throw commandError(row.name, text.split(". To ")[0].split("\n")[0]);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return null;
  if (positionals.length < row.min) {
    throw commandError(row.name, `Cannot run ${row.name}: no ${row.arguments} named`);
  }
  if (positionals.length > row.max) {
    throw commandError(row.name, `Cannot run ${row.name}: too many arguments`);
  }
  return {
    arguments: positionals,
    has: (name) => values[name] !== undefined,
    text(name: string, fallback: string): string {
      const value = values[name];
      return typeof value === "string" ? value : fallback;
    },
    rest,
  };
}
