/**
 * The last warnings and errors as keys, the latest first, for an operator who comes later.
 *
 * @module
 */

import { MAX_VALUE_LENGTH } from "../../schema/value_type.ts";
import { escapeText } from "../escape.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { KvStore } from "../kv/store.ts";

/** As many as the tables of keys have places below /error. */
export const MAX_PROBLEMS = 8;

/** See the module's description. */
export class RecentProblems {
  readonly #store: KvStore;
  readonly #now: () => number;
  #lines: readonly string[] = [];

  /** Writes into `store`; `now` gives milliseconds since 1970. */
  constructor(store: KvStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Remembers one. The same text again takes the place of the one before. */
  add(text: string): void {
    const line = `${new Date(this.#now()).toISOString()} ${escapeText(text)}`;
    const before = this.#lines;
    const isRepeated = before.length > 0 && withoutTime(before[0]) === withoutTime(line);
    const lines = [line.slice(0, MAX_VALUE_LENGTH), ...before.slice(isRepeated ? 1 : 0)];
    this.#lines = lines.slice(0, MAX_PROBLEMS);
    const writes: KvWrite[] = this.#lines.map((text, i) => ({ path: `/error/00${i + 1}`, text }));
    this.#store.commit("priv", writes);
  }
}

function withoutTime(line: string): string {
  return line.slice(line.indexOf(" ") + 1);
}
