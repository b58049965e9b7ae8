/**
 * This program as dhcp-client, the MirageSDK's: it configures one interface, and ends.
 *
 * @module
 */

import { CalfSource } from "../calf_source.ts";
import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { LineWriter } from "../line_writer.ts";
import { type FoundOption, getopt, type OptionForm } from "./getopt.ts";

const STDERR = 2;

/** The interface when none is named. */
const DEFAULT_INTERFACE = "eth0";

/** The options of the MirageSDK's client, of its command-line library and of its log. */
const FORMS: readonly OptionForm[] = [
  { long: "ethif", short: "e", argument: "required" },
  { long: "path", argument: "required" },
  { long: "cmd", argument: "required" },
  { long: "verbose", short: "v", argument: "none" },
  { long: "quiet", short: "q", argument: "none" },
  { long: "verbosity", argument: "required" },
  { long: "color", argument: "required" },
  { long: "help", argument: "optional" },
  { long: "version", argument: "none" },
];

/** Levels of `--verbosity`, and ours. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ["quiet", "error"],
  ["error", "error"],
  ["warning", "warning"],
  ["info", "info"],
  ["debug", "debug"],
]);

const HELP = `dhcp-client - mirage-dhcp by the command line of the MirageSDK's client

Usage: dhcp-client [OPTION]...

Gets a DHCPv4 lease for one interface, configures it, and ends; without a lease
it ends with 75 after 30 seconds. dhcpcd and mirage-dhcp stay, and renew it.

Options:
  -e, --ethif=NAME      The interface. Default eth0.
      --path=DIR        The directory of the results, which were in /data.
                        Default /var/run/dhcp-client.
  -v, --verbose         Log what happens; twice, log all. Default: warnings.
  -q, --quiet           Log errors only.
      --verbosity=LEVEL quiet, error, warning, info or debug.
      --color=WHEN      No effect: NO_COLOR turns colours off.
      --cmd=FILE        Refused: the calf is this program, and no other.
      --help            Show this text and exit.
      --version         Show the version and exit.

The rest is as \`mirage-dhcp --help\` says.
`;

/** What a command line asks for. */
export type DhcpClientCommand =
  | { readonly kind: "help" | "version" }
  | {
    readonly kind: "run";
    /** Our own command line. */
    readonly argv: readonly string[];
    /** What is not done. */
    readonly warnings: readonly string[];
  };

function refuse(message: string): never {
  throw new ExitError(ExitCode.USAGE, `${message} (see --help)`);
}

function levelOf(options: readonly FoundOption<OptionForm>[]): string {
  const all = (long: string) => options.filter(({ form }) => form.long === long);
  const named = all("verbosity").at(-1)?.text ?? null;
  if (named !== null) {
    return LEVELS.get(named) ??
      refuse(`Cannot use --verbosity ${named}: not one of ${[...LEVELS.keys()].join(", ")}`);
  }
  if (all("quiet").length > 0) return "error";
  return ["warning", "info"][all("verbose").length] ?? "debug";
}

/** Reads a command line. @throws {ExitError} with USAGE */
export function readDhcpClientLine(argv: readonly string[]): DhcpClientCommand {
  const { options, words } = getopt(FORMS, argv);
  const textOf = (long: string) => options.findLast(({ form }) => form.long === long)?.text;
  const has = (long: string) => options.some(({ form }) => form.long === long);
  if (has("help")) return { kind: "help" };
  if (has("version")) return { kind: "version" };
  if (words.length > 0) refuse(`Cannot use ${words[0]}: --ethif names the interface`);
  if (has("cmd")) refuse("Cannot use --cmd: the calf is this program, and no other");
  const path = textOf("path");
  return {
    kind: "run",
    argv: [
      "--oneshot",
      `--log-level=${levelOf(options)}`,
      ...(typeof path === "string" ? [`--run-dir=${path}`] : []),
      "--",
      textOf("ethif") ?? DEFAULT_INTERFACE,
    ],
    warnings: has("color") ? ["--color has no effect: NO_COLOR turns colours off"] : [],
  };
}

function say(text: string): void {
  new LineWriter(STDERR).write(`dhcp-client: ${escapeText(text)}`);
}

/** The text of `--help`. */
export function dhcpClientHelp(): string {
  return HELP;
}

function print(text: string): ExitCode {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch {
    // Closed: nobody wants to know.
  }
  return ExitCode.OK;
}

/**
 * Runs to the end.
 *
 * @param argv the command line without the program's name
 * @returns what the process is to exit with; a failure has been explained in one line on stderr
 */
export async function runDhcpClient(argv: readonly string[]): Promise<ExitCode> {
  let command: DhcpClientCommand;
  try {
    command = readDhcpClientLine(argv);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    say(error.message);
    return error.code;
  }
  if (command.kind === "help") return print(dhcpClientHelp());
  if (command.kind !== "run") {
    const { VERSION } = await import("../version.ts");
    return print(`mirage-dhcp ${VERSION}, by the command line of the MirageSDK's dhcp-client\n`);
  }
  command.warnings.forEach(say);
  const calves = new CalfSource(command.argv);
  const { runPriv } = await import("../main.ts");
  return await runPriv(command.argv, "priv", calves);
}
