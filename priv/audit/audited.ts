/**
 * Doing something and recording how it ended.
 *
 * @module
 */

import { errorText } from "../error_text.ts";
import { removeIfThere } from "../handlers/files.ts";
import type { AuditEvent, AuditSink } from "./event.ts";

/** An event of priv whose end is not known yet. */
export type PrivAction = Omit<AuditEvent, "actor" | "result">;

/**
 * Takes a step of priv's and records it, `ok` or `failed`.
 *
 * @param detailOf what there is to say of what the step has returned
 * @returns what the step returns
 * @throws what the step throws
 */
export function audited<T>(
  sink: AuditSink,
  action: PrivAction,
  step: () => T,
  detailOf?: (result: T) => string,
): T {
  try {
    const result = step();
    const detail = detailOf === undefined ? {} : { detail: detailOf(result) };
    sink.record({ ...action, ...detail, actor: "priv", result: "ok" });
    return result;
  } catch (error) {
    sink.record({ ...action, actor: "priv", result: "failed", detail: errorText(error) });
    throw error;
  }
}

/**
 * Records the writing of a file of our own, of which only the size is of interest.
 *
 * @throws what `write` throws
 */
export function auditedWrite(
  sink: AuditSink,
  path: string,
  bytes: Uint8Array,
  write: () => void,
): void {
  const action = { action: "file-write", key: path, detail: `${bytes.length} bytes` } as const;
  audited(sink, action, write);
}

/** Removes a file, and records it unless there is none. @throws file errors */
export function auditedRemove(sink: AuditSink, path: string): void {
  let wasThere = true;
  const kept: AuditSink = { record: (event) => wasThere && sink.record(event) };
  audited(kept, { action: "file-remove", key: path }, () => wasThere = removeIfThere(path));
}
