/**
 * What somebody may have meant who names an interface that is not there.
 *
 * @module
 */

import { suggest } from "../config/suggest.ts";
import { COMMAND_NAMES } from "./command_names.ts";

/** ` (did you mean the command status?)` for `staus`, and nothing for what looks like no command. */
export function commandHint(interfaceName: string): string {
  const meant = suggest(interfaceName, COMMAND_NAMES);
  return meant === null ? "" : ` (did you mean the command ${meant}?)`;
}

/** What no command is called, and is tried even so. */
const GUESSES = ["version", "start", "stop", "restart", "list", "show", "info"];

/**
 * What is wrong with a command line that begins with a word which is rather a command's than an interface's.
 *
 * @param argv the command line without the program's name
 * @param isInterface whether there is an interface of that name
 * @returns one line; null when it is an option or an interface, or may be one
 */
export function mistakenCommand(
  argv: readonly string[],
  isInterface: (name: string) => boolean,
): string | null {
  const [word] = argv;
  if (word === undefined || word.startsWith("-")) return null;
  const hint = commandHint(word);
  if ((hint === "" && !GUESSES.includes(word)) || isInterface(word)) return null;
  const either = `there is neither such a command${hint} nor such an interface`;
  return `Cannot use ${word}: ${either}; \`mirage-dhcp help\` lists the commands, and an interface ` +
    `that is yet to come may stand behind --`;
}
