/**
 * Reads the messages that priv sends, `Response` of schema/kv.capnp, without allocation
 * (https://capnproto.org/encoding.html). They come from another process: every pointer is checked
 * against the message, and a message with anything wrong in it is refused as a whole.
 *
 * @module
 */

import {
  CAPNP_MAX_CHANGES,
  CAPNP_MAX_MESSAGE,
  CHANGE_DELETE,
  CHANGE_WRITE,
  ELEMENT_BYTE,
  ELEMENT_COMPOSITE,
  ELEMENT_POINTER,
  getLe32,
  POINTER_LIST,
  POINTER_STRUCT,
  RESPONSE_CHANGES,
  RESPONSE_OK,
  ROOT_AT,
} from "./capnp.ts";
import { Text } from "./text.ts";

/** Most parts of a path, as in schema/keys.ts. */
const MAX_PATH_PARTS: i32 = 4;
/** Longest part of a path in bytes, as in schema/keys.ts. */
const MAX_PART_LENGTH: i32 = 64;

/** Reads one Response at a time. */
export class ResponseDecoder {
  /** The id of the request that is answered. */
  id: i32 = 0;
  /** `RESPONSE_OK`, `RESPONSE_ERROR` or `RESPONSE_CHANGES`. */
  kind: i32 = 0;
  /** Where the value (of the Response, or of the present change) or the error text begins. */
  valueAt: i32 = 0;
  /** Its bytes. */
  valueLength: i32 = 0;
  /** How many changes a `RESPONSE_CHANGES` has. */
  changes: i32 = 0;
  /** The present change's path, as in `"/nameserver/001"`. */
  readonly changePath: Text = new Text(MAX_PATH_PARTS * (MAX_PART_LENGTH + 1));
  /** True when the present change deletes its key: it has no value then. */
  changeDeleted: bool = false;
  /** Words in the segment. */
  private words: i32 = 0;
  /** The word where the list of changes begins, behind its tag; words of a change, data and all. */
  private changesAt: i32 = 0;
  private changeData: i32 = 0;
  private changeWords: i32 = 0;
  /** How many changes `nextChange()` has given. */
  private given: i32 = 0;

  /**
   * Reads the message `buf[0..len)`. False when it is not a whole Response in one segment; the
   * fields are then undefined. Nothing outside the message is read. A newer Response with more
   * fields is understood, and one with fewer has the missing ones as their defaults.
   */
  decode(buf: Uint8Array, len: i32): bool {
    this.id = 0;
    this.kind = RESPONSE_OK;
    this.changes = 0;
    this.given = 0;
    this.leaveChange();
    if (len < 16 || len > CAPNP_MAX_MESSAGE || (len & 7) !== 0) return false;
    this.words = (len >> 3) - 1;
    if (getLe32(buf, 0) !== 0 || getLe32(buf, 4) !== u32(this.words)) return false;
    const low: u32 = getLe32(buf, ROOT_AT);
    const sizes: u32 = getLe32(buf, ROOT_AT + 4);
    if (low === 0 && sizes === 0) return true;
    if ((low & 3) !== POINTER_STRUCT) return false;
    const at: i32 = targetOf(0, low);
    const dataWords: i32 = i32(sizes & 0xffff);
    const pointers: i32 = i32(sizes >>> 16);
    if (!this.holds(at, dataWords + pointers)) return false;
    if (dataWords > 0) {
      this.id = i32(getLe32(buf, byteOf(at)));
      this.kind = i32(getLe32(buf, byteOf(at) + 4) & 0xffff);
    }
    if (this.kind > RESPONSE_CHANGES) return false;
    if (pointers === 0) return true;
    if (this.kind !== RESPONSE_CHANGES) return this.readData(buf, at + dataWords);
    return this.readChanges(buf, at + dataWords);
  }

  /**
   * Goes to the next change of a `RESPONSE_CHANGES`, in their order: sets `changePath`,
   * `changeDeleted`, `valueAt` and `valueLength`. False when there is none left. `buf` is the
   * buffer that `decode()` took, unchanged.
   */
  nextChange(buf: Uint8Array): bool {
    this.leaveChange();
    if (this.given >= this.changes) return false;
    this.given += 1;
    return this.readChange(buf, this.changesAt + (this.given - 1) * this.changeWords);
  }

  /** Forgets the change that `nextChange()` gave. */
  private leaveChange(): void {
    this.valueAt = 0;
    this.valueLength = 0;
    this.changePath.clear();
    this.changeDeleted = false;
  }

  /** The Data that the pointer in word `pointer` of the segment leads to. */
  private readData(buf: Uint8Array, pointer: i32): bool {
    if (isNull(buf, pointer)) return true;
    const length: i32 = this.lengthOf(buf, pointer, ELEMENT_BYTE);
    if (length < 0) return false;
    this.valueAt = byteOf(targetOf(pointer, getLe32(buf, byteOf(pointer))));
    this.valueLength = length;
    return true;
  }

  /** The list of changes that a pointer leads to: goes through all of it, and back to the start. */
  private readChanges(buf: Uint8Array, pointer: i32): bool {
    if (isNull(buf, pointer)) return true;
    const words: i32 = this.lengthOf(buf, pointer, ELEMENT_COMPOSITE);
    if (words < 0) return false;
    const tag: i32 = targetOf(pointer, getLe32(buf, byteOf(pointer)));
    const low: u32 = getLe32(buf, byteOf(tag));
    const sizes: u32 = getLe32(buf, byteOf(tag) + 4);
    const count: i32 = i32(low >>> 2);
    if ((low & 3) !== POINTER_STRUCT || count > CAPNP_MAX_CHANGES) return false;
    this.changesAt = tag + 1;
    this.changeData = i32(sizes & 0xffff);
    this.changeWords = this.changeData + i32(sizes >>> 16);
    if (count * this.changeWords > words) return false;
    this.changes = count;
    for (let i: i32 = 0; i < count; i++) {
      if (!this.nextChange(buf)) return false;
    }
    this.given = 0;
    this.leaveChange();
    return true;
  }

  /** The Change whose struct begins in word `at`. */
  private readChange(buf: Uint8Array, at: i32): bool {
    const pointerAt: i32 = at + this.changeData;
    const pointers: i32 = this.changeWords - this.changeData;
    const kind: i32 = this.changeData > 0 ? i32(getLe32(buf, byteOf(at)) & 0xffff) : CHANGE_WRITE;
    if (kind !== CHANGE_WRITE && kind !== CHANGE_DELETE) return false;
    this.changeDeleted = kind === CHANGE_DELETE;
    if (pointers < 1 || !this.readPath(buf, pointerAt)) return false;
    return this.changeDeleted || pointers < 2 || this.readData(buf, pointerAt + 1);
  }

  /** A path, List(Text), into `changePath`; one without parts is none. */
  private readPath(buf: Uint8Array, pointer: i32): bool {
    if (isNull(buf, pointer)) return false;
    const parts: i32 = this.lengthOf(buf, pointer, ELEMENT_POINTER);
    if (parts < 1 || parts > MAX_PATH_PARTS) return false;
    const first: i32 = targetOf(pointer, getLe32(buf, byteOf(pointer)));
    for (let i: i32 = 0; i < parts; i++) {
      if (!this.readPart(buf, first + i)) return false;
    }
    return true;
  }

  /** One part of a path: printable ASCII without `/` and space, closed by the NUL of every Text. */
  private readPart(buf: Uint8Array, pointer: i32): bool {
    if (isNull(buf, pointer)) return false;
    const length: i32 = this.lengthOf(buf, pointer, ELEMENT_BYTE) - 1;
    if (length < 1 || length > MAX_PART_LENGTH) return false;
    const at: i32 = byteOf(targetOf(pointer, getLe32(buf, byteOf(pointer))));
    for (let i: i32 = at; i < at + length; i++) {
      const c: i32 = i32(buf[i]);
      if (c <= 0x20 || c > 0x7e || c === 0x2f) return false;
    }
    if (buf[at + length] !== 0) return false;
    this.changePath.ascii("/").raw(buf, at, length);
    return true;
  }

  /**
   * The count of the list pointer in word `pointer`, which is not null: elements, or words behind
   * the tag of a composite. −1 when it is no list of this element size inside the segment.
   */
  private lengthOf(buf: Uint8Array, pointer: i32, elementSize: u32): i32 {
    const low: u32 = getLe32(buf, byteOf(pointer));
    const high: u32 = getLe32(buf, byteOf(pointer) + 4);
    if ((low & 3) !== POINTER_LIST || (high & 7) !== elementSize) return -1;
    const count: i32 = i32(high >>> 3);
    let words: i32 = count;
    if (elementSize === ELEMENT_BYTE) words = (count + 7) >> 3;
    if (elementSize === ELEMENT_COMPOSITE) words = count + 1;
    return this.holds(targetOf(pointer, low), words) ? count : -1;
  }

  /** Whether the words from `at` on are inside the segment. `words` is below 2^30. */
  private holds(at: i32, words: i32): bool {
    return at >= 0 && at <= this.words && words <= this.words - at;
  }
}

function isNull(buf: Uint8Array, pointer: i32): bool {
  return getLe32(buf, byteOf(pointer)) === 0 && getLe32(buf, byteOf(pointer) + 4) === 0;
}

/** The word that a pointer in word `pointer` leads to: its offset is signed, from its own end. */
function targetOf(pointer: i32, low: u32): i32 {
  return pointer + 1 + (i32(low) >> 2);
}

/** Where word `word` of the segment lies in the message. */
function byteOf(word: i32): i32 {
  return ROOT_AT + word * 8;
}
