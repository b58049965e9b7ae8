/**
 * Takes the lines of an audit log one after the other, and sees where each does not fit the one before.
 *
 * @module
 */

import { ChainIndex } from "./chain_index.ts";
import { NO_PREVIOUS, parseLine } from "./line.ts";
import { sha256 } from "./sha256.ts";

/** A place among all lines, from 0, and what there is to say of it. */
export interface PlaceFinding {
  /** The place. */
  readonly at: number;
  /** What there is to say. */
  readonly what: string;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly seq: number | null;
  /** What the line itself says. */
  readonly prev: string | null;
  readonly hash: string;
  /** SHA-256 of the line before, as it is. */
  readonly before: string | null;
  readonly isRecord: boolean;
}

/** What follows a line, as far as it says something of that line. */
type Witness = Pick<Line, "seq" | "prev">;

const SEQ = /^\{"seq":([0-9]{1,15}),/;
const PREV = /,"prev":"([0-9a-f]{64})"\}$/;
const PREV_NAME = ',"prev":';
const PREV_LENGTH = `,"prev":"${NO_PREVIOUS}"}`.length;
const COMMA = 0x2c;

const CUT_OFF =
  "was cut off while it was written: the daemon or the machine stopped, or the disk failed";
const UNFINISHED = "is cut off: it is being written, or the daemon was stopped at that moment";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** The line as it would be after a line with the hash `prev`. */
function withPrev(bytes: Uint8Array, prev: string): Uint8Array {
  const end = String.fromCharCode(...bytes.subarray(-2 * PREV_LENGTH));
  const at = end.lastIndexOf(PREV_NAME);
  const length = at < 0 ? PREV_LENGTH : end.length - at;
  const rest = bytes.subarray(0, Math.max(0, bytes.length - length));
  return concat(rest, encoder.encode(`,"prev":"${prev}"}`));
}

/** The line as it would be with the number `seq`. */
function withSeq(bytes: Uint8Array, seq: number): Uint8Array {
  const rest = bytes.subarray(Math.max(0, bytes.indexOf(COMMA)));
  return concat(encoder.encode(`{"seq":${seq}`), rest);
}

/** See the module's description. */
export class ChainReader {
  /** All lines so far. */
  readonly index: ChainIndex = new ChainIndex();
  /** Places of lines that are none of ours, without those that were cut off. */
  readonly garbage: Set<number> = new Set();
  /** Places of lines of which something was changed that is known. */
  readonly changed: Set<number> = new Set();
  /** Places of lines that begin a file. */
  readonly rotated: Set<number> = new Set();
  /** Places of lines that follow one that was cut off. */
  readonly torn: Set<number> = new Set();
  /** What is worth knowing, and is not wrong. */
  readonly notes: PlaceFinding[] = [];
  readonly #expectedHead: string | null;
  #last: Line | null = null;
  #lastSeq: number | null = null;
  #isBroken = false;
  #headFound = false;

  /** `expectedHead` is the SHA-256 of a line that must be there, if any. */
  constructor(expectedHead: string | null) {
    this.#expectedHead = expectedHead;
  }

  /** Whether some line does not fit the one before. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether the line is there that must be. */
  get headFound(): boolean {
    return this.#headFound || this.#expectedHead === null;
  }

  /** Whether the last line is the one that must be there, so that it is as it was written. */
  get isVouched(): boolean {
    return this.#last !== null && this.#last.hash === this.#expectedHead;
  }

  /** Whether the first line is one that a log can begin with, the files before it being gone. */
  get begins(): boolean {
    return this.index.seq(0) === 1 || this.rotated.has(0);
  }

  /** SHA-256 of the last line; null when there is none. */
  get head(): string | null {
    return this.#last?.hash ?? null;
  }

  /** Takes a line; `ended` tells whether it has a newline. */
  take(bytes: Uint8Array, ended: boolean): void {
    const at = this.index.length;
    const text = decoder.decode(bytes);
    const record = parseLine(text);
    const seq = SEQ.exec(text)?.[1];
    const line: Line = {
      bytes,
      seq: seq === undefined ? null : Number(seq),
      prev: PREV.exec(text)?.[1] ?? null,
      hash: sha256(bytes),
      before: this.#last?.hash ?? null,
      isRecord: record !== null,
    };
    if (record === null && ended) this.garbage.add(at);
    if (record?.action === "rotated") this.rotated.add(at);
    if (record?.action === "torn") this.torn.add(at);
    const goesOn = this.torn.has(at) || this.rotated.has(at);
    if (this.#last !== null) this.#compare(this.#last, line, goesOn);
    this.index.add(line.seq, line.hash, line.prev);
    this.#last = line;
    if (line.isRecord) this.#lastSeq = line.seq;
    if (line.hash === this.#expectedHead) this.#headFound = true;
    if (record === null && !ended) this.notes.push({ at, what: UNFINISHED });
  }

  /** Call it after the last line: one that must have been the last may tell what was changed of it. */
  end(): void {
    const prev = this.#expectedHead;
    if (prev === null || this.#headFound || this.#last === null) return;
    if (this.#repair(this.#last, { seq: null, prev })) this.#headFound = true;
  }

  #compare(last: Line, line: Line, goesOn: boolean): void {
    const at = this.index.length - 1;
    if (line.prev === last.hash) {
      if (!last.isRecord && goesOn) {
        this.garbage.delete(at);
        this.index.repair(at, { seq: null, hash: last.hash, prev: null });
        this.notes.push({ at, what: CUT_OFF });
      }
    } else if (line.prev !== null || line.isRecord) {
      this.#isBroken = true;
      this.#repair(last, line);
    }
    // What a line that was cut off follows is not known: that the numbers go on has to do.
    const isNext = !line.isRecord || this.#lastSeq === null || line.seq === this.#lastSeq + 1;
    if (!isNext) this.#isBroken = true;
  }

  /**
   * Whether the last line would fit its witness if it named the line before it, or had another number:
   * then nothing else of it was changed.
   */
  #repair({ bytes, seq, before }: Line, witness: Witness): boolean {
    const at = this.index.length - 1;
    const hash = witness.prev;
    if (hash === null) return false;
    const prev = before ?? NO_PREVIOUS;
    if (sha256(withPrev(bytes, prev)) === hash) {
      this.index.repair(at, { seq, hash, prev });
    } else if (witness.seq !== null && sha256(withSeq(bytes, witness.seq - 1)) === hash) {
      this.index.repair(at, { seq: witness.seq - 1, hash, prev });
    } else {
      return false;
    }
    this.garbage.delete(at);
    this.changed.add(at);
    this.#isBroken = true;
    return true;
  }
}
