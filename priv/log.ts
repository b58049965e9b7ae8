/**
 * The daemon's log: LogTape records, one line each on stderr, as long as somebody reads it.
 *
 * @module
 */

import { configureSync, getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import { O_NOCTTY, O_NONBLOCK, O_WRONLY, openFd } from "../ffi/fd.ts";
import { escapeText } from "./escape.ts";
import { LineWriter } from "./line_writer.ts";
import type { LogLevelName } from "./service_options.ts";

const STDERR = 2;

const LEVEL_TEXT: Record<string, string> = {
  fatal: "FATAL",
  error: "ERROR",
  warning: "WARN ",
  info: "INFO ",
  debug: "DEBUG",
  trace: "TRACE",
};

/** Terminal colours by level (ECMA-48 SGR parameters). */
const LEVEL_COLOUR: Record<string, string> = {
  fatal: "1;31",
  error: "31",
  warning: "33",
  info: "32",
  debug: "2",
  trace: "2",
};

/** One log line, without its newline: time, level, category, message. */
export function formatRecord(record: LogRecord, colour: boolean): string {
  const time = new Date(record.timestamp).toISOString();
  const level = LEVEL_TEXT[record.level] ?? record.level;
  const text = record.message.map((part) => escapeText(String(part))).join("");
  const shown = colour ? `\x1b[${LEVEL_COLOUR[record.level] ?? "0"}m${level}\x1b[0m` : level;
  return `${time} ${shown} ${record.category.join(" ")}: ${text}`;
}

/**
 * A sink for records. Lines for which there is no room are dropped, and how many is said once there is
 * room again.
 */
export function lineSink(
  writer: Pick<LineWriter, "write">,
  colour: boolean,
): (record: LogRecord) => void {
  let dropped = 0;
  const write = (record: LogRecord): boolean => writer.write(formatRecord(record, colour));
  const reportDropped = (record: LogRecord): boolean =>
    dropped === 0 || write({
      ...record,
      category: ["priv"],
      level: "warning",
      message: [`${dropped} log lines dropped: nobody read them`],
    });
  return (record) => {
    if (reportDropped(record)) dropped = 0;
    if (dropped > 0 || !write(record)) dropped++;
  };
}

/**
 * A terminal that somebody has stopped may take a part of a line and wait with the rest. So it is
 * opened once more, with an O_NONBLOCK of our own.
 */
function openStderr(isTerminal: boolean): number {
  if (!isTerminal) return STDERR;
  try {
    return openFd(`/proc/self/fd/${STDERR}`, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0);
  } catch {
    return STDERR; // another user's, after su(1)
  }
}

/**
 * Sends every record of `level` and above to stderr; colours only on a terminal and without
 * NO_COLOR (https://no-color.org). The daemon's work does not depend on a stderr that cannot be
 * written to.
 */
export function configureLog(level: LogLevelName): void {
  const noColor = Deno.env.get("NO_COLOR");
  const isTerminal = Deno.stderr.isTerminal();
  const colour = isTerminal && (noColor === undefined || noColor === "");
  configureSync({
    reset: true,
    sinks: {
      stderr: lineSink(new LineWriter(openStderr(isTerminal)), colour),
    },
    loggers: [
      { category: ["logtape"], sinks: ["stderr"], lowestLevel: "error" },
      { category: ["priv"], sinks: ["stderr"], lowestLevel: level },
      { category: ["calf"], sinks: ["stderr"], lowestLevel: level },
    ],
  });
}

/** The log of priv itself, or of what it does for one interface. */
export function privLogger(interfaceName?: string): Logger {
  return getLogger(interfaceName === undefined ? ["priv"] : ["priv", interfaceName]);
}

/** What the calf of an interface says. */
export function calfLogger(interfaceName: string): Logger {
  return getLogger(["calf", interfaceName]);
}
