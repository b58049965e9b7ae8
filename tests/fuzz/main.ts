/**
 * `deno task fuzz`: all fuzzers, or one finding again. AFL++ runs beside the fuzzers in TypeScript, which
 * take turns.
 *
 * @module
 */
import { CORE, isOfCore, missingPrograms, replayCore, runCore } from "./afl/run.ts";
import { targetOf } from "./findings.ts";
import { type FuzzOptions, readOptions, USAGE } from "./options.ts";
import { type Outcome, outcomeLine, summaryLine } from "./report.ts";
import { replayTarget, runTarget } from "./run_target.ts";
import { removeScratch } from "./scratch.ts";
import { targetByName, TARGETS } from "./targets/all.ts";

/** AFL++'s share of the time, against the targets' weights. */
const CORE_WEIGHT = 10;

const say = (line: string): void => console.log(line);

/** AFL++'s part; where AFL++ is not installed it is skipped, unless `REQUIRE_AFL=1`. */
async function core(seed: number, seconds: number): Promise<Outcome[]> {
  const missing = missingPrograms();
  if (missing === null) return await runCore(seed, seconds, say);
  if (Deno.env.get("REQUIRE_AFL") === "1") throw new Error(`Cannot fuzz the core: ${missing}`);
  const none = { executions: 0, seconds: 0, coverage: "", repeat: "", findings: [] };
  return [{ name: CORE, ...none, skipped: missing }];
}

async function fuzz({ minutes, only, seed }: FuzzOptions): Promise<boolean> {
  const first = seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
  const targets = TARGETS.filter(({ name }) => only.includes(name));
  const coreWeight = only.includes(CORE) ? CORE_WEIGHT : 0;
  const weights = targets.reduce((sum, { weight }) => sum + weight, coreWeight);
  const share = (weight: number) => Math.max(1, minutes * 60 * weight / weights);
  say(`fuzz: ${minutes} minutes in all, seed ${first}`);
  const report = (outcome: Outcome): Outcome => {
    say(outcomeLine(outcome));
    return outcome;
  };
  const inTurn = async (): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const target of targets) {
      outcomes.push(report(await runTarget(target, first, share(target.weight), say)));
    }
    return outcomes;
  };
  const beside = coreWeight === 0 ? Promise.resolve([]) : core(first, share(coreWeight));
  const all = await Promise.all([beside.then((each) => each.map(report)), inTurn()]);
  const outcomes = all.flat();
  say(summaryLine(outcomes));
  return outcomes.every(({ findings }) => findings.length === 0);
}

async function replay(path: string): Promise<boolean> {
  if (isOfCore(path)) return await replayCore(path);
  try {
    await replayTarget(targetByName(targetOf(path)), Deno.readFileSync(path));
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

if (import.meta.main) {
  let options: FuzzOptions;
  try {
    options = readOptions(Deno.args, [CORE, ...TARGETS.map(({ name }) => name)]);
  } catch (error) {
    console.error(`fuzz: ${error instanceof Error ? error.message : error}\n${USAGE}`);
    Deno.exit(64);
  }
  let good: boolean;
  try {
    good = options.replay === null ? await fuzz(options) : await replay(options.replay);
  } finally {
    removeScratch();
  }
  Deno.exit(good ? 0 : 1);
}
