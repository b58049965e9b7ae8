/**
 * What a log record says, in parts that are safe to write: escaped, of bounded length, and marked
 * when it is the word of a calf.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { escapeText } from "../escape.ts";

/** Longest message in characters; the longest line of any format is made of it, see format_test.ts. */
export const MAX_MESSAGE = 1400;
const MAX_PROPERTIES = 6;
const MAX_VALUE = 64;
/** Longest name of an interface, each byte of it escaped: IFNAMSIZ - 1 of linux/if.h, times 4. */
const MAX_INTERFACE = 60;

/** Names of properties that become fields. */
const PROPERTY_NAME = /^[A-Za-z][A-Za-z0-9_]{0,23}$/;
/** Names that every record has; a property of the same name is in the message only. */
const TAKEN: readonly string[] = ["time", "level", "source", "interface", "untrusted", "msg"];

/** Syslog severities (RFC 5424 §6.2.1) by LogTape's levels. */
const SEVERITIES: Readonly<Record<string, number>> = {
  fatal: 2,
  error: 3,
  warning: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

/** The parts of a record. All texts are printable ASCII. */
export interface LogFields {
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: string;
  /** LogTape's level: `error`, `warning`, `info`, `debug`, rarely `fatal` or `trace`. */
  readonly level: string;
  /** Syslog severity of the level, 2 to 7. */
  readonly severity: number;
  /** Who says it: `priv` or `calf`, or `logtape` when a sink has failed. */
  readonly source: string;
  /** The interface that it is about, or null. */
  readonly interfaceName: string | null;
  /** It is the word of a sandboxed process, and may be a lie. */
  readonly untrusted: boolean;
  /** What it says, at most {@link MAX_MESSAGE} characters. */
  readonly message: string;
  /** The plain values among the record's properties, at most 6, that the message does not consist of. */
  readonly properties: readonly (readonly [name: string, value: string | number | boolean])[];
}

/** Cuts printable text, and shows that it is cut. */
export function cutText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 3)}...`;
}

/** Takes a record apart. */
export function fieldsOf(record: LogRecord): LogFields {
  const { category, level, timestamp } = record;
  const [source, interfaceName] = category;
  const message = escapeText(record.message.map(String).join(""));
  return {
    time: new Date(timestamp).toISOString(),
    level,
    severity: SEVERITIES[level] ?? SEVERITIES.error,
    source,
    interfaceName: interfaceName === undefined
      ? null
      : cutText(escapeText(interfaceName), MAX_INTERFACE),
    untrusted: source === "calf",
    message: cutText(message, MAX_MESSAGE),
    properties: plainProperties(record.properties, message),
  };
}

/** `priv`, `priv eth0` or `untrusted calf eth0`: what stands before a message that people read. */
export function originText({ source, interfaceName, untrusted }: LogFields): string {
  const who = untrusted ? `untrusted ${source}` : source;
  return interfaceName === null ? who : `${who} ${interfaceName}`;
}

function plainProperties(
  properties: Readonly<Record<string, unknown>>,
  message: string,
): [string, string | number | boolean][] {
  const plain: [string, string | number | boolean][] = [];
  for (const [name, value] of Object.entries(properties)) {
    if (plain.length === MAX_PROPERTIES) break;
    if (!PROPERTY_NAME.test(name) || TAKEN.includes(name)) continue;
    if (typeof value === "boolean" || Number.isFinite(value)) {
      plain.push([name, value as boolean | number]);
    } else if (typeof value === "string" || typeof value === "bigint") {
      const text = escapeText(String(value));
      if (text !== message) plain.push([name, cutText(text, MAX_VALUE)]);
    }
  }
  return plain;
}
