/**
 * Lines of the audit log: how an event is written, and what of a line can be read again.
 *
 * @module
 */

import { AUDIT_ACTIONS, type AuditAction, type AuditEvent, type AuditResult } from "./event.ts";

/** `prev` of the first line of a chain. */
export const NO_PREVIOUS: string = "0".repeat(64);

/** Characters of a value that are kept. */
const MAX_VALUE = 512;
/** Characters of a name that are kept: an actor, an interface, a key. */
const MAX_NAME = 256;

/** What stands in an event's line besides the event. */
export interface LinePlace {
  /** Number of the line, from 1. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** SHA-256 of the line before. */
  readonly prev: string;
}

/** A line that could be read. */
export interface AuditLine extends Omit<AuditEvent, "actor"> {
  /** Number of the line, from 1. */
  readonly seq: number;
  /** As it stands in the line. */
  readonly time: string;
  /** As it stands in the line. */
  readonly actor: string;
  /** SHA-256 of the line before. */
  readonly prev: string;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}

/** JSON leaves characters beyond ASCII as they are, and DEL. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The line of an event, without its newline; printable ASCII of some 10000 characters at most. */
export function formatLine(event: AuditEvent, { seq, timeMs, prev }: LinePlace): string {
  const members = [`"seq":${seq}`, `"time":"${new Date(timeMs).toISOString()}"`];
  const add = (name: string, value: string | null | undefined, length: number): void => {
    if (value === undefined) return;
    members.push(`"${name}":${value === null ? "null" : quote(cut(value, length))}`);
  };
  add("actor", event.actor, MAX_NAME);
  add("interface", event.interface, MAX_NAME);
  add("action", event.action, MAX_NAME);
  add("key", event.key, MAX_NAME);
  add("old", event.old, MAX_VALUE);
  add("new", event.new, MAX_VALUE);
  add("result", event.result, MAX_NAME);
  add("detail", event.detail, MAX_VALUE);
  add("prev", prev, MAX_NAME);
  return `{${members.join(",")}}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || value === null || isText(value);
}

/** Reads a line; null when it is none of ours. */
export function parseLine(text: string): AuditLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const line = value as Record<string, unknown>;
  const isLine = Number.isSafeInteger(line.seq) && isText(line.time) && isText(line.actor) &&
    isText(line.action) && Object.hasOwn(AUDIT_ACTIONS, line.action) && isText(line.result) &&
    isText(line.prev) && /^[0-9a-f]{64}$/.test(line.prev) &&
    [line.interface, line.key, line.old, line.new, line.detail].every(isTextOrNothing);
  if (!isLine) return null;
  return value as AuditLine & { action: AuditAction; result: AuditResult };
}
