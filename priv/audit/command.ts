/**
 * `audit`: shows the audit log, or verifies it.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { formatShown, showLine, type ShownLine } from "./format.ts";
import { type AuditLine, parseLine } from "./line.ts";
import { filesOf, fileSource, logsOf } from "./log_source.ts";
import { parseSince } from "./since.ts";
import { type Finding, type Verified, verifyAudit } from "./verify.ts";

/** What the command line says. */
export interface AuditArguments {
  /** Look whether it is what was written, and show nothing of it. */
  readonly verify: boolean;
  /** Show the lines as they are. */
  readonly json: boolean;
  /** Show what happened then or later, in milliseconds since 1970; null = all. */
  readonly sinceMs: number | null;
  /** The log; null = all those of the state directory. */
  readonly file: string | null;
  /** Where the daemon keeps its log. */
  readonly stateDir: string;
}

/** What the command needs of its surroundings. */
export interface AuditCommandContext {
  /** The command line after `audit`. */
  readonly argv: readonly string[];
  /** Where the daemon keeps its log unless told. */
  readonly stateDir: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * SHA-256 of the last line of a log, as the daemon that writes it says (`/daemon/audit/head` of the
   * daemon whose `/daemon/audit/file` it is); null when there is no such daemon.
   */
  readonly headOf: (file: string) => string | null;
  /** Takes a line of standard output. */
  readonly print: (line: string) => void;
  /** Takes a line of standard error. */
  readonly complain: (line: string) => void;
  /** How a line is shown; plain by default. */
  readonly format?: (line: ShownLine) => string;
}

const FILE_NAME = "audit.log";

function usage(message: string): ExitError {
  return new ExitError(ExitCode.USAGE, `${message} (see mirage-dhcp help audit)`);
}

/** Reads the command line after `audit`. @throws {ExitError} */
export function parseAuditArguments(
  argv: readonly string[],
  { now, stateDir }: Pick<AuditCommandContext, "now" | "stateDir">,
): AuditArguments {
  let parsed: AuditArguments = { verify: false, json: false, sinceMs: null, file: null, stateDir };
  for (let i = 0; i < argv.length; i++) {
    const equals = argv[i].startsWith("--") ? argv[i].indexOf("=") : -1;
    const name = equals < 0 ? argv[i] : argv[i].slice(0, equals);
    const takesValue = name === "--since" || name === "--file" || name === "--state-dir";
    if (!takesValue) {
      if (argv[i] === "--verify") parsed = { ...parsed, verify: true };
      else if (argv[i] === "--json") parsed = { ...parsed, json: true };
      else throw usage(`Cannot use ${JSON.stringify(argv[i])} with audit`);
      continue;
    }
    const value = equals < 0 ? argv[++i] : argv[i].slice(equals + 1);
    if (value === undefined || value === "") throw usage(`Cannot use ${name} without a value`);
    if (name === "--file") parsed = { ...parsed, file: value };
    else if (name === "--state-dir") parsed = { ...parsed, stateDir: value };
    else parsed = { ...parsed, sinceMs: since(value, now()) };
  }
  return parsed;
}

function since(text: string, nowMs: number): number {
  const ms = parseSince(text, nowMs);
  if (ms !== null) return ms;
  const examples = "neither 10m, 2h, 1d nor 2026-01-31T12:00:00Z";
  throw usage(`Cannot use --since ${JSON.stringify(text)}: ${examples}`);
}

/**
 * Runs the command.
 *
 * @returns OK; DATAERR when a log is not what was written; NOINPUT when there is none
 * @throws {ExitError} when the command line is wrong, and file errors
 */
export function auditCommand(context: AuditCommandContext): ExitCode {
  const given = parseAuditArguments(context.argv, context);
  const file = given.file ?? `${given.stateDir}/${FILE_NAME}`;
  const logs = given.file === null ? logsOf(file) : [file];
  const found = logs.filter((log) => filesOf(log).length > 0);
  if (found.length === 0) {
    context.complain(escapeText(`There is no ${file}`));
    return ExitCode.NOINPUT;
  }
  if (!given.verify) {
    for (const log of found) show(log, given, context);
    return ExitCode.OK;
  }
  const intact = found.map((log) => verify(log, context));
  return intact.every(Boolean) ? ExitCode.OK : ExitCode.DATAERR;
}

function isSince({ time }: AuditLine, sinceMs: number | null): boolean {
  // One whose time cannot be read is not to be missed.
  return sinceMs === null || !(Date.parse(time) < sinceMs);
}

function show(log: string, { sinceMs, json }: AuditArguments, context: AuditCommandContext): void {
  const { print, complain, format = formatShown } = context;
  const decoder = new TextDecoder();
  for (const file of filesOf(log)) {
    for (const { bytes } of fileSource(file).lines()) {
      const text = decoder.decode(bytes);
      const line = parseLine(text);
      if (line === null) complain(escapeText(`${file}: no line of an audit log: ${text}`));
      else if (isSince(line, sinceMs)) print(json ? escapeText(text) : format(showLine(line)));
    }
  }
}

function findingText({ file, line, what }: Finding): string {
  return escapeText(`${file}:${line}: ${what}`);
}

/** Whether a log is what was written. */
function verify(log: string, { headOf, print, complain }: AuditCommandContext): boolean {
  const expected = headOf(log);
  const look = (): Verified => verifyAudit(filesOf(log).map(fileSource), expected);
  let found = look();
  // Files that were rotated meanwhile look as if some had been taken away.
  if (found.problems.length > 0) found = look();
  const { lines, problems, notes, head } = found;
  for (const note of notes) print(findingText(note));
  for (const problem of problems) complain(findingText(problem));
  const isForged = problems.length === 0 && expected !== null && head !== expected &&
    headOf(log) === expected;
  if (isForged) complain(escapeText(`${log}: ends in lines that the daemon has not written`));
  const isIntact = problems.length === 0 && !isForged;
  const files = filesOf(log).length;
  const count = `${lines} lines in ${files} ${files === 1 ? "file" : "files"}`;
  const compared = expected === null ? "; no daemon vouches for the last line" : "";
  const verdict = isIntact ? `intact${compared}` : "NOT what was written";
  (isIntact ? print : complain)(escapeText(`${log}: ${count}: ${verdict}`));
  return isIntact;
}
