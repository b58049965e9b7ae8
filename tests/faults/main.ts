/**
 * `deno task faults [--only PHASE[:SYSCALL[:ERRNO]],…] [--sparse] [--deaths] [--jobs N]`: makes each
 * system call of a running daemon fail with each plausible error (with `--sparse`, one of them), or kills the
 * daemon at each call that changes something, and prints what became of it as a table.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { deathFaults, errorFaults, sparseFaults } from "./matrix.ts";
import { PHASES } from "./phases.ts";
import { runPlan } from "./runner.ts";
import type { Fault } from "./strace.ts";
import { table } from "./table.ts";
import { outcomeText } from "./trial.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    deaths: { type: "boolean", default: false },
    sparse: { type: "boolean", default: false },
    jobs: { type: "string", default: "3" },
  },
});

const chosen = values.only === "" ? [] : values.only.split(",").map((word) => word.split(":"));

function isChosen(phase: string, { syscall, error, signal, when }: Fault): boolean {
  if (chosen.length === 0) return true;
  return chosen.some(([onPhase, onCall = "", onError = "", onWhen = ""]) =>
    (onPhase === "" || onPhase === phase) && (onCall === "" || onCall === syscall) &&
    (onError === "" || onError === (error ?? signal)) && (onWhen === "" || onWhen === when)
  );
}

/** What runs is ended in good order: the servers of the networks would outlive us. */
let isOver = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => isOver = true);
}

const phases = PHASES.filter(({ name }) =>
  chosen.length === 0 || chosen.some(([phase]) => phase === "" || phase === name)
);
const kinds = values.deaths ? deathFaults : values.sparse ? sparseFaults : errorFaults;
const outcomes = await runPlan({
  phases,
  faults: (reference) => kinds(reference).filter((fault) => isChosen(reference.phase.name, fault)),
  jobs: Number(values.jobs),
  isOver: () => isOver,
  tell: (outcome, done, all) => {
    console.error(`${done}/${all} ${outcomeText(outcome)}`);
    for (const problem of outcome.problems) console.error(`    ${problem}`);
  },
});
console.log(table(outcomes));
Deno.exit(outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0);
