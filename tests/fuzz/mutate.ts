/**
 * Random changes of inputs.
 *
 * @module
 */
import type { FuzzRandom } from "./random.ts";

/** What inputs are made of. */
export interface InputShape {
  /** Pieces of so many bytes are moved and removed. */
  readonly unit: number;
  /** Longest input in bytes. */
  readonly maxLength: number;
  /** Bytes that mean something. */
  readonly dictionary: readonly Uint8Array[];
}

/** Bytes that often are a limit. */
const INTERESTING = [0, 1, 2, 4, 8, 16, 32, 63, 64, 127, 128, 192, 254, 255];
const MOST_CHANGES = 6;
const LONGEST_PIECE = 64;

/** Pieces of `a` with `b` between them, or over them. */
function spliced(a: Uint8Array, at: number, removed: number, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length - removed + b.length);
  joined.set(a.subarray(0, at));
  joined.set(b, at);
  joined.set(a.subarray(at + removed), at + b.length);
  return joined;
}

/** Random changes of inputs of one shape. */
export class Mutator {
  readonly #random: FuzzRandom;
  readonly #shape: InputShape;

  /** Makes one that draws from `random`. */
  constructor(random: FuzzRandom, shape: InputShape) {
    this.#random = random;
    this.#shape = shape;
  }

  /**
   * A changed copy.
   *
   * @param input what to begin with
   * @param other another input, of which a part may be taken
   * @returns the copy, no longer than inputs may be
   */
  mutate(input: Uint8Array, other: Uint8Array): Uint8Array {
    let bytes: Uint8Array = input.slice();
    const changes = 1 + this.#random.below(MOST_CHANGES);
    for (let i = 0; i < changes; i++) bytes = this.#change(bytes, other);
    return bytes.slice(0, this.#shape.maxLength);
  }

  #change(bytes: Uint8Array, other: Uint8Array): Uint8Array {
    const random = this.#random;
    const { unit, dictionary } = this.#shape;
    if (bytes.length === 0) return random.bytes(unit * (1 + random.below(8)));
    const at = random.below(bytes.length);
    switch (random.below(11)) {
      case 0:
        bytes[at] ^= 1 << random.below(8);
        return bytes;
      case 1:
        bytes[at] = random.pick(INTERESTING);
        return bytes;
      case 2:
        bytes[at] = random.word();
        return bytes;
      case 3:
        bytes[at] += random.below(33) - 16;
        return bytes;
      case 4: {
        const [start, length] = this.#piece(bytes);
        return spliced(bytes, start, length, new Uint8Array(0));
      }
      case 5: { // the same again, elsewhere
        const [start, length] = this.#piece(bytes);
        return spliced(bytes, this.#place(bytes), 0, bytes.slice(start, start + length));
      }
      case 6: {
        const [start, length] = this.#piece(other);
        return spliced(bytes, this.#place(bytes), 0, other.slice(start, start + length));
      }
      case 7:
        return spliced(
          bytes,
          this.#place(bytes),
          0,
          random.bytes(unit * (1 + random.below(4))),
        );
      case 8: { // the beginning of one and the end of the other
        const place = this.#place(bytes);
        return spliced(bytes.slice(0, place), place, 0, other.slice(this.#place(other)));
      }
      default: {
        if (dictionary.length === 0) return bytes;
        const word = random.pick(dictionary);
        const over = random.below(2) === 0 ? Math.min(word.length, bytes.length - at) : 0;
        return spliced(bytes, at, over, word);
      }
    }
  }

  /** A place between two pieces. */
  #place(bytes: Uint8Array): number {
    const { unit } = this.#shape;
    return this.#random.below(Math.floor(bytes.length / unit) + 1) * unit;
  }

  #piece(bytes: Uint8Array): [start: number, length: number] {
    const { unit } = this.#shape;
    const start = this.#place(bytes);
    const length = (1 + this.#random.below(LONGEST_PIECE)) * unit;
    return [start, Math.min(length, bytes.length - start)];
  }
}
