/**
 * Audit logs for unit tests.
 *
 * @module
 */

import type { AuditStore, ChainEnd } from "../audit/audit_file.ts";
import type { AuditEvent } from "../audit/event.ts";
import { formatLine, NO_PREVIOUS } from "../audit/line.ts";
import { sha256 } from "../audit/sha256.ts";

/** Some event; `n` makes it another one. */
export function eventOf(n: number): AuditEvent {
  const old = n === 0 ? null : `192.0.2.${n}/24`;
  const now = `192.0.2.${n + 1}/24`;
  const place = { interface: "eth0", action: "write", key: "/ip" } as const;
  return { actor: "calf:dhcp4", ...place, old, new: now, result: "ok" };
}

/** The lines of a chain of events, without newlines; `before` = the number and hash that it follows. */
export function chainOf(
  events: readonly AuditEvent[],
  before: { readonly seq: number; readonly prev: string } = { seq: 0, prev: NO_PREVIOUS },
): string[] {
  let { seq, prev } = before;
  return events.map((event) => {
    const line = formatLine(event, { seq: ++seq, timeMs: 1_700_000_000_000 + seq, prev });
    prev = sha256(line);
    return line;
  });
}

const EMPTY: ChainEnd = { seq: 0, last: null, isWhole: false, endsLine: true, isRotated: false };

/** A file that lives in memory, on a disk that may be full. */
export class FakeStore implements AuditStore {
  readonly path = "/state/audit.log";
  readonly end: ChainEnd = EMPTY;
  /** What it holds. */
  text = "";
  /** What was rotated away, oldest first. */
  readonly older: string[] = [];
  /** Bytes for which the disk has room. */
  room = Infinity;
  /** When set, writing fails with this error number. */
  errno: number | null = null;
  /** Whether the end can be cut off. */
  canCut = true;
  /** How often it was written to. */
  writes = 0;
  /** Whether it was closed. */
  closed = false;

  /** Length in bytes. */
  get size(): number {
    return this.text.length;
  }

  /** Writes as much as there is room for. */
  write(bytes: Uint8Array): number {
    this.writes++;
    if (this.errno !== null) return -this.errno;
    const length = Math.min(bytes.length, this.room);
    if (length === 0) return -28; // ENOSPC
    this.room -= length;
    this.text += new TextDecoder().decode(bytes.subarray(0, length));
    return length;
  }

  /** Cuts the text. */
  cut(size: number): void {
    if (!this.canCut) throw new Error("Cannot truncate: EIO (5)");
    this.room += this.text.length - size;
    this.text = this.text.slice(0, size);
  }

  /** Begins a new text. */
  rotate(): void {
    this.older.push(this.text);
    this.text = "";
  }

  /** Remembers it. */
  close(): void {
    this.closed = true;
  }
}
