/**
 * Events of a store of keys: what a calf or an operator has written, deleted, or was refused.
 *
 * @module
 */

import { type Key, rightOf } from "../../schema/keys.ts";
import type { AuditRecord } from "../kv/server.ts";
import type { Actor, KvChange } from "../kv/store.ts";
import type { AuditActor, AuditEvent, AuditSink } from "./event.ts";

/** Stands for a value that operators may not read. */
export const SECRET = "(secret)";

/** Which store it is. */
export interface KvAuditOptions {
  /** The interface that it is of; none for the daemon's own. */
  readonly interface?: string;
  /** Its table. */
  readonly keys: ReadonlyMap<string, Key>;
}

/** Records what happens to one store. */
export class KvAudit {
  readonly #sink: AuditSink;
  readonly #place: { readonly interface?: string };
  readonly #keys: ReadonlyMap<string, Key>;

  /** Events go to `sink`. */
  constructor(sink: AuditSink, options: KvAuditOptions) {
    this.#sink = sink;
    this.#place = options.interface === undefined ? {} : { interface: options.interface };
    this.#keys = options.keys;
  }

  /**
   * Records a commit, as the store's listeners are told of it: an event for each key that has another
   * value now, and one for all that have the same. What priv writes, and measurements, are no events.
   *
   * @param by as the store says
   * @param actor who that is, for the log
   */
  changed(changes: readonly KvChange[], by: Actor, actor: AuditActor): void {
    if (by === "priv") return;
    let unchanged = 0;
    for (const { path, text, previous } of changes) {
      const key = this.#keys.get(path);
      if (key?.volatile === true) continue;
      if (text === previous) {
        unchanged++;
        continue;
      }
      const show = (value: string | null): string | null =>
        value === null || this.#isOpen(key) ? value : SECRET;
      this.#record({
        actor,
        action: text === null ? "delete" : "write",
        key: path,
        old: show(previous),
        new: show(text),
        result: "ok",
      });
    }
    if (unchanged > 0) {
      const detail = `${unchanged} ${unchanged === 1 ? "key" : "keys"} unchanged`;
      this.#record({ actor, action: "rewrite", result: "ok", detail });
    }
  }

  /** Records a request that was refused. */
  refused({ operation, key, reason }: AuditRecord, actor: AuditActor): void {
    this.#record({ actor, action: operation, key, result: "denied", detail: reason });
  }

  #isOpen(key: Key | undefined): boolean {
    return key !== undefined && rightOf("operator", key)?.includes("r") === true;
  }

  #record(event: AuditEvent): void {
    const { actor, ...rest } = event;
    this.#sink.record({ actor, ...this.#place, ...rest });
  }
}
