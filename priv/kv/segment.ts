/**
 * A checked, read-only view of one Cap'n Proto message of one segment from a process that is not trusted.
 * capnp-es would read it too, but its getters allocate for null pointers, take any pointer for a list of bytes,
 * and make as many segments as a header asks for; here every word is in bounds and paid for before it is read.
 * https://capnproto.org/encoding.html describes the format.
 *
 * @module
 */

/** Longest message in bytes, stream frame included. */
export const MAX_MESSAGE_LENGTH = 8192;

/** Thrown by everything in this file, and nothing else is; `decodeRequest()` catches it. */
export class MalformedMessage extends Error {}

/** Where a struct's two sections lie, in bytes from the start of the message. */
export interface StructView {
  /** Start of the data section. */
  readonly data: number;
  /** End of the data section and start of the pointers. */
  readonly pointers: number;
  /** End of the pointers. */
  readonly end: number;
}

/** Where a list of bytes or pointers lies; a null pointer is an empty list. */
export interface ListView {
  /** Start of the first element, in bytes from the start of the message. */
  readonly start: number;
  /** Number of elements. */
  readonly count: number;
}

const WORD = 8;
const STRUCT = 0;
const LIST = 1;
const SIZE_BYTE = 2;
const SIZE_POINTER = 6;
const SIZE_COMPOSITE = 7;

/**
 * The view. Each word of the message may be reached once: an honest message needs no more, and pointers that
 * share their targets cannot make a small message large.
 */
export class Segment {
  #view: DataView;
  #length: number;
  #wordsLeft: number;

  /** Checks the stream frame: one segment that fills the message. Throws `MalformedMessage`. */
  constructor(message: Uint8Array) {
    this.#length = message.length;
    this.#view = new DataView(message.buffer, message.byteOffset, message.length);
    if (message.length > MAX_MESSAGE_LENGTH) throw new MalformedMessage("message too long");
    if (message.length < 2 * WORD) throw new MalformedMessage("message too short");
    if (this.#view.getUint32(0, true) !== 0) throw new MalformedMessage("more than one segment");
    if (this.#view.getUint32(4, true) * WORD !== message.length - WORD) {
      throw new MalformedMessage("segment size is not the message's");
    }
    this.#wordsLeft = message.length / WORD - 1;
    this.#reach(WORD, 1);
  }

  /** The struct that the root pointer names. */
  root(): StructView {
    const root = this.#struct(WORD);
    if (root === null) throw new MalformedMessage("no root");
    return root;
  }

  /** Two bytes of a struct's data as an unsigned number; 0 when the sender's struct is shorter. */
  uint16(struct: StructView, offset: number): number {
    const at = struct.data + offset;
    return at + 2 <= struct.pointers ? this.#view.getUint16(at, true) : 0;
  }

  /** Four bytes of a struct's data as a signed number; 0 when the sender's struct is shorter. */
  int32(struct: StructView, offset: number): number {
    const at = struct.data + offset;
    return at + 4 <= struct.pointers ? this.#view.getInt32(at, true) : 0;
  }

  /** Byte `index` of a list of bytes. */
  byte(list: ListView, index: number): number {
    return this.#view.getUint8(list.start + index);
  }

  /** Place of pointer `index` of a struct, or 0 when the sender's struct has fewer. */
  pointer(struct: StructView, index: number): number {
    const at = struct.pointers + index * WORD;
    return at < struct.end ? at : 0;
  }

  /** The list of bytes (Data, Text) at a pointer's place. Throws when it has more than `max` bytes. */
  bytes(at: number, max: number): ListView {
    return this.#list(at, SIZE_BYTE, max);
  }

  /** The list of pointers (List(Text)) at a pointer's place; element i is the pointer at `start + 8 * i`. */
  pointerList(at: number, max: number): ListView {
    return this.#list(at, SIZE_POINTER, max);
  }

  /** The list of structs at a pointer's place. Throws when it has more than `max` elements. */
  structList(at: number, max: number): StructView[] {
    const [low, high] = this.#pointerWord(at);
    if (low === 0 && high === 0) return [];
    if ((low & 3) !== LIST || (high & 7) !== SIZE_COMPOSITE) {
      throw new MalformedMessage("not a list of structs");
    }
    const tag = at + WORD + (low >> 2) * WORD;
    const words = high >>> 3;
    this.#reach(tag, 1 + words);
    const tagLow = this.#view.getUint32(tag, true);
    const tagHigh = this.#view.getUint32(tag + 4, true);
    const count = tagLow >>> 2;
    const dataLength = (tagHigh & 0xffff) * WORD;
    const length = dataLength + (tagHigh >>> 16) * WORD;
    if ((tagLow & 3) !== STRUCT) throw new MalformedMessage("a list tag of another kind");
    if (count > max) throw new MalformedMessage("list too long");
    if (count * length > words * WORD) throw new MalformedMessage("list larger than its words");
    const structs: StructView[] = [];
    for (let i = 0, data = tag + WORD; i < count; i++, data += length) {
      structs.push({ data, pointers: data + dataLength, end: data + length });
    }
    return structs;
  }

  /** Both halves of the pointer at `at`; 0 stands for a pointer that the sender does not have. */
  #pointerWord(at: number): [number, number] {
    return at === 0 ? [0, 0] : [this.#view.getInt32(at, true), this.#view.getUint32(at + 4, true)];
  }

  /** Checks that `words` words from byte `start` on are inside, and counts them as reached. */
  #reach(start: number, words: number): void {
    if (start < WORD || start + words * WORD > this.#length) {
      throw new MalformedMessage("pointer out of bounds");
    }
    this.#wordsLeft -= words;
    if (this.#wordsLeft < 0) throw new MalformedMessage("words reached more than once");
  }

  #struct(at: number): StructView | null {
    const [low, high] = this.#pointerWord(at);
    if (low === 0 && high === 0) return null;
    if ((low & 3) !== STRUCT) throw new MalformedMessage("not a struct");
    const data = at + WORD + (low >> 2) * WORD;
    const pointers = data + (high & 0xffff) * WORD;
    const end = pointers + (high >>> 16) * WORD;
    this.#reach(data, (end - data) / WORD);
    return { data, pointers, end };
  }

  #list(at: number, elementSize: number, max: number): ListView {
    const [low, high] = this.#pointerWord(at);
    if (low === 0 && high === 0) return { start: 0, count: 0 };
    if ((low & 3) !== LIST || (high & 7) !== elementSize) {
      throw new MalformedMessage(
        elementSize === SIZE_BYTE ? "not bytes" : "not a list of pointers",
      );
    }
    const start = at + WORD + (low >> 2) * WORD;
    const count = high >>> 3;
    if (count > max) throw new MalformedMessage("list too long");
    this.#reach(start, elementSize === SIZE_BYTE ? Math.ceil(count / WORD) : count);
    return { start, count };
  }
}
