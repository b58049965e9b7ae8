/**
 * Runs targets in TypeScript, each in a thread, and ends one that does not come back from an input.
 *
 * @module
 */
import { writeFinding } from "./findings.ts";
import type { Outcome } from "./report.ts";
import type { RunInput, Target } from "./target.ts";
import { InputWindow, type WorkerResult, type WorkerTask } from "./worker.ts";

/** An input that takes longer is a finding, ms. The slowest take 50 ms. */
const HANG_MS = 20_000;
/** It is looked at so many times meanwhile. */
const LOOKS = 10;

/** What a thread came to: a result, or the input from which it did not come back. */
type Ending = { result: WorkerResult } | { hangs: Uint8Array; count: number };

function inThread(target: Target, seed: number, ms: number, hangMs: number): Promise<Ending> {
  const shared = new SharedArrayBuffer(InputWindow.size(target.maxLength + 1024));
  const window = new InputWindow(shared);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<Ending>((resolve, reject) => {
    let count = 0;
    let looks = 0;
    // Looks are counted, not time: this thread may have had no processor as well.
    const watch = setInterval(() => {
      looks = window.count === count ? looks + 1 : 0;
      count = window.count;
      if (count > 0 && looks > LOOKS) {
        clearInterval(watch);
        worker.terminate();
        resolve({ hangs: window.input, count });
      }
    }, hangMs / LOOKS);
    worker.onmessage = ({ data }: MessageEvent<WorkerResult>) => {
      clearInterval(watch);
      worker.terminate();
      resolve({ result: data });
    };
    worker.onerror = (event) => {
      clearInterval(watch);
      worker.terminate();
      event.preventDefault();
      reject(new Error(`Cannot run ${target.name}: ${event.message}`));
    };
    const { name, module } = target;
    const task: WorkerTask = { name, module, seed, ms, shared };
    worker.postMessage(task);
  });
}

/**
 * Fuzzes a target for some time; ends at the first finding, which is written down.
 *
 * @param target what to fuzz
 * @param seed repeats it
 * @param seconds how long
 * @param say told of a finding
 * @param hangMs an input that takes longer is a finding, ms
 * @returns what it came to
 */
export async function runTarget(
  target: Target,
  seed: number,
  seconds: number,
  say: (line: string) => void,
  hangMs: number = HANG_MS,
): Promise<Outcome> {
  const { name } = target;
  const repeat = `seed ${seed}`;
  const none = { name, executions: 0, seconds: 0, coverage: "", repeat, findings: [] };
  const lacks = target.lacks?.() ?? null;
  if (lacks !== null) return { ...none, skipped: lacks };
  const ending = await inThread(target, seed, seconds * 1000, hangMs);
  if ("hangs" in ending) {
    const path = writeFinding(name, ending.hangs);
    say(`fuzz ${name}: an input takes more than ${hangMs / 1000} s: ${replayLine(path)}`);
    return {
      ...none,
      executions: ending.count,
      coverage: "hangs",
      findings: [path],
      skipped: null,
    };
  }
  const { executions, features, corpus, ms, finding } = ending.result;
  const findings: string[] = [];
  if (finding !== null) {
    const path = writeFinding(name, finding.input);
    findings.push(path);
    say(`${finding.error}\nfuzz ${name}: found: ${replayLine(path)}`);
  }
  const coverage = `${features} features, ${corpus} inputs kept`;
  return { name, executions, seconds: ms / 1000, coverage, repeat, findings, skipped: null };
}

/** How to see a finding again. */
export function replayLine(path: string): string {
  return `deno task fuzz --replay ${path}`;
}

/**
 * Runs one input of a target again.
 *
 * @param target the target
 * @param input the input
 * @throws what the input makes it throw
 */
export async function replayTarget(target: Target, input: Uint8Array): Promise<void> {
  const run: RunInput = await target.prepare();
  for (const feature of run(input)) console.log(feature);
}
