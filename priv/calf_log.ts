/**
 * The log pipe of a calf: bytes of an untrusted process, made into bounded, rate-limited records.
 *
 * @module
 */

import { TokenBucket } from "./kv/token_bucket.ts";

/** Syslog severities that a calf may use (RFC 5424 §6.2.1), and LogTape's word for each. */
const LEVEL_OF_SEVERITY: Record<string, CalfLogLevel> = {
  "3": "error",
  "4": "warning",
  "6": "info",
  "7": "debug",
};

/** A longer line is cut. */
const MAX_LINE = 400;
/** What a calf may cause in priv's log: much at once, but for ever no more than a disk can take. */
const BURST_LINES = 200;
const LINES_PER_SECOND = 2;

/** Level of a calf's record. */
export type CalfLogLevel = "error" | "warning" | "info" | "debug";

/** The limit of one interface's calves together; `now` gives milliseconds that never go back. */
export function calfLogLimit(now: () => number): TokenBucket {
  return new TokenBucket(BURST_LINES, LINES_PER_SECOND, now);
}

/**
 * Splits `<N>text\n` lines. A line without a known severity (a panic of the runtime, say) is an error.
 * What exceeds the limit is dropped, and how much is said once there is room again.
 */
export class CalfLog {
  readonly #emit: (level: CalfLogLevel, text: string) => void;
  readonly #bucket: TokenBucket;
  #line = "";
  #dropped = 0;

  /** `bucket` outlives the calf, lest it gains by dying; see {@link calfLogLimit}. */
  constructor(emit: (level: CalfLogLevel, text: string) => void, bucket: TokenBucket) {
    this.#emit = emit;
    this.#bucket = bucket;
  }

  /** Takes the next bytes of the pipe. */
  write(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 0x0a) this.#endLine();
      else if (this.#line.length < MAX_LINE) this.#line += String.fromCharCode(byte);
    }
  }

  /** The pipe is closed: what is left is a line too. */
  end(): void {
    if (this.#line !== "") this.#endLine();
  }

  #endLine(): void {
    const match = /^<([3467])>(.*)$/s.exec(this.#line);
    const text = match === null ? this.#line : match[2];
    const level = match === null ? "error" : LEVEL_OF_SEVERITY[match[1]];
    this.#line = "";
    if (!this.#bucket.take()) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      this.#emit("warning", `${this.#dropped} lines of the calf's log dropped: too many`);
      this.#dropped = 0;
    }
    this.#emit(level, text);
  }
}
