/**
 * Keys of one store as a JSON object, in the form that schema/lease.schema.json describes.
 *
 * @module
 */

import { jsonValue } from "../schema/json_form.ts";
import { type Key, splitPath } from "../schema/keys.ts";

/** A JSON value that is made here. */
export type JsonValue =
  | string
  | number
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Members in their order: a map, because `__proto__` is no member of an object. */
type Members = Map<string, JsonValue | Members>;

/** The last part of a numbered key's path. */
const NUMBER = /^[0-9]{3}$/;

/** Entries in the order of the table of keys; what this version does not know comes last, by name. */
export function inTableOrder(
  entries: Iterable<readonly [string, string]>,
  table: ReadonlyMap<string, Key>,
): [string, string][] {
  const order = (path: string) => table.get(path)?.order ?? Infinity;
  return [...entries].map(([path, text]): [string, string] => [path, text])
    .sort(([a], [b]) => {
      const byTable = order(a) === order(b) ? 0 : order(a) - order(b);
      return byTable !== 0 ? byTable : a < b ? -1 : a > b ? 1 : 0;
    });
}

/** The members below all parts but the last, made where they are missing; null where a value is in the way. */
function parentOf(root: Members, parts: readonly string[]): Members | null {
  let members = root;
  for (const part of parts.slice(0, -1)) {
    const next = members.get(part) ?? new Map();
    if (!(next instanceof Map)) return null;
    members.set(part, next);
    members = next;
  }
  return members;
}

function toJson(members: Members): JsonValue {
  const entries = [...members].map(([name, value]): [string, JsonValue] => [
    name,
    value instanceof Map ? toJson(value) : value,
  ]);
  const isArray = entries.length > 0 && entries.every(([name]) => NUMBER.test(name));
  if (isArray) return entries.map(([, value]) => value);
  return Object.fromEntries(entries);
}

/**
 * Each part of a path is a member, numbered keys are an array in their order, times and counts are numbers, lists
 * of names are arrays, and all else is text. A key that the table does not have is text, or left out where
 * another one's value is in its place.
 *
 * @param keys canonical texts by path
 * @param table what is known of them
 */
export function keysToJson(
  keys: ReadonlyMap<string, string>,
  table: ReadonlyMap<string, Key>,
): JsonValue {
  const root: Members = new Map();
  for (const [path, text] of inTableOrder(keys, table)) {
    const parts = splitPath(path);
    const last = parts.at(-1);
    const members = parentOf(root, parts);
    if (last === undefined || members === null || members.has(last)) continue;
    const key = table.get(path);
    members.set(last, key === undefined ? text : jsonValue(key.type, text));
  }
  return toJson(root);
}
