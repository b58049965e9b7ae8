/**
 * `mirage-dhcp audit`: the audit log of the daemons that run, or of those that have run.
 *
 * @module
 */

import { auditCommand as readAudit, type AuditCommandContext } from "../audit/command.ts";
import { formatShown, type ShownLine } from "../audit/format.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { CommandLine } from "./command_line.ts";
import { DEFAULT_STATE_DIR } from "./command_table.ts";
import { askDaemons, hasColour, print, warn } from "./context.ts";
import { COLOUR, type Tone } from "./style.ts";

/** Where a running daemon writes its log, and the hash of its last line. */
interface Told {
  readonly file: string;
  readonly head: string | null;
}

/** Asked anew each time: the log goes on. None when no daemon can be asked. */
function askForLogs(line: CommandLine): Told[] {
  const told: Told[] = [];
  try {
    for (const { connection, snapshot } of askDaemons(line, "/daemon/audit")) {
      const file = snapshot.daemon.get("/audit/file");
      const head = snapshot.daemon.get("/audit/head") ?? null;
      if (file !== undefined) told.push({ file, head });
      connection.close();
    }
  } catch (error) {
    // The log is a file: it can be read without its daemon. Who may not ask where it is may not read it either.
    if (!(error instanceof ExitError) || error.code === ExitCode.NOPERM) throw error;
  }
  return told;
}

/** SHA-256 of the last line of a log; null when nobody says. */
function headOf(line: CommandLine, path: string): string | null {
  try {
    return askForLogs(line).find((told) => told.file === path)?.head ?? null;
  } catch (error) {
    if (error instanceof ExitError) return null;
    throw error;
  }
}

const TONES: Readonly<Record<string, Tone>> = { denied: "bad", failed: "bad" };

function coloured(line: ShownLine): string {
  const tone = TONES[line.result];
  return tone === undefined ? formatShown(line) : COLOUR(tone, formatShown(line));
}

/** @throws {ExitError} also NOPERM when a file is not for this user */
function readLogs(context: AuditCommandContext): ExitCode {
  try {
    return readAudit(context);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new ExitError(ExitCode.NOPERM, `Cannot read the audit log: ${errorText(error)}`);
  }
}

function filesOf(line: CommandLine): (string | null)[] {
  if (line.has("file")) return [line.text("file", "")];
  if (line.has("state-dir")) return [null];
  const told = askForLogs(line).map(({ file }) => file);
  return told.length === 0 ? [null] : told;
}

/** Runs the command. @throws {ExitError} */
export function auditCommand(line: CommandLine): ExitCode {
  const passed = [
    ...["verify", "json"].filter((name) => line.has(name)).map((name) => `--${name}`),
    ...(line.has("since") ? [`--since=${line.text("since", "")}`] : []),
  ];
  const codes = filesOf(line).map((file) =>
    readLogs({
      argv: file === null ? passed : [...passed, `--file=${file}`],
      stateDir: line.text("state-dir", DEFAULT_STATE_DIR),
      now: Date.now,
      headOf: (path) => headOf(line, path),
      print: (text) => print(text + "\n"),
      complain: warn,
      ...(hasColour() ? { format: coloured } : {}),
    })
  );
  return codes.find((code) => code !== ExitCode.OK) ?? ExitCode.OK;
}
