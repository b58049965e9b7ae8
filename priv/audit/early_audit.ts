/**
 * Events from before there is an audit log: the first calves are on their way by then.
 *
 * @module
 */

import type { AuditEvent, AuditSink } from "./event.ts";

/** Keeps events until somebody takes them. */
export class EarlyAudit implements AuditSink {
  readonly #events: AuditEvent[] = [];

  /** Keeps an event. */
  record(event: AuditEvent): void {
    this.#events.push(event);
  }

  /** Hands all events over, in their order. Their time is that of the taking. */
  handOver(sink: AuditSink): void {
    for (const event of this.#events.splice(0)) sink.record(event);
  }
}
