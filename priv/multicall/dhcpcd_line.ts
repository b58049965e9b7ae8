/**
 * The command line of dhcpcd(8), read: what it means as options and directives of ours.
 *
 * @module
 */

import type { Directive } from "../config/parse.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { DHCPCD_OPTIONS, type DhcpcdCommand, type DhcpcdOption } from "./dhcpcd_options.ts";
import { type FoundOption, getopt } from "./getopt.ts";

/** dhcpcd's own configuration file. */
export const DHCPCD_CONF = "/etc/dhcpcd.conf";

/** What a command line means. */
export interface DhcpcdLine {
  /** What is to be done instead of starting a daemon, or of a daemon that runs; null = start one. */
  readonly command: DhcpcdCommand | null;
  /** Options of ours; no interfaces among them. */
  readonly options: readonly string[];
  /** Interfaces and patterns. */
  readonly interfaces: readonly string[];
  /** Directives; their `line` is the place of the word, from 1 on. */
  readonly directives: readonly Directive[];
  /** Stay in the foreground. */
  readonly foreground: boolean;
  /** When the time is over, the daemon goes on in the background. */
  readonly staysAfterTimeout: boolean;
  /** Say nothing when all is well. */
  readonly quiet: boolean;
}

type Found = FoundOption<DhcpcdOption>;

/** What stands before all others where several commands are named: the strongest first. */
const COMMANDS: readonly DhcpcdCommand[] = [
  ...["help", "version", "variables", "dumplease", "exit", "release", "reconfigure"] as const,
  ...["rebind", "renew"] as const,
];

function commandOf(options: readonly Found[]): DhcpcdCommand | null {
  const found = options.flatMap(({ form: { becomes } }) =>
    becomes.as === "command" ? [becomes.command] : []
  );
  return COMMANDS.find((each) => found.includes(each)) ?? null;
}

/** The last of `-d` and `-q` counts, and more than one `-q` is more than one. */
function levelOf(options: readonly Found[]): string | null {
  const levels = options.flatMap(({ form: { becomes } }) =>
    becomes.as === "level" ? [becomes.level] : []
  );
  const last = levels.at(-1) ?? null;
  const isTwice = last !== "debug" && levels.filter((each) => each === last).length > 1;
  return isTwice ? "error" : last;
}

function configOf(options: readonly Found[], isThere: (path: string) => boolean): string {
  const named = options.findLast(({ form }) => form.becomes.as === "config")?.text ?? null;
  if (named === "/dev/null") return "none";
  return named ?? (isThere(DHCPCD_CONF) ? DHCPCD_CONF : "none");
}

function directiveOf({ form, text, place }: Found): Directive[] {
  const { becomes } = form;
  if (becomes.as === "directive") return [{ name: becomes.name, text: text ?? "", line: place }];
  return becomes.as === "background" ? [{ name: "background", text: "", line: place }] : [];
}

/**
 * Reads a command line.
 *
 * @param argv without the program's name
 * @param isThere whether there is a file at a path
 * @throws {ExitError} with USAGE for what is no option, or one that would not do what it says
 */
export function readDhcpcdLine(
  argv: readonly string[],
  isThere: (path: string) => boolean,
): DhcpcdLine {
  const { options, words } = getopt(DHCPCD_OPTIONS, argv);
  const has = (as: DhcpcdOption["becomes"]["as"]): boolean =>
    options.some(({ form }) => form.becomes.as === as);
  const command = commandOf(options);
  const refused = options.find(({ form }) => form.becomes.as === "refused");
  if (refused !== undefined && command !== "help") {
    const message = `Cannot use ${refused.shown}: ${refused.form.meaning}`;
    throw new ExitError(ExitCode.USAGE, message);
  }
  const level = levelOf(options);
  return {
    command,
    options: [
      `--config=${configOf(options, isThere)}`,
      ...(level === null ? [] : [`--log-level=${level}`]),
    ],
    interfaces: words,
    directives: options.flatMap(directiveOf),
    foreground: has("foreground") || options.some(({ form }) => form.long === "oneshot"),
    staysAfterTimeout: words.length !== 1 || has("manager"),
    quiet: level === "warning" || level === "error",
  };
}
