/**
 * lease.json: all results of an interface in one file, for programs. schema/lease.schema.json describes it.
 *
 * @module
 */

import { KEYS } from "../../schema/keys.ts";
import { keysToJson } from "../key_json.ts";

/**
 * The text of lease.json, ending with a newline. Only keys that are shown as files are in it: of the others
 * some are for operators only, and some change all the time.
 *
 * @param keys canonical texts by path ("/lease/time"), as `KvStore.snapshot()` gives them
 */
export function leaseJson(keys: ReadonlyMap<string, string>): string {
  const shown = new Map([...keys].filter(([path]) => KEYS.get(path)?.file === true));
  return JSON.stringify(keysToJson(shown, KEYS), null, 2) + "\n";
}
