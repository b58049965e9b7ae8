/**
 * The daemon's log: LogTape records, one line each on stderr.
 *
 * @module
 */

import { configureSync, getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import { escapeText } from "./escape.ts";
import type { LogLevelName } from "./options.ts";

const encoder = new TextEncoder();

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
 * Sends every record of `level` and above to stderr; colours only on a terminal and without
 * NO_COLOR (https://no-color.org). A stderr that cannot be written to is ignored: the daemon's work
 * does not depend on its log.
 */
export function configureLog(level: LogLevelName): void {
  const noColor = Deno.env.get("NO_COLOR");
  const colour = Deno.stderr.isTerminal() && (noColor === undefined || noColor === "");
  configureSync({
    reset: true,
    sinks: {
      stderr: (record: LogRecord) => {
        try {
          Deno.stderr.writeSync(encoder.encode(formatRecord(record, colour) + "\n"));
        } catch {
          // Nowhere left to report to.
        }
      },
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
