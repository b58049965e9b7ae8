/**
 * What the fuzzers written in TypeScript have in common.
 *
 * @module
 */

/** One thing to be fuzzed. */
export interface Target {
  /** Name for `--only` and in the names of findings. */
  readonly name: string;
  /** Address of the module that exports it, for a thread to load. */
  readonly module: string;
  /** What is fuzzed and what must hold, in one line. */
  readonly what: string;
  /** Share of the time, against the other targets. */
  readonly weight: number;
  /** Inputs are made of pieces of so many bytes; 1 unless given. */
  readonly unit?: number;
  /** Longest input in bytes. */
  readonly maxLength: number;
  /** Inputs to begin with. */
  readonly corpus: readonly Uint8Array[];
  /** Bytes that mean something. */
  readonly dictionary: readonly Uint8Array[];
  /** What the machine must have besides, e.g. the right to attach filters; null when all is there. */
  lacks?(): string | null;
  /** Makes the function that runs one input. */
  prepare(): Promise<RunInput> | RunInput;
}

/**
 * Runs one input, alone: nothing of it changes what a later one does.
 *
 * @param input the input, which is not kept
 * @returns what was seen on the way: an input that shows something new is worth changing further
 * @throws whatever, when something does not hold that must: this is a finding
 */
export type RunInput = (input: Uint8Array) => Iterable<string>;

/** The bytes of a text; each character one byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A number as it matters: itself when small, else its number of bits. */
export function magnitude(number: number): string {
  return number < 4 ? `${number}` : `2^${Math.floor(Math.log2(number))}`;
}
