/**
 * The forms of a log line: for people, `key=value` (logfmt), or one JSON object. A line is printable
 * ASCII without a newline, shorter than a pipe takes in one piece (`priv/line_writer.ts`).
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import type { LogFormat } from "../service_options.ts";
import { fieldsOf, type LogFields, originText } from "./fields.ts";

const LEVEL_TEXT: Readonly<Record<string, string>> = {
  fatal: "FATAL",
  error: "ERROR",
  warning: "WARN ",
  info: "INFO ",
  debug: "DEBUG",
  trace: "TRACE",
};

/** Terminal colours by level (ECMA-48 SGR parameters). */
const LEVEL_COLOUR: Readonly<Record<string, string>> = {
  fatal: "1;31",
  error: "31",
  warning: "33",
  info: "32",
  debug: "2",
  trace: "2",
};

/** What logfmt may leave without quotes. */
const BARE = /^[A-Za-z0-9_.:/@+-]+$/;

/**
 * One log line, without its newline.
 *
 * @param colour whether the level of a line for people is coloured; the only control characters
 */
export function formatRecord(record: LogRecord, format: LogFormat, colour: boolean): string {
  const fields = fieldsOf(record);
  if (format === "json") return JSON.stringify(Object.fromEntries(pairs(fields)));
  if (format === "kv") return pairs(fields).map(keyValue).join(" ");
  return formatText(fields, colour);
}

function formatText(fields: LogFields, colour: boolean): string {
  const { time, level, message } = fields;
  const text = LEVEL_TEXT[level] ?? level;
  const shown = colour ? `\x1b[${LEVEL_COLOUR[level] ?? "0"}m${text}\x1b[0m` : text;
  return `${time} ${shown} ${originText(fields)}: ${message}`;
}

/** `interface` and `untrusted` are there only where they say something. */
function pairs(fields: LogFields): [string, string | number | boolean][] {
  const { time, level, source, interfaceName, untrusted, message, properties } = fields;
  return [
    ["time", time],
    ["level", level],
    ["source", source],
    ...interfaceName === null ? [] : [["interface", interfaceName] as [string, string]],
    ...untrusted ? [["untrusted", true] as [string, boolean]] : [],
    ["msg", message],
    ...properties.map(([name, value]): [string, string | number | boolean] => [name, value]),
  ];
}

/** The message is always quoted, whatever it is. */
function keyValue([name, value]: [string, string | number | boolean]): string {
  const text = String(value);
  if (name !== "msg" && BARE.test(text)) return `${name}=${text}`;
  return `${name}="${text.replace(/["\\]/g, "\\$&")}"`;
}
