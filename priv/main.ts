/**
 * `--mode=priv`: the command line, and every way in which it can end before or after the daemon runs.
 *
 * @module
 */

import { MissingLibraryError } from "../ffi/errno.ts";
import { NetlinkError } from "../ffi/netlink.ts";
import { runDaemon } from "./daemon.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { helpText } from "./help.ts";
import { configureLog, errorText, escapeText } from "./log.ts";
import { parseCommandLine } from "./options.ts";
import { VERSION } from "./version.ts";

const encoder = new TextEncoder();

function writeError(message: string): void {
  Deno.stderr.writeSync(encoder.encode(`mirage-dhcp: ${escapeText(message)}\n`));
}

function run(argv: readonly string[], mode: string): ExitCode {
  if (mode !== "priv") {
    throw new ExitError(
      ExitCode.USAGE,
      `Cannot use --mode ${JSON.stringify(mode)}: not one of priv, calf, tender (see --help)`,
    );
  }
  const command = parseCommandLine(argv);
  switch (command.kind) {
    case "help":
      Deno.stdout.writeSync(encoder.encode(helpText(VERSION)));
      return ExitCode.OK;
    case "version":
      Deno.stdout.writeSync(encoder.encode(`mirage-dhcp ${VERSION}\n`));
      return ExitCode.OK;
    case "run":
      configureLog(command.options.logLevel);
      return runDaemon(command.options);
  }
}

/**
 * Runs priv to its end.
 *
 * @param argv the command line without the program's name
 * @param mode what it says about --mode
 * @returns what the process is to exit with; a failure has been explained in one line on stderr
 */
export function runPriv(argv: readonly string[], mode: string): ExitCode {
  try {
    return run(argv, mode);
  } catch (error) {
    if (error instanceof ExitError) {
      writeError(error.message);
      return error.code;
    }
    writeError(errorText(error));
    if (error instanceof MissingLibraryError) return ExitCode.UNAVAILABLE;
    if (error instanceof NetlinkError) return ExitCode.OSERR;
    return ExitCode.SOFTWARE;
  }
}
