/**
 * The results in the run directory: one file for each key that is to be shown, as the MirageSDK
 * client showed them in /var/run/dhcp-client.
 *
 * @module
 */

import { KEYS } from "../../schema/keys.ts";
import { removeIfThere, writeAtomically } from "./files.ts";
import { leaseJson } from "./lease_json.ts";

const encoder = new TextEncoder();

/** Beside the keys' files; no key has this path. */
const LEASE_JSON = "/lease.json";

/**
 * The keys that are shown, as the table says. `/state` comes last, so that who sees BOUND
 * finds the whole lease.
 */
export const RESULT_PATHS: readonly string[] = [
  ...[...KEYS.values()].filter(({ file }) => file === true)
    .map(({ path }) => path).filter((path) => path !== "/state"),
  LEASE_JSON,
  "/state",
];

/** What is to be shown of all keys that are set: with a lease also the whole of it as one object. */
export function resultsOf(keys: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!keys.has("/ip")) return keys;
  return new Map([...keys, [LEASE_JSON, leaseJson(keys).trimEnd()]]);
}

/** Mirrors keys into files below one directory, and touches no others there. */
export class RunFiles {
  readonly #directory: string;
  readonly #paths: readonly string[];
  readonly #written = new Map<string, string>();

  /**
   * Makes the directory when it is missing, and removes a predecessor's results.
   *
   * @param directory of one interface
   * @param paths all that may ever be shown, in the order in which they are written
   * @throws file errors
   */
  constructor(directory: string, paths: readonly string[]) {
    this.#directory = directory;
    this.#paths = paths;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
    // As a rule a new directory, in which a hundred files need not be looked for.
    const isEmpty = Deno.readDirSync(directory)[Symbol.iterator]().next().done;
    if (!isEmpty) this.#removeFiles();
  }

  /**
   * Makes the files those of `entries`: path ("/lease/time") to value. A file holds the value and a
   * newline, is replaced atomically, and goes with its key.
   *
   * @throws file errors; what was not done is done by the next call
   */
  apply(entries: ReadonlyMap<string, string>): void {
    for (const path of this.#paths) {
      const value = entries.get(path);
      if (value === undefined || this.#written.get(path) === value) continue;
      const file = this.#directory + path;
      Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o755 });
      writeAtomically(file, encoder.encode(value + "\n"), { mode: 0o644, durable: false });
      this.#written.set(path, value);
    }
    for (const path of [...this.#written.keys()]) {
      if (entries.has(path)) continue;
      removeIfThere(this.#directory + path);
      this.#written.delete(path);
    }
  }

  /**
   * Removes the results, and the directories that are empty then.
   *
   * @throws the first file error, when all that can be removed is
   */
  remove(): void {
    this.#removeFiles();
    const directories = this.#paths.map((path) => path.slice(0, path.lastIndexOf("/")));
    for (const directory of [...new Set(directories)].sort().reverse()) {
      try {
        Deno.removeSync(this.#directory + directory);
      } catch {
        // Not there, or somebody else's files are in it.
      }
    }
  }

  #removeFiles(): void {
    this.#written.clear();
    const failures: unknown[] = [];
    // The state first: without it nobody takes the rest for a lease.
    for (const path of [...this.#paths].reverse()) {
      try {
        removeIfThere(this.#directory + path);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
