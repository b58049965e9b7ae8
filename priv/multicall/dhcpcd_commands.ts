/**
 * What dhcpcd(8) does instead of starting a daemon: telling of itself, or asking a daemon that runs. The
 * latter is done by the operator's commands.
 *
 * @module
 */

import { optionNames } from "../config/dhcp_names.ts";
import { readTranslated } from "../config/file.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { type CommandLine, parseCommand } from "../operator/command_line.ts";
import { COMMAND_TABLE, DEFAULT_RUN_DIR } from "../operator/command_table.ts";
import { askDaemons, findInterfaces, print, ReaderGoneError, warn } from "../operator/context.ts";
import { LEASE_VARIABLES } from "../operator/hooks/hook_variables.ts";
import { runOperator } from "../operator/main.ts";
import type { KeyTexts } from "../operator/snapshot.ts";
import { connectDaemons } from "../operator/sockets.ts";
import { VERSION } from "../version.ts";
import { dhcpcdHelp } from "./dhcpcd_help.ts";
import type { DhcpcdLine } from "./dhcpcd_line.ts";
import type { DhcpcdCommand } from "./dhcpcd_options.ts";
import { stopDaemons } from "./dhcpcd_stop.ts";

/** The daemon's run directory, which the configuration file may name; one that is wrong names none. */
function runDirOf({ options }: DhcpcdLine): string {
  const path = options.find((each) => each.startsWith("--config="))?.slice("--config=".length);
  if (path === undefined || path === "none") return DEFAULT_RUN_DIR;
  try {
    const value = readTranslated(path).file.settings.get("run-dir")?.value;
    return typeof value === "string" ? value : DEFAULT_RUN_DIR;
  } catch (error) {
    if (error instanceof ExitError) return DEFAULT_RUN_DIR;
    throw error;
  }
}

function isRunning(runDir: string): boolean {
  try {
    for (const connection of connectDaemons(runDir, warn)) connection.close();
    return true;
  } catch (error) {
    if (error instanceof ExitError && error.code === ExitCode.UNAVAILABLE) return false;
    throw error;
  }
}

/** What an operator's command about these interfaces would have. */
function commandLineOf(runDir: string, names: readonly string[]): CommandLine {
  const row = COMMAND_TABLE.find(({ name }) => name === "release")!;
  return parseCommand(row, [`--run-dir=${runDir}`, "--", ...names])!;
}

/** dhcpcd's reason for an address, by the key /origin. */
const REASONS: Readonly<Record<string, string>> = {
  ipv4ll: "IPV4LL",
  static: "STATIC",
  inform: "INFORM",
};

function leaseText(name: string, keys: KeyTexts): string {
  const origin = keys.get("/origin") ?? "dhcp";
  const variables = LEASE_VARIABLES.flatMap(({ name, value }) => {
    const text = value(keys);
    return text === null ? [] : [`${name}=${text}\n`];
  });
  const first = [`reason=${REASONS[origin] ?? "BOUND"}\n`, `interface=${name}\n`];
  return [...first, `protocol=${origin}\n`, ...variables].join("");
}

function dumpLeases(line: CommandLine): ExitCode {
  let code: ExitCode = ExitCode.OK;
  for (const { name, daemon } of findInterfaces(askDaemons(line), line.arguments)) {
    const keys = daemon.snapshot.interfaces.get(name);
    if (keys?.has("/ip") === true) print(leaseText(name, keys));
    else {
      warn(`${name}: no lease`);
      code = ExitCode.NOINPUT;
    }
  }
  return code;
}

async function askTo(
  command: "renew" | "rebind",
  runDir: string,
  names: readonly string[],
): Promise<ExitCode> {
  return await runOperator([command, `--run-dir=${runDir}`, "--", ...names]);
}

/**
 * Runs a command to its end. In the executable this is a program of its own (see linuxkit/build/main.ts),
 * so that it explains its errors itself.
 *
 * @returns what to exit with; null when no daemon runs, and the command wants one to be started then
 */
export async function runDhcpcdCommand(
  command: DhcpcdCommand,
  line: DhcpcdLine,
): Promise<ExitCode | null> {
  try {
    return await run(command, line);
  } catch (error) {
    if (error instanceof ReaderGoneError) return ExitCode.OK;
    warn(errorText(error));
    return error instanceof ExitError ? error.code : ExitCode.SOFTWARE;
  }
}

async function run(command: DhcpcdCommand, line: DhcpcdLine): Promise<ExitCode | null> {
  const { interfaces } = line;
  const runDir = runDirOf(line);
  switch (command) {
    case "help":
      print(dhcpcdHelp(VERSION));
      return ExitCode.OK;
    case "version":
      print(`mirage-dhcp ${VERSION}, by the command line of dhcpcd 9 and 10\n`);
      return ExitCode.OK;
    case "variables":
      print(optionNames().map(([code, name]) => `${code.padStart(3, "0")} ${name}\n`).join(""));
      return ExitCode.OK;
    case "dumplease":
      return dumpLeases(commandLineOf(runDir, interfaces));
    case "exit":
    case "release":
      return stopDaemons(commandLineOf(runDir, interfaces), { release: command === "release" });
    case "reconfigure":
      return await askTo("renew", runDir, interfaces);
    case "renew":
      return isRunning(runDir) ? await askTo("renew", runDir, interfaces) : null;
    case "rebind": {
      if (!isRunning(runDir)) return null;
      const code = await runOperator(["reload", `--run-dir=${runDir}`]);
      return code === ExitCode.OK ? await askTo("rebind", runDir, interfaces) : code;
    }
  }
}
