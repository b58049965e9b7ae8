/**
 * The daemon's log as a list, for unit tests.
 *
 * @module
 */

import { configureSync, type LogRecord } from "@logtape/logtape";

/** From now on what priv logs is collected, each record as `LEVEL category: message`. */
export function collectLog(): string[] {
  const lines: string[] = [];
  const sink = ({ level, category, message }: LogRecord) =>
    lines.push(`${level} ${category.slice(1).join(" ")}: ${message.join("")}`);
  configureSync({
    reset: true,
    sinks: { list: sink },
    loggers: [
      { category: ["logtape"], sinks: ["list"], lowestLevel: "error" },
      { category: ["priv"], sinks: ["list"] },
    ],
  });
  return lines;
}
