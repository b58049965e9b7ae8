/**
 * What a row of the table of commands is.
 *
 * @module
 */

import type { OptionRow } from "../option_table.ts";

/** What an argument of a command is, for the shells' completion. */
export type ArgumentKind = "none" | "interface" | "key" | "prefix" | "shell" | "command";

/** An option of a command. */
export interface CommandOption extends OptionRow {
  /** The value is all that follows on the command line. */
  readonly takesRest?: true;
}

/** A command line that shows how a command is used. */
export interface CommandExample {
  /** Behind `mirage-dhcp`. */
  readonly line: string;
  /** What it does. */
  readonly help: string;
}

/** One command. */
export interface CommandRow {
  /** The first argument. */
  readonly name: string;
  /** Its arguments as the usage shows them, without options. */
  readonly arguments: string;
  /** What they are. */
  readonly kind: ArgumentKind;
  /** Least number of arguments. */
  readonly min: number;
  /** Most of them. */
  readonly max: number;
  /** What it does, in one line. */
  readonly summary: string;
  /** What else there is to know, paragraph by paragraph. */
  readonly text: readonly string[];
  /** Its options beside `--help`. */
  readonly options: readonly CommandOption[];
  /** How it is used. */
  readonly examples: readonly CommandExample[];
  /** Takes the daemon's own options too, and reads its command line itself. */
  readonly takesDaemonOptions?: true;
}
