/**
 * Lines of the audit log for people.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import type { AuditLine } from "./line.ts";

/** The parts of a line, for whoever wants to show them in columns or colours. Printable ASCII. */
export interface ShownLine {
  /** As RFC 3339 has it. */
  readonly time: string;
  /** Who did it. */
  readonly actor: string;
  /** The interface; "-" without one. */
  readonly interface: string;
  /** What was done. */
  readonly action: string;
  /** What it was done to, and `old -> new`; may be empty. */
  readonly change: string;
  /** `ok`, `denied` or `failed`. */
  readonly result: string;
  /** Whatever else there is to say; may be empty. */
  readonly detail: string;
}

/** Nothing is shown as nothing, and what could be taken for two words in quotation marks. */
function shown(value: string | null): string {
  if (value === null) return "(none)";
  return value === "" || /[\s"]/.test(value) ? JSON.stringify(value) : value;
}

function changeText({ key, old, new: now }: AuditLine): string {
  const words: string[] = [];
  if (key !== undefined) words.push(shown(key));
  if (old !== undefined && now !== undefined) words.push(`${shown(old)} -> ${shown(now)}`);
  else if (now !== undefined) words.push(`-> ${shown(now)}`);
  else if (old !== undefined) words.push(shown(old));
  return words.join(" ");
}

/** What is to be shown of a line. */
export function showLine(line: AuditLine): ShownLine {
  return {
    time: escapeText(line.time),
    actor: escapeText(line.actor),
    interface: escapeText(line.interface ?? "-"),
    action: escapeText(line.action),
    change: escapeText(changeText(line)),
    result: escapeText(line.result),
    detail: escapeText(line.detail ?? ""),
  };
}

/** A line in one line of text: time, actor, interface, action, key, old -> new, result: detail. */
export function formatShown(line: ShownLine): string {
  const { time, actor, action, change, result, detail } = line;
  const end = detail === "" ? result : `${result}: ${detail}`;
  return [time, actor, line.interface, action, change, end].filter((part) => part !== "").join(" ");
}
