/**
 * Events of all stores of the daemon: who has written what, and what was refused to whom.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { covers, KEYS, splitPath } from "../../schema/keys.ts";
import type { AuditRecord } from "../kv/server.ts";
import type { Actor, KvChange } from "../kv/store.ts";
import { DAEMON, interfacePlace } from "../kv/tree.ts";
import type { AuditActor, AuditSink } from "./event.ts";
import { KvAudit } from "./kv_audit.ts";

/** See the module's description. */
export class TreeAudit {
  readonly #sink: AuditSink;
  readonly #daemon: KvAudit;

  /** Events go to `sink`. */
  constructor(sink: AuditSink) {
    this.#sink = sink;
    this.#daemon = new KvAudit(sink, { keys: DAEMON_KEYS });
  }

  /**
   * Records a commit as the tree tells it, all of whose changes are in one store.
   *
   * @param operator who it is, when `by` is "operator"
   */
  changed(changes: readonly KvChange[], by: Actor, operator: AuditActor | null): void {
    if (by === "priv" || changes.length === 0) return;
    const actor = by === "operator" ? operator ?? "operator unknown" : by;
    const [{ path }] = changes;
    const name = splitPath(path)[1];
    const isDaemon = covers(DAEMON, path);
    const place = isDaemon ? DAEMON : interfacePlace(name);
    const audit = isDaemon ? this.#daemon : this.#ofInterface(name);
    const own = changes.map((change) => ({ ...change, path: change.path.slice(place.length) }));
    audit.changed(own, by, actor);
  }

  /** Records what was refused to the calf of an interface. */
  refusedToCalf(interfaceName: string, record: AuditRecord, actor: AuditActor): void {
    this.#ofInterface(interfaceName).refused(record, actor);
  }

  /** Records what was refused to an operator. */
  refusedToOperator(record: AuditRecord, operator: AuditActor): void {
    this.#daemon.refused(record, operator);
  }

  #ofInterface(name: string): KvAudit {
    return new KvAudit(this.#sink, { interface: name, keys: KEYS });
  }
}
