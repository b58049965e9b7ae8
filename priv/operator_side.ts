/**
 * The operator's side of the daemon: the tree of all keys, and what the daemon tells of itself in it. The
 * sockets at which both are asked for come later; see observers.ts.
 *
 * @module
 */

import { KEYS } from "../schema/keys.ts";
import type { AuditStatus } from "./audit/audit_log.ts";
import type { AuditSink } from "./audit/event.ts";
import { TreeAudit } from "./audit/tree_audit.ts";
import type { OperatorName } from "./control/access.ts";
import type { ControlServer, ControlServerContext } from "./control/control_server.ts";
import type { AuditRecord } from "./kv/server.ts";
import type { Actor, KvChange } from "./kv/store.ts";
import { DAEMON, KvTree } from "./kv/tree.ts";
import { DaemonStatus } from "./status/daemon_status.ts";

/** What this needs of its surroundings. */
export interface OperatorSideContext {
  /** The daemon's loop. */
  readonly loop: ControlServerContext["loop"];
  /** The program's version. */
  readonly version: string;
  /** Told of what calves and operators do, and of what they may not. */
  readonly audit: AuditSink;
  /** What there is to say of the audit log; null = there is none. */
  readonly auditStatus: () => AuditStatus | null;
  /** Names and patterns for which there is no interface. */
  readonly waiting: () => readonly string[];
  /** Told that an operator wants the configuration to be read again. */
  readonly onReload: () => void;
  /** Told of what only matters when something is looked for. */
  readonly debug: (text: string) => void;
  /** Told of what is amiss. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class OperatorSide {
  /** All keys. */
  readonly tree = new KvTree(KEYS);
  /** The daemon's own. */
  readonly status: DaemonStatus;
  readonly #context: OperatorSideContext;
  readonly #audit: TreeAudit;
  #server: Pick<ControlServer, "clients" | "speaker"> | null = null;

  /** Has keys, and no socket yet. */
  constructor(context: OperatorSideContext) {
    this.#context = context;
    this.#audit = new TreeAudit(context.audit);
    this.status = new DaemonStatus(context.version);
    this.tree.mount(DAEMON, this.status.store, () => this.#measure());
    this.tree.subscribe((changes, by) => {
      this.#audit.changed(changes, by, this.#server?.speaker ?? null);
    });
    this.status.store.subscribe((changes, by) => this.#committed(changes, by));
  }

  /** A request of an interface's calf was refused. */
  refusedToCalf(interfaceName: string, record: AuditRecord): void {
    this.#audit.refusedToCalf(interfaceName, record, "calf:dhcp4");
  }

  /** What the server of the operators' socket needs of this. */
  get served(): Omit<ControlServerContext, "rule"> {
    const { loop, warn } = this.#context;
    return {
      loop,
      tree: this.tree,
      onRefused: (operator, record) => this.#audit.refusedToOperator(record, operator),
      onRejected: (operator, reason) => this.#rejected(operator, reason),
      warn,
    };
  }

  /** The server that speaks for this from now on; null = none any more. */
  attach(server: Pick<ControlServer, "clients" | "speaker"> | null): void {
    this.#server = server;
  }

  #rejected(operator: OperatorName, reason: string): void {
    const { audit, debug } = this.#context;
    debug(`${operator} cut off: ${reason}`);
    audit.record({ actor: operator, action: "connect", result: "denied", detail: reason });
  }

  #measure(): void {
    const { auditStatus, waiting } = this.#context;
    const audit = auditStatus();
    const count = (value: number | undefined): string | null =>
      value === undefined ? null : String(value);
    this.status.waitingFor(waiting());
    this.status.publish({
      "/clients": count(this.#server?.clients ?? 0),
      "/audit/file": audit?.file ?? null,
      "/audit/health": audit?.health ?? null,
      "/audit/error": audit?.error ?? null,
      "/audit/lines": count(audit?.lines),
      "/audit/lost": count(audit?.lost),
      "/audit/head": audit?.head ?? null,
    });
  }

  #committed(changes: readonly KvChange[], by: Actor): void {
    const asked = by === "operator" &&
      changes.some(({ path, text }) => path === "/request" && text === "reload");
    if (!asked) return;
    this.status.publish({ "/request": null });
    this.#context.onReload();
  }
}
