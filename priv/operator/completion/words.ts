/**
 * What the shells complete, from the tables of commands, options and keys.
 *
 * @module
 */

import { DAEMON_TABLE } from "../../../schema/daemon_keys.ts";
import type { KeyRow } from "../../../schema/key_row.ts";
import { KEY_TABLE } from "../../../schema/keys.ts";
import { OPTION_TABLE, type OptionRow } from "../../option_table.ts";
import { HELP_OPTION } from "../command_help.ts";
import type { ArgumentKind, CommandOption } from "../command_row.ts";
import { COMMAND_TABLE } from "../command_table.ts";

/** The shells for which there is a script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = typeof SHELLS[number];

/** What the value of an option is. */
export type ValueKind = "none" | "directory" | "file" | "text";

/** What may follow one word of the command line. */
export interface Completion {
  /** The command, or "" for the daemon's own command line. */
  readonly name: string;
  /** What it does. */
  readonly summary: string;
  /** Its arguments. */
  readonly kind: ArgumentKind;
  /** Its options. */
  readonly options: readonly CommandOption[];
}

/** What the value of an option is, by the name that it has in the help. */
export function valueKind({ value }: OptionRow): ValueKind {
  if (value === undefined) return "none";
  if (/^DIR\b/.test(value)) return "directory";
  return /^(?:FILE|SCRIPT)\b/.test(value) ? "file" : "text";
}

/** Every command. */
export const COMMANDS: readonly Completion[] = COMMAND_TABLE.map((
  { name, summary, kind, options },
) => ({ name, summary, kind, options: [...options, HELP_OPTION] }));

/** The daemon. */
export const DAEMON_LINE: Completion = {
  name: "",
  summary: "Manage interfaces.",
  kind: "interface",
  options: OPTION_TABLE,
};

/** Keys of a table that an operator may read; those of a range are the path above them. */
function readable(table: readonly KeyRow[]): string[] {
  return table.filter(({ rights }) => rights.operator?.includes("r") === true)
    .map(({ pattern }) => pattern.replace(/\/\{[^}]*\}$/, ""));
}

/** Keys of an interface, each with its first slash. */
export const INTERFACE_KEYS: readonly string[] = readable(KEY_TABLE);
/** Keys of the daemon, each with its first slash. */
export const DAEMON_KEY_PATHS: readonly string[] = readable(DAEMON_TABLE);

/** A text as one word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
