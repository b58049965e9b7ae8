/**
 * Runs AFL++ on the protocol core, and plays what it kept with the TypeScript form.
 *
 * @module
 */
import { join } from "node:path";
import { targetOf, writeFinding } from "../findings.ts";
import type { Outcome } from "../report.ts";
import { replayLine } from "../run_target.ts";
import { buildHarness, type Harness, PROGRAMS } from "./build.ts";
import { playTrace } from "./twin.ts";

/** Name of the fuzzer, and of the comparison of what it kept. */
export const CORE = "core";
const TWIN = "core-twin";
/** Longest input in bytes, and the time that one may take: some 0.3 ms are usual. */
const MAX_INPUT = 8192;
const TIMEOUT_MS = 2000;
/** Findings of one kind are one; of these, so many are written down. */
const MAX_FINDINGS = 5;
const TMIN_SECONDS = 60;
/** An input that the harness plays longer does not end. */
const PLAY_SECONDS = "10";
/** Inputs for one run of the harness; it costs more to start than to play. */
const BATCH = 16;

/** AFL++ would refuse to start, or fill the terminal. */
const ENVIRONMENT = {
  AFL_SKIP_CPUFREQ: "1",
  AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES: "1",
  AFL_NO_AFFINITY: "1",
  AFL_NO_UI: "1",
  AFL_QUIET: "1",
};

const text = new TextDecoder("latin1");

/** What is missing of what AFL++ needs; null when nothing is. */
export function missingPrograms(): string | null {
  const missing = [...PROGRAMS, "clang"].filter((program) => {
    try {
      new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
        .outputSync();
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? null : `no ${missing.join(", ")}: run deno task setup fuzz`;
}

/** A value of fuzzer_stats. */
function statistic(stats: string, name: string): number {
  return Number(new RegExp(`^${name} *: ([0-9.]+)`, "m").exec(stats)?.[1] ?? NaN);
}

function filesOf(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("id"))
      .map(({ name }) => join(folder, name)).sort();
  } catch {
    return [];
  }
}

/** What the harness says of an input; null when all holds. */
async function complaint({ program }: Harness, path: string): Promise<string | null> {
  const { success, stderr } = await new Deno.Command("timeout", {
    args: [PLAY_SECONDS, program, path],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return null;
  return text.decode(stderr).trimEnd().split("\n").at(-1) || "does not end, or ends by a signal";
}

/** Makes an input smaller; as it is when that takes too long. */
async function minimized({ program, folder }: Harness, path: string): Promise<Uint8Array> {
  const small = join(folder, "small");
  const { success } = await new Deno.Command("timeout", {
    args: [
      ...[`${TMIN_SECONDS}`, "afl-tmin", "-m", "none", "-t", `${TIMEOUT_MS}`],
      ...["-i", path, "-o", small, "--", program],
    ],
    env: ENVIRONMENT,
    stdout: "null",
    stderr: "null",
  }).output();
  return await Deno.readFile(success ? small : path);
}

/** Writes down one input of each kind that crashes or takes too long. */
async function collect(
  harness: Harness,
  paths: readonly string[],
  say: (line: string) => void,
): Promise<string[]> {
  const kinds = new Map<string, string>();
  for (const path of paths) {
    const kind = await complaint(harness, path);
    if (kind !== null && !kinds.has(kind) && kinds.size < MAX_FINDINGS) kinds.set(kind, path);
  }
  const findings: string[] = [];
  for (const [kind, path] of kinds) {
    const found = writeFinding(CORE, await minimized(harness, path));
    say(`fuzz ${CORE}: ${kind}: ${replayLine(found)}`);
    findings.push(found);
  }
  return findings;
}

/**
 * Fuzzes the core with AFL++, and plays the inputs that it kept with the TypeScript form.
 *
 * @param seed repeats it, as far as AFL++ does
 * @param seconds how long AFL++ runs; the comparison takes a quarter of it besides, at most
 * @param say told of findings
 * @returns what both came to
 */
export async function runCore(
  seed: number,
  seconds: number,
  say: (line: string) => void,
): Promise<Outcome[]> {
  const harness = await buildHarness();
  const output = await Deno.makeTempDir({ dir: harness.folder, prefix: "out-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command("afl-fuzz", {
      args: [
        ...["-i", harness.corpus, "-o", output, "-x", harness.dictionary, "-s", `${seed}`],
        ...["-t", `${TIMEOUT_MS}`, "-m", "none", "-G", `${MAX_INPUT}`],
        ...["-V", `${Math.ceil(seconds)}`, "--", harness.program],
      ],
      env: ENVIRONMENT,
      stdin: "null",
    }).output();
    const stats = await Deno.readTextFile(`${output}/default/fuzzer_stats`).catch(() => "");
    if (!success || stats === "") {
      throw new Error(`Cannot run afl-fuzz: ${text.decode(stdout)}${text.decode(stderr)}`);
    }
    const folders = ["crashes", "hangs"].map((name) => `${output}/default/${name}`);
    // AFL++ leaves out, and does not report, what is bad of the inputs that it begins with.
    const paths = [...filesOf(harness.corpus), ...folders.flatMap(filesOf)];
    const findings = await collect(harness, paths, say);
    const core: Outcome = {
      name: CORE,
      executions: statistic(stats, "execs_done"),
      seconds: statistic(stats, "run_time"),
      coverage: `${statistic(stats, "edges_found")} of ${statistic(stats, "total_edges")} edges, ` +
        `${statistic(stats, "corpus_count")} inputs kept, ` +
        `${statistic(stats, "saved_crashes")} crashes, ${statistic(stats, "saved_hangs")} hangs`,
      repeat: `seed ${seed}`,
      findings,
      skipped: null,
    };
    const queue = filesOf(`${output}/default/queue`);
    return [core, await compareForms(harness, queue, seconds / 4, say)];
  } finally {
    await Deno.remove(output, { recursive: true });
  }
}

/**
 * Plays inputs in both forms, with one run of the harness for all of them.
 *
 * @param paths their files
 * @returns calls that were alike; 0 when the harness crashes or hangs, which is told elsewhere
 * @throws Differing with the file whose forms differ
 */
async function playBoth({ program }: Harness, paths: readonly string[]): Promise<number> {
  const { success, stdout } = await new Deno.Command("timeout", {
    args: [PLAY_SECONDS, program, "--trace", ...paths],
    stderr: "null",
  }).output();
  if (!success) return 0;
  let calls = 0;
  for (const scenario of text.decode(stdout).split(/^(?=file )/m)) {
    const [first, ...trace] = scenario.trimEnd().split("\n");
    try {
      calls += playTrace(trace);
    } catch (cause) {
      throw new Differing(first.replace("file ", ""), { cause });
    }
  }
  return calls;
}

/** The two forms of the core do not do the same. */
class Differing extends Error {
  override name = "Differing";
}

/** Plays inputs in both forms for some time: ours, then what AFL++ kept, its last ones first. */
async function compareForms(
  harness: Harness,
  queue: readonly string[],
  seconds: number,
  say: (line: string) => void,
): Promise<Outcome> {
  const begin = performance.now();
  const spent = () => (performance.now() - begin) / 1000;
  const left = [...filesOf(harness.corpus), ...queue.toReversed()];
  const findings: string[] = [];
  let calls = 0;
  let executions = 0;
  while (left.length > 0 && spent() < seconds && findings.length === 0) {
    const batch = left.splice(0, BATCH);
    executions += batch.length;
    try {
      calls += await playBoth(harness, batch);
    } catch (error) {
      if (!(error instanceof Differing)) throw error;
      findings.push(writeFinding(CORE, Deno.readFileSync(error.message)));
      say(
        `${error.cause}\nfuzz ${TWIN}: the two forms differ, or priv would refuse: ${
          replayLine(findings[0])
        }`,
      );
    }
  }
  const coverage = `${calls} calls alike in both forms, of ${queue.length} inputs`;
  const repeat = "what AFL++ kept";
  return { name: TWIN, executions, seconds: spent(), coverage, repeat, findings, skipped: null };
}

/**
 * Plays a finding of AFL++ again, in both forms.
 *
 * @param path the file
 * @returns whether all holds
 */
export async function replayCore(path: string): Promise<boolean> {
  const harness = await buildHarness();
  const { success } = await new Deno.Command(harness.program, { args: ["--trace", path] })
    .spawn().status;
  if (success) console.log(`${await playBoth(harness, [path])} calls alike in both forms`);
  return success;
}

/** Whether a finding is AFL++'s. */
export function isOfCore(path: string): boolean {
  return targetOf(path) === CORE;
}
