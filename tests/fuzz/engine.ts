/**
 * Coverage-guided fuzzing in one process: inputs that show something new are kept and changed
 * further. What is new is for the target to say; V8 tells us nothing of branches.
 *
 * @module
 */
import { Mutator } from "./mutate.ts";
import { FuzzRandom } from "./random.ts";
import type { RunInput, Target } from "./target.ts";

/** What a target came to. */
export interface Progress {
  /** Inputs that were run. */
  executions: number;
  /** Different things that were seen. */
  features: number;
  /** Inputs that are kept. */
  corpus: number;
}

/** An input that makes something not hold, and what that said. */
export interface Finding {
  /** The input. */
  readonly input: Uint8Array;
  /** What was thrown. */
  readonly error: unknown;
}

/** Of the inputs, the newest ones get half of the attempts. */
const NEWEST = 16;
/** Every so often an input from nothing. */
const FRESH_EVERY = 50;

/** Fuzzes one target. The same seed gives the same inputs. */
export class Engine {
  /** How far it is. */
  readonly progress: Progress = { executions: 0, features: 0, corpus: 0 };
  readonly #target: Target;
  readonly #run: RunInput;
  readonly #random: FuzzRandom;
  readonly #mutator: Mutator;
  readonly #seen = new Set<string>();
  readonly #corpus: Uint8Array[] = [];
  #started = 0;

  /** `run` is what the target prepared. */
  constructor(target: Target, run: RunInput, seed: number) {
    this.#target = target;
    this.#run = run;
    this.#random = new FuzzRandom(seed);
    const { unit = 1, maxLength, dictionary } = target;
    this.#mutator = new Mutator(this.#random, { unit, maxLength, dictionary });
  }

  /** The next input: those to begin with come first. */
  next(): Uint8Array {
    const { corpus, unit = 1 } = this.#target;
    if (this.#started < corpus.length) return corpus[this.#started++].slice();
    if (this.#corpus.length === 0 || this.#random.below(FRESH_EVERY) === 0) {
      return this.#random.bytes(unit * (1 + this.#random.below(64)));
    }
    return this.#mutator.mutate(this.#pick(), this.#pick());
  }

  /**
   * Runs one input.
   *
   * @param input what {@linkcode next} gave
   * @returns a finding, or null when all held
   */
  step(input: Uint8Array): Finding | null {
    const before = this.#seen.size;
    this.progress.executions += 1;
    try {
      for (const feature of this.#run(input)) this.#seen.add(feature);
    } catch (error) {
      return { input: input.slice(), error };
    }
    if (this.#seen.size > before) this.#corpus.push(input.slice());
    this.progress.features = this.#seen.size;
    this.progress.corpus = this.#corpus.length;
    return null;
  }

  #pick(): Uint8Array {
    const from = this.#random.below(2) === 0 ? Math.max(0, this.#corpus.length - NEWEST) : 0;
    return this.#corpus[from + this.#random.below(this.#corpus.length - from)];
  }
}
