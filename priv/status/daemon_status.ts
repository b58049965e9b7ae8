/**
 * What the daemon tells of itself, as the keys below /daemon.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { MAX_VALUE_LENGTH } from "../../schema/value_type.ts";
import { escapeText } from "../escape.ts";
import type { KvWrite } from "../kv/codec.ts";
import { KvStore } from "../kv/store.ts";
import { RecentProblems } from "./recent_problems.ts";

/** Names that are waited for and shown; as many as the table has places. */
const MAX_WAITING = 16;

/** Of the configuration's warnings, as many are shown as there are keys. */
const MAX_WARNINGS = 8;

/** See the module's description. */
export class DaemonStatus {
  /** The keys. */
  readonly store = new KvStore(DAEMON_KEYS);
  readonly #problems = new RecentProblems(this.store);

  /** Tells who the daemon is. */
  constructor(version: string) {
    this.publish({
      "/version": version,
      "/pid": String(Deno.pid),
      "/since": new Date().toISOString(),
    });
  }

  /** Something was amiss that concerns no interface. */
  noteProblem(text: string): void {
    this.#problems.add(text);
  }

  /** The names and patterns for which there is no interface. */
  waitingFor(names: readonly string[]): void {
    const writes: Record<string, string | null> = {};
    for (let n = 0; n < MAX_WAITING; n++) {
      writes[`/waiting/${String(n + 1).padStart(3, "0")}`] = names.at(n) ?? null;
    }
    this.publish(writes);
  }

  /** What the configuration is now, and what of it is not done as it says. */
  configured(file: string | null, warnings: readonly string[]): void {
    const writes: Record<string, string | null> = {};
    for (let n = 0; n < MAX_WARNINGS; n++) {
      writes[`/config/warning/00${n + 1}`] = warnings.at(n) ?? null;
    }
    const loaded = new Date().toISOString();
    this.publish({ ...writes, "/config/file": file, "/config/loaded": loaded });
  }

  /** Sets keys, or deletes those with null. What is the same as before is no change. */
  publish(values: Readonly<Record<string, string | null>>): void {
    const writes: KvWrite[] = Object.entries(values)
      .map(([path, text]) => ({
        path,
        text: text === null ? null : escapeText(text).slice(0, MAX_VALUE_LENGTH),
      }))
      .filter(({ path, text }) => text !== this.store.get(path));
    const refused = writes.length === 0 ? null : this.store.commit("priv", writes);
    if (refused !== null) throw new TypeError(`Cannot publish: ${refused.message}`);
  }
}
