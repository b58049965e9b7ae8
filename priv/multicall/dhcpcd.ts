/**
 * This program as dhcpcd(8).
 *
 * @module
 */

import { CalfSource } from "../calf_source.ts";
import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { LineWriter } from "../line_writer.ts";
import { type DhcpcdPart, isThere, type PrivOptions } from "../options.ts";
import type { runDhcpcdCommand } from "./dhcpcd_commands.ts";
import { type DhcpcdLine, readDhcpcdLine } from "./dhcpcd_line.ts";

const STDERR = 2;

/** dhcpcd has no such option: it is the first word for the daemon that background.ts starts. */
const IN_BACKGROUND = "--mode=background";

/** dhcpcd exits with 0 or 1; a wrong command line is told apart. */
function exitCodeOf(code: ExitCode): number {
  return code === ExitCode.OK || code === ExitCode.USAGE ? code : 1;
}

async function start(
  line: DhcpcdLine,
  argv: readonly string[],
  isBackground: boolean,
): Promise<ExitCode> {
  // A service manager that is told of readiness need not see the command end.
  const stays = line.foreground || isBackground || (Deno.env.get("NOTIFY_SOCKET") ?? "") !== "";
  const calves = new CalfSource(stays ? line.interfaces : []);
  const dhcpcd: DhcpcdPart = {
    directives: line.directives,
    // Nobody reads the standard error of a daemon in the background.
    defaults: isBackground ? [{ name: "syslog", text: "local", line: 0 }] : [],
    marksReady: isBackground,
  };
  const { runPriv } = await import("../main.ts");
  const words = [...line.options, "--", ...line.interfaces];
  const instead = ({ oneshot, timeoutMs }: PrivOptions): Promise<ExitCode> | null => {
    if (isBackground) Deno.chdir("/"); // all paths are absolute by now
    if (stays || oneshot) return null;
    const { staysAfterTimeout, quiet } = line;
    return import("./background.ts").then(({ startInBackground }) =>
      startInBackground([IN_BACKGROUND, ...argv], { timeoutMs, staysAfterTimeout, quiet })
    );
  };
  return await runPriv(words, "priv", calves, { dhcpcd, instead });
}

/** Loads what asks a daemon that runs. */
export type LoadCommands = () => Promise<
  { readonly runDhcpcdCommand: typeof runDhcpcdCommand }
>;

async function run(argv: readonly string[], commands: LoadCommands): Promise<ExitCode> {
  const isBackground = argv[0] === IN_BACKGROUND;
  const own = isBackground ? argv.slice(1) : argv;
  const line = readDhcpcdLine(own, isThere);
  if (line.command !== null && !isBackground) {
    const loaded = await commands();
    const code = await loaded.runDhcpcdCommand(line.command, line);
    if (code !== null) return code;
  }
  return await start(line, own, isBackground);
}

/**
 * Runs to the end.
 *
 * @param argv the command line without the program's name
 * @param commands loads what asks a daemon: main.ts does that, because it is in a file of its own
 * @returns what the process is to exit with; a failure has been explained in one line on stderr
 */
export async function runDhcpcd(
  argv: readonly string[],
  commands: LoadCommands,
): Promise<number> {
  try {
    return exitCodeOf(await run(argv, commands));
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    new LineWriter(STDERR).write(`dhcpcd: ${escapeText(error.message)}`);
    return exitCodeOf(error.code);
  }
}
