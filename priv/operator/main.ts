/**
 * The operator's commands: they ask a daemon that runs, or tell what needs none.
 *
 * @module
 */

import { ErrnoError, MissingLibraryError } from "../../ffi/errno.ts";
import { configCommand } from "../config/command.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { VERSION } from "../version.ts";
import { auditCommand } from "./audit.ts";
import { commandHelp, commandList } from "./command_help.ts";
import { commandError, type CommandLine, parseCommand } from "./command_line.ts";
import type { CommandRow } from "./command_row.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { completionScript } from "./completion.ts";
import { print, ReaderGoneError, warn } from "./context.ts";
import { getCommand } from "./get.ts";
import { keysCommand } from "./keys.ts";
import { leasesCommand } from "./leases.ts";
import { licensesText } from "./licenses.ts";
import { manPage } from "./man_page.ts";
import { reloadCommand } from "./reload.ts";
import { requestCommand } from "./request.ts";
import { statusCommand } from "./status.ts";
import { watchCommand } from "./watch.ts";

type Run = (line: CommandLine) => ExitCode | Promise<ExitCode>;

function printing(text: (line: CommandLine) => string): Run {
  return (line) => {
    print(text(line));
    return ExitCode.OK;
  };
}

function rowOf(name: string): CommandRow {
  const row = COMMAND_TABLE.find((each) => each.name === name);
  if (row === undefined) throw commandError("", `Cannot find a command ${JSON.stringify(name)}`);
  return row;
}

/** What each command does; see {@link run} for config. */
const RUNS: Readonly<Record<string, Run>> = {
  status: statusCommand,
  get: getCommand,
  watch: watchCommand,
  renew: (line) => requestCommand("renew", line),
  rebind: (line) => requestCommand("rebind", line),
  release: (line) => requestCommand("release", line),
  reload: reloadCommand,
  audit: auditCommand,
  leases: leasesCommand,
  keys: keysCommand,
  completion: printing((line) => completionScript(line.arguments[0])),
  man: printing(() => manPage(VERSION)),
  licenses: printing(licensesText),
  help: printing((line) => {
    const [name] = line.arguments;
    return name === undefined ? commandList() : commandHelp(rowOf(name));
  }),
};

async function run(name: string, argv: readonly string[]): Promise<ExitCode> {
  const row = rowOf(name);
  const isHelp = argv.includes("--help") || argv.includes("-h");
  if (row.takesDaemonOptions === true && !isHelp) return configCommand(argv);
  const line = parseCommand(row, argv);
  if (line !== null) return await RUNS[name](line);
  print(commandHelp(row));
  return ExitCode.OK;
}

/**
 * Runs a command to its end.
 *
 * @param argv the command line without the program's name; the first is the command's
 * @returns what the process is to exit with; a failure has been explained in one line on stderr
 */
export async function runOperator(argv: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  try {
    return await run(name, rest);
  } catch (error) {
    if (error instanceof ReaderGoneError) return ExitCode.OK;
    warn(errorText(error));
    if (error instanceof ExitError) return error.code;
    if (error instanceof MissingLibraryError) return ExitCode.UNAVAILABLE;
    return error instanceof ErrnoError ? ExitCode.OSERR : ExitCode.SOFTWARE;
  }
}
