/**
 * How the values of the store look in JSON, for lease.json and the operator's commands.
 *
 * @module
 */

import type { ValueType } from "./value_type.ts";

/** A JSON value's kind: a number, an array of strings, or a string. */
export type JsonForm = "integer" | "list" | "string";

const FORMS: Readonly<Record<string, JsonForm>> = {
  Seconds: "integer",
  Count: "integer",
  Mtu: "integer",
  DomainNameList: "list",
};

/** The form of a type's values. `infinite` is the number 4294967295 (RFC 2131 §3.3). */
export function jsonForm({ name }: ValueType<unknown>): JsonForm {
  return FORMS[name] ?? "string";
}

/** A value in its form; text that its type does not accept stays text. */
export function jsonValue(type: ValueType<unknown>, text: string): number | string[] | string {
  const form = jsonForm(type);
  if (form === "string") return text;
  const parsed = type.parse(text);
  if (!parsed.ok) return text;
  return form === "integer" ? Number(parsed.value) : text.split(" ");
}
