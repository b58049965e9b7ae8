/**
 * The texts of `mirage-dhcp help` and of each command's `--help`.
 *
 * @module
 */

import { optionLines, wrap } from "../help.ts";
import type { CommandRow } from "./command_row.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { WIDTH } from "./layout.ts";

const COLUMN = 14;

/** What every command has beside its own options. */
export const HELP_OPTION = { name: "help", short: "h", help: "Explain the command and exit." };

/** Exit statuses of the commands. */
export const COMMAND_EXITS: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "it is done, or told; watch: nobody reads it, or a signal has ended --exec"],
  ["64", "the command line is wrong, or there is no such key"],
  ["66", "there is no such interface or script, or the key is not set"],
  ["69", "no daemon can be reached, or it does not speak as it should"],
  ["75", "it was not done in time, or the daemon has ended or does not answer"],
  ["77", "permission denied: only root and the socket's group may ask"],
  ["78", "the configuration file is wrong (reload)"],
];

/** How a command is called, without the program's name. */
export function usageOf({ name, arguments: names, options }: CommandRow): string {
  const takesOptions = options.length > 0 && !names.startsWith("[OPTION]");
  return [name, ...(takesOptions ? ["[OPTION]..."] : []), ...(names === "" ? [] : [names])]
    .join(" ");
}

/** The text of a command's `--help`, ending with a newline. */
export function commandHelp(row: CommandRow): string {
  const examples = row.examples.flatMap(({ line, help }) => [
    `  mirage-dhcp ${line}`,
    ...wrap(help, WIDTH - 24).map((text) => " ".repeat(24) + text),
  ]);
  return [
    `Usage: mirage-dhcp ${usageOf(row)}`,
    "",
    ...wrap(row.summary, WIDTH),
    ...row.text.flatMap((paragraph) => ["", ...wrap(paragraph, WIDTH)]),
    "",
    "Options:",
    ...[...row.options, HELP_OPTION].flatMap(optionLines),
    ...(examples.length > 0 ? ["", "Examples:", ...examples] : []),
    "",
  ].join("\n");
}

/** The text of `mirage-dhcp help`, ending with a newline. */
export function commandList(): string {
  return [
    "Usage: mirage-dhcp COMMAND [ARGUMENT]...",
    "",
    "Commands:",
    ...COMMAND_TABLE.map(({ name, summary }) => `  ${name.padEnd(COLUMN - 2)}${summary}`),
    "",
    "Exit status:",
    ...COMMAND_EXITS.map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`),
    "",
    "`mirage-dhcp help COMMAND` explains one, `mirage-dhcp --help` the daemon.",
    "",
  ].join("\n");
}
