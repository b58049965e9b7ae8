/**
 * Cap'n Proto for the messages of schema/kv.capnp, without allocation: the constants, and an
 * encoder for `Request` (https://capnproto.org/encoding.html); capnp_response.ts reads the answers.
 * One message is one segment in stream framing; objects lie in pre-order, byte for byte as the
 * `capnp` tool writes them.
 *
 * @module
 */

import { copyBytes, fillBytes } from "./bytes.ts";

/** Bytes of the longest message. */
export const CAPNP_MAX_MESSAGE: i32 = 16384;
/** How many changes a commit, or an answer to a subscription, can have. */
export const CAPNP_MAX_CHANGES: i32 = 128;

/** Discriminant of `Request.write`. */
export const REQUEST_WRITE: i32 = 0;
/** Discriminant of `Request.read`. */
export const REQUEST_READ: i32 = 1;
/** Discriminant of `Request.delete`. */
export const REQUEST_DELETE: i32 = 2;
/** Discriminant of `Request.watch`. */
export const REQUEST_WATCH: i32 = 3;
/** Discriminant of `Request.commit`. */
export const REQUEST_COMMIT: i32 = 4;
/** Discriminant of `Request.subscribe`. */
export const REQUEST_SUBSCRIBE: i32 = 5;
/** Discriminant of `Change.write`. */
export const CHANGE_WRITE: i32 = 0;
/** Discriminant of `Change.delete`. */
export const CHANGE_DELETE: i32 = 1;
/** Discriminant of `Response.ok`. */
export const RESPONSE_OK: i32 = 0;
/** Discriminant of `Response.error`. */
export const RESPONSE_ERROR: i32 = 1;
/** Discriminant of `Response.changes`. */
export const RESPONSE_CHANGES: i32 = 2;

/** Kind of a pointer, its two lowest bits: to a struct. */
export const POINTER_STRUCT: u32 = 0;
/** Kind of a pointer, its two lowest bits: to a list. */
export const POINTER_LIST: u32 = 1;
/** Element size of a list pointer: bytes, as Data and Text are. */
export const ELEMENT_BYTE: u32 = 2;
/** Element size of a list pointer: pointers. */
export const ELEMENT_POINTER: u32 = 6;
/** Element size of a list pointer: structs behind a tag word. */
export const ELEMENT_COMPOSITE: u32 = 7;

/** Request and Change both have one data word and two pointers (path, union): in a pointer's half. */
const STRUCT_SIZES: u32 = 0x00020001;
const STRUCT_BYTES: i32 = 24;

/** Where the root pointer lies: after the framing. */
export const ROOT_AT: i32 = 8;
/** Where the parts of a Request lie: after the root pointer. */
const REQUEST_AT: i32 = 16;
const PATH_AT: i32 = 24;
const UNION_AT: i32 = 32;
const CONTENT_AT: i32 = 40;
/** The changes of a commit: a tag word, then room for as many as there may be. */
const CHANGES_AT: i32 = 48;
const CHANGES_END: i32 = CHANGES_AT + CAPNP_MAX_CHANGES * STRUCT_BYTES;

/**
 * Builds one Request at a time in `bytes`. When something does not fit, `failed` is set, and stays
 * set until the next `begin()`; `finish()` then returns 0.
 */
export class RequestEncoder {
  /** The message after `finish()`. (The excess is room that a commit gives back in the end.) */
  readonly bytes: Uint8Array = new Uint8Array(CAPNP_MAX_MESSAGE + CHANGES_END - CHANGES_AT);
  /** True when the message does not fit. */
  failed: bool = false;
  private end: i32 = 0;
  private changes: i32 = 0;
  private committing: bool = false;

  /** Begins a Request with the discriminant `kind`; for `REQUEST_COMMIT` the changes follow. */
  begin(id: i32, kind: i32): void {
    const buf: Uint8Array = this.bytes;
    fillBytes(buf, 0, CHANGES_AT, 0);
    putLe32(buf, ROOT_AT + 4, STRUCT_SIZES);
    putLe32(buf, REQUEST_AT, u32(id));
    buf[REQUEST_AT + 4] = u8(kind);
    this.failed = false;
    this.changes = 0;
    this.committing = kind === REQUEST_COMMIT;
    this.end = CONTENT_AT;
    if (this.committing) {
      this.putList(PATH_AT, CONTENT_AT, ELEMENT_POINTER, 0);
      this.end = CHANGES_END;
    }
  }

  /** The Request's path: see {@linkcode RequestEncoder.addChange}. Not for a commit. */
  path(path: string, index: i32): void {
    this.putPath(PATH_AT, path, "", index);
  }

  /** The value of a `REQUEST_WRITE`, `buf[at..at+len)`; after `path()`. */
  value(buf: Uint8Array, at: i32, len: i32): void {
    this.putData(UNION_AT, buf, at, len);
  }

  /**
   * Adds a Change with the discriminant `kind`. Its path is split at each `/` (`"/lease/time"`;
   * `""` is the root); a `name` that is not empty becomes one more part, and an `index` ≥ 0 one of
   * three digits.
   */
  addChange(kind: i32, path: string, name: string, index: i32): void {
    if (this.changes >= CAPNP_MAX_CHANGES) this.failed = true;
    if (this.failed) return;
    const at: i32 = CHANGES_AT + this.changes * STRUCT_BYTES;
    this.changes += 1;
    fillBytes(this.bytes, at, STRUCT_BYTES, 0);
    this.bytes[at] = u8(kind);
    this.putPath(at + 8, path, name, index);
  }

  /** The value of the Change that was added last, a `CHANGE_WRITE`: `buf[at..at+len)`. */
  changeValue(buf: Uint8Array, at: i32, len: i32): void {
    if (!this.failed) this.putData(CHANGES_AT + this.changes * STRUCT_BYTES - 8, buf, at, len);
  }

  /** Completes the message. Returns its length in bytes, or 0 when it does not fit. */
  finish(): i32 {
    if (this.failed) return 0;
    if (this.committing) this.closeChanges();
    if (this.end > CAPNP_MAX_MESSAGE) return 0;
    // Framing: one segment (its number less one, 0), and its length in words.
    putLe32(this.bytes, 4, u32((this.end - ROOT_AT) >> 3));
    return this.end;
  }

  /** Gives the room of changes that were not made back, so that their contents follow at once. */
  private closeChanges(): void {
    const buf: Uint8Array = this.bytes;
    const structsEnd: i32 = CHANGES_AT + this.changes * STRUCT_BYTES;
    const unused: i32 = CHANGES_END - structsEnd;
    copyBytes(buf, structsEnd, buf, CHANGES_END, this.end - CHANGES_END);
    this.end -= unused;
    for (let at: i32 = CHANGES_AT; at < structsEnd; at += STRUCT_BYTES) {
      shortenPointer(buf, at + 8, unused);
      shortenPointer(buf, at + 16, unused);
    }
    putLe32(buf, CONTENT_AT, u32(this.changes << 2));
    putLe32(buf, CONTENT_AT + 4, STRUCT_SIZES);
    this.putList(UNION_AT, CONTENT_AT, ELEMENT_COMPOSITE, this.changes * 3);
  }

  /** A path as a List(Text); see `addChange()`. */
  private putPath(pointerAt: i32, path: string, name: string, index: i32): void {
    let parts: i32 = (name.length > 0 ? 1 : 0) + (index >= 0 ? 1 : 0);
    for (let i: i32 = 0; i < path.length; i++) {
      if (i32(path.charCodeAt(i)) === 47) parts += 1;
    }
    if (path.length > 0 && i32(path.charCodeAt(0)) !== 47) this.failed = true;
    const listAt: i32 = this.reserve(parts * 8);
    if (this.failed) return;
    this.putList(pointerAt, listAt, ELEMENT_POINTER, parts);
    let part: i32 = 0;
    let from: i32 = 1;
    while (from <= path.length) {
      let to: i32 = from;
      while (to < path.length && i32(path.charCodeAt(to)) !== 47) to += 1;
      this.putText(listAt + part * 8, path, from, to);
      part += 1;
      from = to + 1;
    }
    if (name.length > 0) {
      this.putText(listAt + part * 8, name, 0, name.length);
      part += 1;
    }
    if (index >= 0) this.putIndex(listAt + part * 8, index);
  }

  /** A Text: the characters and a zero byte, which the length counts. */
  private putText(pointerAt: i32, s: string, from: i32, to: i32): void {
    const at: i32 = this.reserve(to - from + 1);
    if (this.failed) return;
    for (let i: i32 = from; i < to; i++) this.bytes[at + i - from] = u8(i32(s.charCodeAt(i)));
    this.putList(pointerAt, at, ELEMENT_BYTE, to - from + 1);
  }

  /** A Text of three digits. */
  private putIndex(pointerAt: i32, index: i32): void {
    const at: i32 = this.reserve(4);
    if (this.failed) return;
    this.bytes[at] = u8(48 + i32(index / 100) % 10);
    this.bytes[at + 1] = u8(48 + i32(index / 10) % 10);
    this.bytes[at + 2] = u8(48 + index % 10);
    this.putList(pointerAt, at, ELEMENT_BYTE, 4);
  }

  /** A copy of `buf[from..from+len)` as Data. */
  private putData(pointerAt: i32, buf: Uint8Array, from: i32, len: i32): void {
    const at: i32 = this.reserve(len);
    if (this.failed) return;
    copyBytes(this.bytes, at, buf, from, len);
    this.putList(pointerAt, at, ELEMENT_BYTE, len);
  }

  /** A list pointer from `pointerAt` to `at`; a composite counts words, not elements. */
  private putList(pointerAt: i32, at: i32, elementSize: u32, count: i32): void {
    const words: i32 = (at - pointerAt - 8) >> 3;
    putLe32(this.bytes, pointerAt, u32(u32(words << 2) | POINTER_LIST));
    putLe32(this.bytes, pointerAt + 4, u32(u32(count << 3) | elementSize));
  }

  /** Room for `len` bytes in whole words of zeros; sets `failed` when there is none. */
  private reserve(len: i32): i32 {
    const at: i32 = this.end;
    if (len < 0 || len > this.bytes.length - at - 7) {
      this.failed = true;
      return 0;
    }
    const rounded: i32 = (len + 7) & ~7;
    fillBytes(this.bytes, at, rounded, 0);
    this.end = at + rounded;
    return at;
  }
}

/** Moves the target of a pointer `bytes` nearer, unless it is a null pointer. */
function shortenPointer(buf: Uint8Array, at: i32, bytes: i32): void {
  const low: u32 = getLe32(buf, at);
  if (low !== 0) putLe32(buf, at, u32(low - u32(bytes >> 1)));
}

/** Reads the unsigned 32-bit number at `at`, least significant byte first. */
export function getLe32(buf: Uint8Array, at: i32): u32 {
  return u32(
    u32(buf[at]) | (u32(buf[at + 1]) << 8) | (u32(buf[at + 2]) << 16) | (u32(buf[at + 3]) << 24),
  );
}

function putLe32(buf: Uint8Array, at: i32, v: u32): void {
  buf[at] = u8(v);
  buf[at + 1] = u8(v >>> 8);
  buf[at + 2] = u8(v >>> 16);
  buf[at + 3] = u8(v >>> 24);
}
