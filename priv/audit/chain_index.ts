/**
 * What of each line of an audit log has to be known to tell how lines have come to stand where they do:
 * kept in typed arrays, for there may be a hundred thousand lines.
 *
 * @module
 */

/** Hexadecimal digits of a hash that are kept: 52 bits, as exact as a double is. */
const HASH_DIGITS = 13;
const FIRST_CAPACITY = 4096;

/** Stands for a number that a line does not have. */
const NONE = -1;

function prefixOf(hash: string | null): number {
  return hash === null ? NONE : parseInt(hash.slice(0, HASH_DIGITS), 16);
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Lines in the order in which they stand, by their place from 0. */
export class ChainIndex {
  #length = 0;
  #seq = new Float64Array(FIRST_CAPACITY);
  #hash = new Float64Array(FIRST_CAPACITY);
  #prev = new Float64Array(FIRST_CAPACITY);

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds a line: its number and the hash of the one before as it says, null when it does not. */
  add(seq: number | null, hash: string, prev: string | null): void {
    const at = this.#length++;
    if (at === this.#seq.length) {
      this.#seq = grown(this.#seq);
      this.#hash = grown(this.#hash);
      this.#prev = grown(this.#prev);
    }
    this.#seq[at] = seq ?? NONE;
    this.#hash[at] = prefixOf(hash);
    this.#prev[at] = prefixOf(prev);
  }

  /** Makes a line that was changed what it must have been. */
  repair(at: number, line: { seq: number | null; hash: string; prev: string | null }): void {
    this.#seq[at] = line.seq ?? NONE;
    this.#hash[at] = prefixOf(line.hash);
    this.#prev[at] = prefixOf(line.prev);
  }

  /** The number that a line says it has, or −1. */
  seq(at: number): number {
    return this.#seq[at];
  }

  /** Whether the line at `at` names the one at `before` as the one before it. */
  follows(at: number, before: number): boolean {
    return this.#prev[at] === this.#hash[before];
  }

  /** Key of a line's hash, for a map. */
  hashKey(at: number): number {
    return this.#hash[at];
  }

  /** Key of the hash that a line names, or −1. */
  prevKey(at: number): number {
    return this.#prev[at];
  }
}
