/**
 * A stand-in for the audit log in unit tests.
 *
 * @module
 */

import type { AuditEvent, AuditSink } from "../audit/event.ts";

/** Keeps all events. */
export class AuditList implements AuditSink {
  /** What was recorded. */
  readonly events: AuditEvent[] = [];

  /** Keeps one. */
  record(event: AuditEvent): void {
    this.events.push(event);
  }

  /** What was recorded since the last call: interface, action, key, old, new, result, detail. */
  texts(): string[] {
    return this.events.splice(0).map((event) => {
      const { action, key, old, new: now, result, detail } = event;
      const parts = [event.interface, action, key, old, now, result, detail];
      return parts.filter((part) => part !== undefined).join(" | ");
    });
  }
}
