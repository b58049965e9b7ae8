/**
 * Sinks that lose records rather than wait, and say how many.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";

/** Where records go. */
export type RecordSink = (record: LogRecord) => void;

/**
 * A sink that counts what cannot be written, and says it before the next record that can.
 *
 * @param write writes a record, or returns false; must not wait
 * @param reason why the last one could not be written
 */
export function countingSink(
  write: (record: LogRecord) => boolean,
  reason: () => string,
): RecordSink {
  let dropped = 0;
  let lastReason = "";
  const reportDropped = (record: LogRecord): boolean =>
    dropped === 0 || write({
      ...record,
      category: ["priv"],
      level: "warning",
      message: [`${dropped} log lines dropped: ${lastReason}`],
      properties: {},
    });
  return (record) => {
    if (reportDropped(record)) dropped = 0;
    if (dropped === 0 && write(record)) return;
    dropped++;
    lastReason = reason();
  };
}
