/**
 * Warnings and errors for whoever shows the last of them to the operator.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { cutText, fieldsOf } from "./fields.ts";
import type { RecordSink } from "./sink.ts";

/** Longest text in characters, that of a key's value (`LineText` of schema/status_values.ts). */
const MAX_TEXT = 512;
/** Syslog's "warning" and all that is worse. */
const WARNING = 4;

/**
 * Told of each warning and error.
 *
 * @param interfaceName the interface that it is about, or null
 * @param level how bad it is
 * @param text 1 to 512 printable ASCII characters; what a calf says begins with `untrusted calf: `
 */
export type ProblemListener = (
  interfaceName: string | null,
  level: "error" | "warning",
  text: string,
) => void;

/** A sink for a listener. A problem that the listener itself has is not told again. */
export function problemSink(listener: ProblemListener): RecordSink {
  let isTelling = false;
  return (record: LogRecord) => {
    const { severity, interfaceName, untrusted, source, message } = fieldsOf(record);
    if (isTelling || severity > WARNING) return;
    isTelling = true;
    try {
      const text = cutText(untrusted ? `untrusted ${source}: ${message}` : message, MAX_TEXT);
      listener(interfaceName, severity === WARNING ? "warning" : "error", text || "no text");
    } finally {
      isTelling = false;
    }
  };
}
