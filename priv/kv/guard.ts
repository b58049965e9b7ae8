/**
 * The check that comes before capnp-es, for messages of a process that is not trusted. capnp-es alone would make
 * as many segments as a header asks for, follow pointers in circles, and allocate what a list claims to hold;
 * what has passed here is one finite tree of words, each in bounds and reached once. The check knows the format
 * (https://capnproto.org/encoding.html) but no schema: what a field must be is for codec.ts.
 *
 * @module
 */

/** Longest message in bytes, stream frame included. */
export const MAX_MESSAGE_LENGTH = 16384;
/** Most pointers from the root pointer, which counts, to any object. A commit's path part has 4. */
export const MAX_NESTING = 8;
/** Most elements of a list whose elements take no room, which the size of the message does not limit. */
export const MAX_SIZELESS_ELEMENTS = 1024;

const WORD = 8;
// Kinds of pointer, the two lowest bits; what remains, 3, are capabilities.
const STRUCT = 0;
const LIST = 1;
const FAR = 2;
// Sizes of a list's elements, of which these two have pointers in them.
const SIZE_POINTER = 6;
const SIZE_COMPOSITE = 7;
/** Bits of one element by element size, composites excepted. */
const ELEMENT_BITS = [0, 1, 8, 16, 32, 64, 64] as const;

/** A walk over all that a segment's pointers reach; places are counted in words of the segment. */
class Walk {
  #segment: DataView;
  #reached: Uint8Array;

  constructor(segment: DataView) {
    this.#segment = segment;
    this.#reached = new Uint8Array(segment.byteLength / WORD);
  }

  /** Reaches the root pointer and all below. */
  root(): string | null {
    const [low, high] = this.#halves(0);
    if (low === 0 && high === 0) return "no root";
    if ((low & 3) === LIST) return "the root is not a struct";
    return this.#reach(0, 1) ?? this.#pointer(0, 1);
  }

  #halves(at: number): [low: number, high: number] {
    return [
      this.#segment.getInt32(at * WORD, true),
      this.#segment.getUint32(at * WORD + 4, true),
    ];
  }

  /** Takes `words` words from `start` on, which must be inside and not taken yet. */
  #reach(start: number, words: number): string | null {
    const end = start + words;
    if (start < 0 || end > this.#reached.length) return "pointer out of bounds";
    for (let at = start; at < end; at++) {
      if (this.#reached[at] !== 0) return "words reached more than once";
      this.#reached[at] = 1;
    }
    return null;
  }

  /** Follows the pointer in a word that is reached already. `depth` bounds the recursion. */
  #pointer(at: number, depth: number): string | null {
    const [low, high] = this.#halves(at);
    if (low === 0 && high === 0) return null;
    if (depth > MAX_NESTING) return "nested too deep";
    const target = at + 1 + (low >> 2);
    switch (low & 3) {
      case STRUCT: {
        const data = high & 0xffff;
        const pointers = high >>> 16;
        return this.#reach(target, data + pointers) ??
          this.#pointers(target + data, pointers, depth + 1);
      }
      case LIST:
        return this.#list(target, high & 7, high >>> 3, depth + 1);
      case FAR:
        return "a far pointer";
      default:
        return "a capability pointer";
    }
  }

  #pointers(start: number, count: number, depth: number): string | null {
    for (let at = start; at < start + count; at++) {
      const fault = this.#pointer(at, depth);
      if (fault !== null) return fault;
    }
    return null;
  }

  /** `count` is of elements, or of words after the tag when the elements are structs. */
  #list(start: number, size: number, count: number, depth: number): string | null {
    if (size === SIZE_COMPOSITE) {
      return this.#reach(start, 1 + count) ?? this.#composite(start, count, depth);
    }
    const bits = ELEMENT_BITS[size];
    if (bits === 0 && count > MAX_SIZELESS_ELEMENTS) return "list too long";
    const fault = this.#reach(start, Math.ceil(count * bits / 64));
    if (fault !== null || size !== SIZE_POINTER) return fault;
    return this.#pointers(start, count, depth);
  }

  /** A list of structs, `words` long without the tag, which is like a pointer with a count for its offset. */
  #composite(tag: number, words: number, depth: number): string | null {
    const [low, high] = this.#halves(tag);
    if ((low & 3) !== STRUCT) return "a list tag of another kind";
    const count = low >>> 2;
    const data = high & 0xffff;
    const pointers = high >>> 16;
    const length = data + pointers;
    if (length === 0) return count > MAX_SIZELESS_ELEMENTS ? "list too long" : null;
    if (count * length > words) return "list larger than its words";
    for (let i = 0; i < count; i++) {
      const fault = this.#pointers(tag + 1 + i * length + data, pointers, depth);
      if (fault !== null) return fault;
    }
    return null;
  }
}

/**
 * Checks one datagram: at most 16384 bytes, one segment that fills it behind its stream frame, a struct as root,
 * and behind every pointer, whether or not anybody will read it, something in bounds that nothing else has
 * reached. Far and capability pointers are refused wherever they are, and more than `MAX_NESTING` pointers in a
 * row. The work is bounded by the length of the message.
 *
 * @param message the datagram, which is not kept
 * @returns null when the message is sound, else the reason why not, a constant of printable ASCII. Never throws.
 */
export function checkStructure(message: Uint8Array): string | null {
  if (message.length > MAX_MESSAGE_LENGTH) return "message too long";
  if (message.length < 2 * WORD) return "message too short";
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (view.getUint32(0, true) !== 0) return "more than one segment";
  if (view.getUint32(4, true) * WORD !== message.length - WORD) {
    return "segment size is not the message's";
  }
  return new Walk(new DataView(message.buffer, message.byteOffset + WORD, message.length - WORD))
    .root();
}
