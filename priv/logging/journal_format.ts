/**
 * Log entries for systemd's journal.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { fieldsOf, originText } from "./fields.ts";
import { APP_NAME, FACILITY } from "./syslog_format.ts";

/**
 * An entry of the journal's native protocol: fields as `NAME=value` lines, see
 * systemd.journal-fields(7). No value has a newline, so that none needs the binary form.
 */
export function formatJournal(record: LogRecord): string {
  const fields = fieldsOf(record);
  const lines = [
    `MESSAGE=${originText(fields)}: ${fields.message}`,
    `PRIORITY=${fields.severity}`,
    `SYSLOG_FACILITY=${FACILITY}`,
    `SYSLOG_IDENTIFIER=${APP_NAME}`,
    `MIRAGE_SOURCE=${fields.source}`,
  ];
  if (fields.interfaceName !== null) lines.push(`INTERFACE=${fields.interfaceName}`);
  if (fields.untrusted) lines.push("UNTRUSTED=true");
  return lines.map((line) => `${line}\n`).join("");
}

/** A line on a standard error that the journal reads: it takes `<N>` for the level; sd-daemon(3). */
export function formatJournalLine(record: LogRecord): string {
  const fields = fieldsOf(record);
  return `<${fields.severity}>${originText(fields)}: ${fields.message}`;
}
