/**
 * What has happened to an audit log whose chain is broken.
 *
 * From the last line on, the lines are followed back in the order in which they were written: each names
 * the hash of the one before. Where no line has that hash, the one before was changed or removed, which
 * the numbers tell apart. Lines that stand elsewhere were moved, and those that are never reached do not
 * belong there.
 *
 * @module
 */

import type { ChainReader, PlaceFinding } from "./chain_reader.ts";

const NOWHERE = -1;

/** A run of places with the same to be said of each. */
interface Run {
  readonly first: number;
  last: number;
}

/** Adjacent places as runs; `goesOn` tells whether one belongs to the run of the one before. */
function runsOf(places: readonly number[], goesOn: (at: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (const at of places) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === at - 1 && goesOn(at)) run.last = at;
    else runs.push({ first: at, last: at });
  }
  return runs;
}

function records(first: number, last: number): string {
  return first === last ? `record ${first} is` : `records ${first} to ${last} are`;
}

class Explanation {
  readonly #reader: ChainReader;
  readonly #where: (at: number) => string;
  readonly #found: PlaceFinding[] = [];
  /** The first line that is as it is, by its hash. */
  readonly #original = new Map<number, number>();
  readonly #isCopy: Uint8Array;
  readonly #isReached: Uint8Array;
  /** Places in the order in which they were written, the last first. */
  readonly #order: number[] = [];

  constructor(reader: ChainReader, where: (at: number) => string) {
    this.#reader = reader;
    this.#where = where;
    this.#isCopy = new Uint8Array(reader.index.length);
    this.#isReached = new Uint8Array(reader.index.length);
  }

  run(): PlaceFinding[] {
    for (const at of this.#reader.changed) this.#say(at, "was changed");
    this.#findCopies();
    const tip = this.#findTip();
    if (tip !== NOWHERE) this.#followBack(tip);
    this.#findMoved();
    this.#findStrangers();
    return this.#found;
  }

  #say(at: number, what: string): void {
    this.#found.push({ at, what });
  }

  #findCopies(): void {
    const { index } = this.#reader;
    const isLinked = (at: number): boolean => at > 0 && index.follows(at, at - 1);
    for (let at = 0; at < index.length; at++) {
      const known = this.#original.get(index.hashKey(at));
      const isBetter = known === undefined || (!isLinked(known) && known > 0 && isLinked(at));
      if (isBetter) this.#original.set(index.hashKey(at), at);
    }
    const originalOf = (at: number): number => this.#original.get(index.hashKey(at)) ?? at;
    const copies: number[] = [];
    for (let at = 0; at < index.length; at++) {
      if (originalOf(at) === at) continue;
      this.#isCopy[at] = 1;
      copies.push(at);
    }
    const goesOn = (at: number): boolean => originalOf(at) === originalOf(at - 1) + 1;
    for (const { first, last } of runsOf(copies, goesOn)) {
      const from = this.#where(originalOf(first));
      const what = first === last
        ? `is a copy of ${from}`
        : `and the lines up to ${this.#where(last)} are a copy of ${from} and those after it`;
      this.#say(first, what);
    }
  }

  /** The line before this one when they were written, if it is still what it was. */
  #before(at: number): number {
    const before = this.#original.get(this.#reader.index.prevKey(at)) ?? NOWHERE;
    return before === at ? NOWHERE : before;
  }

  /** The line that was written last: the last one that is a line, or what follows it elsewhere. */
  #findTip(): number {
    const { index } = this.#reader;
    const after = new Map<number, number>();
    let tip = NOWHERE;
    for (let at = 0; at < index.length; at++) {
      if (this.#isCopy[at] === 1) continue;
      if (index.seq(at) !== NOWHERE && !this.#reader.garbage.has(at)) tip = at;
      const before = this.#before(at);
      if (before !== NOWHERE && !after.has(before)) after.set(before, at);
    }
    const seen = new Set<number>();
    for (let next: number | undefined = tip; next !== undefined; next = after.get(next)) {
      if (seen.has(next)) break;
      seen.add(next);
      tip = next;
    }
    return tip;
  }

  #followBack(tip: number): void {
    let lastSeq = NOWHERE;
    for (let at = tip; at !== NOWHERE;) {
      this.#isReached[at] = 1;
      this.#order.push(at);
      const { index } = this.#reader;
      if (index.seq(at) !== NOWHERE) lastSeq = index.seq(at);
      const before = this.#before(at);
      const isKnown = before !== NOWHERE && this.#isReached[before] === 0;
      const next = isKnown ? before : this.#guessBefore(at, lastSeq);
      if (next === NOWHERE) this.#checkBeginning(at, lastSeq);
      else this.#checkGap(next, at, lastSeq);
      at = next;
    }
  }

  /** No line has the hash that the one at `at` names: the best that stands in its place. */
  #guessBefore(at: number, seq: number): number {
    const { index, garbage } = this.#reader;
    const beside = this.#besides(at);
    const isCutOff = index.seq(at) === NOWHERE;
    if (isCutOff) return beside; // it names none
    const wanted = seq - 1;
    if (this.#reader.torn.has(at)) {
      if (garbage.has(beside)) return beside;
      this.#say(at, "the line that was cut off before it is missing");
      return this.#unreachedWith((each) => each <= wanted);
    }
    let found = NOWHERE;
    if (beside !== NOWHERE && this.#stoodFor(beside, wanted)) found = beside;
    else found = this.#unreachedWith((each) => each === wanted);
    if (found === NOWHERE) return this.#unreachedWith((each) => each < wanted);
    // One that is none of ours is said to be that, and does not speak against another.
    if (!garbage.has(found) && !garbage.has(at)) {
      const isSure = at !== this.#order[0] || this.#reader.isVouched;
      const doubt = isSure ? "" : `, or the hash in ${this.#where(at)}`;
      this.#say(found, `was changed${doubt}`);
    }
    return found;
  }

  /** The line above that was not reached yet. */
  #besides(at: number): number {
    for (let above = at - 1; above >= 0; above--) {
      if (this.#isCopy[above] === 0) return this.#isReached[above] === 1 ? NOWHERE : above;
    }
    return NOWHERE;
  }

  /** Whether the line is the one with this number, or was before its number was changed. */
  #stoodFor(at: number, seq: number): boolean {
    const { index } = this.#reader;
    if (index.seq(at) === seq) return true;
    const above = this.#besides(at);
    return above !== NOWHERE && index.seq(above) === seq - 1;
  }

  /** Of the lines that were not reached and whose numbers fit, the one with the highest. */
  #unreachedWith(fits: (seq: number) => boolean): number {
    const { index } = this.#reader;
    let found = NOWHERE;
    for (let at = index.length - 1; at >= 0; at--) {
      const seq = index.seq(at);
      if (this.#isReached[at] === 1 || this.#isCopy[at] === 1 || seq === NOWHERE) continue;
      if (fits(seq) && (found === NOWHERE || seq > index.seq(found))) found = at;
    }
    return found;
  }

  #checkGap(before: number, at: number, seq: number): void {
    const first = this.#reader.index.seq(before);
    if (first === NOWHERE || first >= seq - 1) return;
    const between = `between ${this.#where(before)} and this line`;
    this.#say(at, `${records(first + 1, seq - 1)} missing ${between}`);
  }

  /** A file that was rotated away is not missed. */
  #checkBeginning(at: number, seq: number): void {
    if (seq > 1 && !this.#reader.rotated.has(at)) {
      this.#say(at, `${records(1, seq - 1)} missing before this line`);
    }
  }

  #findMoved(): void {
    for (let i = this.#order.length - 1; i > 0; i--) {
      const [before, at] = [this.#order[i], this.#order[i - 1]];
      if (at < before) {
        this.#say(at, `stands before ${this.#where(before)}, which was written first`);
      }
    }
  }

  #findStrangers(): void {
    const { index, garbage } = this.#reader;
    const strangers: number[] = [];
    for (let at = 0; at < index.length; at++) {
      if (garbage.has(at)) this.#say(at, "is no line of an audit log, or was changed");
      else if (this.#isReached[at] === 0 && this.#isCopy[at] === 0) strangers.push(at);
    }
    for (const { first, last } of runsOf(strangers, () => true)) {
      const rest = first === last ? "does" : `and the lines up to ${this.#where(last)} do`;
      this.#say(first, `${rest} not belong to the chain: inserted`);
    }
  }
}

/**
 * What has happened to the lines that a reader has taken, in the order of the lines.
 *
 * @param where a place in words
 */
export function explainBreaks(
  reader: ChainReader,
  where: (at: number) => string,
): PlaceFinding[] {
  return new Explanation(reader, where).run().sort((a, b) => a.at - b.at);
}
