/**
 * What fuzzers came to, as lines.
 *
 * @module
 */

/** What one fuzzer came to. */
export interface Outcome {
  /** Its name. */
  readonly name: string;
  /** Inputs that were run. */
  readonly executions: number;
  /** How long it ran, seconds. */
  readonly seconds: number;
  /** What it saw, e.g. `2395 of 10586 edges`. */
  readonly coverage: string;
  /** What repeats it, e.g. `seed 7`. */
  readonly repeat: string;
  /** Files with findings. */
  readonly findings: readonly string[];
  /** Why it did not run; null when it did. */
  readonly skipped: string | null;
}

/** The line of one fuzzer. */
export function outcomeLine(outcome: Outcome): string {
  const { name, executions, seconds, coverage, repeat, findings, skipped } = outcome;
  if (skipped !== null) return `fuzz ${name}: skipped: ${skipped}`;
  const rate = seconds > 0 ? Math.round(executions / seconds) : 0;
  return `fuzz ${name}: ${executions} executions in ${Math.round(seconds)} s (${rate}/s), ` +
    `${coverage}, ${findings.length} findings (${repeat})`;
}

/** The last line. */
export function summaryLine(outcomes: readonly Outcome[]): string {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((all, o) => all + of(o), 0);
  const skipped = sum((o) => o.skipped === null ? 0 : 1);
  return `fuzz: ${sum((o) => o.executions)} executions in ${
    Math.round(sum((o) => o.seconds))
  } s, ` +
    `${sum((o) => o.findings.length)} findings` + (skipped > 0 ? `, ${skipped} skipped` : "");
}
