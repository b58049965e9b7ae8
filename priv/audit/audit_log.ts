/**
 * The audit log: takes events, and writes them as a chain of lines at the end of each turn of the
 * daemon's loop. A disk that is full costs events, never the daemon.
 *
 * @module
 */

import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { Backoff } from "../backoff.ts";
import { errorText } from "../error_text.ts";
import { escapeText } from "../escape.ts";
import type { EventLoop, Timer } from "../event_loop.ts";
import { ActorLimits } from "./actor_limits.ts";
import { AuditFile, type AuditFileOptions, type AuditStore } from "./audit_file.ts";
import type { AuditAction, AuditEvent, AuditSink } from "./event.ts";
import { formatLine, NO_PREVIOUS } from "./line.ts";
import { sha256 } from "./sha256.ts";

/** Events that wait for a disk that is full; those beyond are lost. */
export const MAX_QUEUE = 1024;

/** How long what an actor did too much of is counted before it is told. */
export const SUMMARY_MS = 10_000;

/** Pauses between attempts to write. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const RETRY_QUIET_MS = 120_000;

/** A message of `/daemon/audit/error`. */
const MAX_ERROR = 512;

/** How an {@link AuditLog} is made. */
export interface AuditLogOptions extends Omit<AuditFileOptions, "group"> {
  /** A file of this length is rotated; it is longer by one line at most. */
  readonly maxBytes: number;
  /** Number of the group that may read it; none by default. */
  readonly group?: number | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The daemon's loop. */
  readonly loop: Pick<EventLoop, "now" | "after">;
  /** Opens the file, for tests. */
  readonly openStore?: () => AuditStore;
}

/** What there is to say of an audit log. */
export interface AuditStatus {
  /** The file that is written. */
  readonly file: string;
  /** Whether it can be. */
  readonly health: "ok" | "failing";
  /** Why not, in printable ASCII; null when it can. */
  readonly error: string | null;
  /** Lines in the chain. */
  readonly lines: number;
  /** Events that were lost because they could not be written. */
  readonly lost: number;
  /** SHA-256 of the last line; null when there is none. */
  readonly head: string | null;
}

interface Waiting {
  readonly event: AuditEvent;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

interface Batch {
  readonly bytes: Uint8Array;
  /** For each line: where it ends in the bytes, and its SHA-256. */
  readonly lines: readonly { readonly end: number; readonly head: string }[];
}

const encoder = new TextEncoder();

/** See the module's description. */
export class AuditLog implements AuditSink {
  readonly #options: AuditLogOptions;
  readonly #limits: ActorLimits;
  readonly #retry = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_QUIET_MS);
  #store: AuditStore | null = null;
  #queue: Waiting[] = [];
  /** A line about the file itself, which comes before all that wait. */
  #mark: Waiting | null = null;
  /** A newline that a line before lacks. */
  #lead = "";
  #seq = 0;
  /** The last line, or its SHA-256 once somebody has needed it. */
  #last: Uint8Array | string = NO_PREVIOUS;
  #error: string | null = null;
  #lost = 0;
  /** Of these, the log does not tell yet. */
  #lostUntold = 0;
  /** It could not be written, and does not say so yet. */
  #behind = false;
  #retryTimer: Timer | null = null;
  #summaryTimer: Timer | null = null;

  private constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#limits = new ActorLimits(() => options.loop.now());
  }

  /** Opens the log, and goes on with the chain that is there. Never throws: see {@link status}. */
  static open(options: AuditLogOptions): AuditLog {
    const log = new AuditLog(options);
    try {
      log.#open();
    } catch (error) {
      log.#failed(error);
    }
    return log;
  }

  /** What there is to say now. */
  get status(): AuditStatus {
    const head = this.#head();
    return {
      file: this.#store?.path ?? this.#options.file,
      health: this.#error === null ? "ok" : "failing",
      error: this.#error,
      lines: this.#seq,
      lost: this.#lost,
      head: head === NO_PREVIOUS ? null : head,
    };
  }

  /** How many events wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes an event, unless its actor does too much. Only queues it, and never throws. */
  record(event: AuditEvent): void {
    if (!this.#limits.take(event)) {
      this.#summaryTimer ??= this.#options.loop.after(SUMMARY_MS, () => {
        this.#summarise();
        this.flush();
      });
      return;
    }
    this.#add(event);
  }

  /**
   * Writes what waits. Called at the end of each turn of the loop; while the file cannot be written, an
   * attempt is made from time to time only. Never throws.
   */
  flush(): void {
    if (this.#retryTimer === null) this.#write();
  }

  /** Writes what waits, if that can be done, and lets another daemon have the file. Call it once. */
  close(): void {
    this.#summarise();
    this.#retryTimer?.cancel();
    this.#write();
    this.#retryTimer?.cancel();
    this.#drop();
  }

  #add(event: AuditEvent): void {
    if (this.#queue.length >= MAX_QUEUE) this.flush();
    if (this.#queue.length < MAX_QUEUE) this.#queue.push(this.#stamped(event));
    else {
      this.#lost++;
      this.#lostUntold++;
    }
  }

  #summarise(): void {
    this.#summaryTimer?.cancel();
    this.#summaryTimer = null;
    for (const event of this.#limits.summaries()) this.#add(event);
  }

  #stamped(event: AuditEvent): Waiting {
    return { event, timeMs: this.#options.now() };
  }

  #own(action: AuditAction, detail?: string): Waiting {
    const said = detail === undefined ? {} : { detail };
    return this.#stamped({ actor: "priv", action, result: "ok", ...said });
  }

  #head(): string {
    if (typeof this.#last !== "string") this.#last = sha256(this.#last);
    return this.#last;
  }

  #open(): AuditStore {
    const { openStore, group = null } = this.#options;
    const store = openStore?.() ?? new AuditFile({ ...this.#options, group });
    const { seq, last, isWhole, endsLine, isRotated } = store.end;
    this.#store = store;
    this.#seq = seq;
    this.#last = last ?? NO_PREVIOUS;
    this.#lead = endsLine || isRotated ? "" : "\n";
    this.#mark = null;
    if (isRotated) this.#mark = this.#own("rotated");
    else if (last !== null && !isWhole) this.#mark = this.#own("torn", `${last.length} bytes`);
    return store;
  }

  #write(): void {
    try {
      const store = this.#store ?? this.#open();
      while (this.#mark !== null || this.#queue.length > 0 || this.#behind) {
        // After what waited, for that is where the lost ones would stand.
        if (this.#mark === null && this.#queue.length === 0) this.#tellLost();
        if (store.size >= this.#options.maxBytes) this.#rotate(store);
        this.#append(store, this.#batch(this.#options.maxBytes - store.size));
      }
      if (this.#error !== null) this.#options.warn("audit log: it can be written again");
      this.#error = null;
    } catch (error) {
      this.#failed(error);
    }
  }

  #tellLost(): void {
    this.#queue.push(this.#own("audit-resumed", `${this.#lostUntold} events lost`));
    this.#lostUntold = 0;
    this.#behind = false;
  }

  /** As many lines as fit into `room` bytes, and one more. */
  #batch(room: number): Batch {
    let text = this.#lead;
    let prev = this.#head();
    let seq = this.#seq;
    const lines: { end: number; head: string }[] = [];
    const waiting = this.#mark === null ? this.#queue : [this.#mark, ...this.#queue];
    for (const { event, timeMs } of waiting) {
      const line = formatLine(event, { seq: ++seq, timeMs, prev });
      prev = sha256(line);
      text += `${line}\n`;
      lines.push({ end: text.length, head: prev });
      if (text.length >= room) break;
    }
    return { bytes: encoder.encode(text), lines };
  }

  /** Writes whole lines only: what is left of one that does not fit is cut off again. */
  #append(store: AuditStore, { bytes, lines }: Batch): void {
    const before = store.size;
    const written = store.write(bytes);
    const whole = lines.filter(({ end }) => end <= written);
    for (const { head } of whole) this.#wrote(head);
    if (written === bytes.length) return;
    const end = whole.at(-1)?.end ?? 0;
    if (written > end) this.#cut(store, before + end);
    throw new ErrnoError(`write ${store.path}`, written < 0 ? -written : Errno.ENOSPC);
  }

  #cut(store: AuditStore, size: number): void {
    try {
      store.cut(size);
    } catch (error) {
      this.#drop(); // whoever opens it finds a torn line
      throw error;
    }
  }

  #wrote(head: string): void {
    this.#seq++;
    this.#last = head;
    this.#lead = "";
    if (this.#mark === null) this.#queue.shift();
    else this.#mark = null;
  }

  #rotate(store: AuditStore): void {
    try {
      store.rotate();
    } catch (error) {
      this.#drop(); // it may lie under another name by now
      throw error;
    }
    this.#lead = "";
    this.#mark = this.#own("rotated");
  }

  #failed(error: unknown): void {
    const reason = escapeText(errorText(error)).slice(0, MAX_ERROR);
    if (this.#error === null) this.#options.warn(`audit log: ${reason}`);
    this.#error = reason;
    this.#behind = true;
    const { loop } = this.#options;
    this.#retryTimer?.cancel();
    this.#retryTimer = loop.after(this.#retry.failed(loop.now()), () => {
      this.#retryTimer = null;
      this.#write();
    });
  }

  #drop(): void {
    this.#store?.close();
    this.#store = null;
  }
}
