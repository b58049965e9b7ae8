/**
 * Runs one target in a thread of its own, so that somebody can see when an input never ends: the input
 * that is being run lies in shared memory.
 *
 * @module
 */
import { Engine } from "./engine.ts";
import { minimize } from "./minimize.ts";
import type { Target } from "./target.ts";

/** What the thread is told first. */
export interface WorkerTask {
  /** The target's name. */
  readonly name: string;
  /** Address of the module that exports it. */
  readonly module: string;
  /** Seed of its random numbers. */
  readonly seed: number;
  /** How long it is to run, ms. */
  readonly ms: number;
  /** An {@linkcode InputWindow}. */
  readonly shared: SharedArrayBuffer;
}

/** What the thread says last. */
export interface WorkerResult {
  /** Inputs that were run. */
  readonly executions: number;
  /** Different things that were seen. */
  readonly features: number;
  /** Inputs that are kept. */
  readonly corpus: number;
  /** How long it ran, ms. */
  readonly ms: number;
  /** What was found, made small; null when nothing was. */
  readonly finding: { readonly input: Uint8Array; readonly error: string } | null;
}

const HEAD = 8;

/** The input that is being run, in shared memory: a count of inputs, a length, the bytes. */
export class InputWindow {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  /** Looks at `shared`, of {@linkcode InputWindow.size} bytes. */
  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, 2);
    this.#bytes = new Uint8Array(shared, HEAD);
  }

  /** Bytes for inputs of at most `maxLength`. */
  static size(maxLength: number): number {
    return HEAD + maxLength;
  }

  /** Shows the next input. */
  show(input: Uint8Array): void {
    this.#bytes.set(input.subarray(0, this.#bytes.length));
    this.#head[1] = input.length;
    Atomics.add(this.#head, 0, 1);
  }

  /** How many inputs were shown. */
  get count(): number {
    return Atomics.load(this.#head, 0);
  }

  /** The last one. */
  get input(): Uint8Array {
    return this.#bytes.slice(0, this.#head[1]);
  }
}

/** Loads one target, and not what the others need. */
async function load(module: string, name: string): Promise<Target> {
  const targets: Target[] = Object.values(await import(module));
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`Cannot find ${name} in ${module}`);
  return target;
}

async function work({ name, module, seed, ms, shared }: WorkerTask): Promise<WorkerResult> {
  const target = await load(module, name);
  const window = new InputWindow(shared);
  const run = await target.prepare();
  const engine = new Engine(target, run, seed);
  const begin = performance.now();
  const result = (finding: WorkerResult["finding"]): WorkerResult => ({
    ...engine.progress,
    ms: performance.now() - begin,
    finding,
  });
  while (performance.now() - begin < ms) {
    const input = engine.next();
    window.show(input);
    const found = engine.step(input);
    if (found === null) continue;
    const done = result(null);
    const { input: smallest, error } = minimize(found, (bytes) => {
      window.show(bytes);
      return run(bytes);
    }, target.unit ?? 1);
    const text = error instanceof Error ? error.stack ?? String(error) : String(error);
    return { ...done, finding: { input: smallest, error: text } };
  }
  return result(null);
}

// A module that is only imported for its types and the window has no business here.
if (typeof WorkerGlobalScope !== "undefined") {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<WorkerTask>) => void;
    postMessage(result: WorkerResult): void;
  };
  scope.onmessage = async ({ data }) => scope.postMessage(await work(data));
}

declare const WorkerGlobalScope: unknown;
