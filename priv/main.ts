/**
 * `--mode=priv`: the command line, and every way in which it can end before or after the daemon runs.
 *
 * @module
 */

import { Errno, ErrnoError, MissingLibraryError } from "../ffi/errno.ts";
import { NetlinkError, NetlinkErrorCode, RouteSocket } from "../ffi/netlink.ts";
import type { CalfSource } from "./calf_source.ts";
import { errorText } from "./error_text.ts";
import { escapeText } from "./escape.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { helpText } from "./help.ts";
import { launch } from "./launch.ts";
import { LineWriter } from "./line_writer.ts";
import {
  type Command,
  type CommandLine,
  commandOf,
  configPath,
  type DhcpcdPart,
  type PrivOptions,
  readCommandLine,
  simpleCommand,
} from "./options.ts";
import { mistakenCommand } from "./operator/command_hint.ts";
import { VERSION } from "./version.ts";

const STDERR = 2;

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // Closed: nobody wants to know.
  }
}

/** What the command line asks for. Without a configuration file nothing of priv/config is loaded. */
async function readCommand(line: CommandLine): Promise<Command> {
  const simple = simpleCommand(line);
  if (simple !== null) return simple;
  const path = configPath(line);
  if (path === null && line.dhcpcd === undefined) return commandOf(line, null);
  const { readConfiguration } = await import("./config/file.ts");
  return commandOf(line, readConfiguration(line, path));
}

/** What is otherwise when this program goes by another name. */
export interface OtherName {
  /** What its command line means beside options of ours. */
  readonly dhcpcd?: DhcpcdPart;
  /** Does something else with the options than to run the daemon with them; null = run it. */
  readonly instead?: (options: PrivOptions) => Promise<ExitCode> | null;
}

async function run(
  argv: readonly string[],
  mode: string,
  calves: CalfSource,
  { dhcpcd, instead }: OtherName,
): Promise<ExitCode> {
  if (mode !== "priv") {
    throw new ExitError(
      ExitCode.USAGE,
      `Cannot use --mode ${JSON.stringify(mode)}: not one of priv, calf, tender (see --help)`,
    );
  }
  const line = readCommandLine(argv);
  const command = await readCommand(dhcpcd === undefined ? line : { ...line, dhcpcd });
  switch (command.kind) {
    case "help":
      print(helpText(VERSION));
      return ExitCode.OK;
    case "version":
      print(`mirage-dhcp ${VERSION}\n`);
      return ExitCode.OK;
    case "check-config": {
      const { checkConfig, printResult } = await import("./config/command.ts");
      return printResult(checkConfig(command.path));
    }
    case "run": {
      const { options } = command;
      const mistake = dhcpcd === undefined ? mistakenCommand(argv, isInterface) : null;
      if (mistake !== null) throw new ExitError(ExitCode.USAGE, mistake);
      const other = instead?.(options) ?? null;
      if (other !== null) return await other;
      const launched = launch(options, calves);
      const { runDaemon } = await import("./daemon.ts");
      return await runDaemon(options, launched);
    }
  }
}

function isInterface(name: string): boolean {
  const socket = new RouteSocket();
  try {
    return socket.links().some((link) => link.name === name);
  } finally {
    socket.close();
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ExitError) return error.code;
  if (error instanceof MissingLibraryError) return ExitCode.UNAVAILABLE;
  if (error instanceof ErrnoError) {
    const denied = error.code === Errno.EPERM || error.code === Errno.EACCES;
    return denied ? ExitCode.NOPERM : ExitCode.OSERR;
  }
  if (error instanceof NetlinkError) {
    return error.code === NetlinkErrorCode.PERM ? ExitCode.NOPERM : ExitCode.OSERR;
  }
  return ExitCode.SOFTWARE;
}

/**
 * Runs priv to its end.
 *
 * @param argv the command line without the program's name
 * @param mode what it says about --mode
 * @param calves where calves come from; closed in the end
 * @param other what is otherwise when this program goes by another name
 * @returns what the process is to exit with; a failure has been explained in one line on stderr
 */
export async function runPriv(
  argv: readonly string[],
  mode: string,
  calves: CalfSource,
  other: OtherName = {},
): Promise<ExitCode> {
  try {
    return await run(argv, mode, calves, other);
  } catch (error) {
    const name = other.dhcpcd === undefined ? "mirage-dhcp" : "dhcpcd";
    new LineWriter(STDERR).write(`${name}: ${escapeText(errorText(error))}`);
    return exitCodeOf(error);
  } finally {
    calves.close();
  }
}
