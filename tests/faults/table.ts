/**
 * Outcomes as a table in Markdown.
 *
 * @module
 */

import type { Outcome } from "./trial.ts";

/** A row for each system call, error and phase; the occurrences that came to the same are one. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { phase, fault: { syscall, error, signal }, problems } = outcome;
    if (outcome.struck === 0 && problems.length === 0 && signal === undefined) continue;
    const key = [syscall, error ?? signal, phase, shortResult(outcome)].join(" | ");
    rows.set(key, [...rows.get(key) ?? [], outcome]);
  }
  const lines = [...rows].sort(([a], [b]) => a < b ? -1 : 1).map(([key, same]) => {
    const when = same.map(({ fault }) => fault.when).join(" ");
    const slowest = Math.max(...same.map(({ tookMs }) => tookMs));
    return `| ${key} | ${when} | ${slowest} |`;
  });
  return [
    "| system call | fault | phase | what happens | occurrences | ms at most |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

function shortResult({ result, problems }: Outcome): string {
  if (problems.length > 0) return `**PROBLEM** ${problems[0].slice(0, 200).replaceAll("\n", " ")}`;
  return result.replaceAll("|", "/").slice(0, 160);
}
