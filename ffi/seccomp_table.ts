/**
 * A list of allowed system calls as a table for people (Markdown).
 *
 * @module
 */

import type { SeccompCondition, SeccompRule } from "./seccomp.ts";

const INT = 0xffff_ffffn;

function hex(value: bigint): string {
  return value < 10n ? String(value) : `0x${value.toString(16)}`;
}

function conditionText({ arg, op, value, mask }: SeccompCondition): string {
  if (op === "le") return `a${arg} ≤ ${hex(value)}`;
  const whole = op === "eq" || mask === INT;
  return `${whole ? `a${arg}` : `a${arg} & ${hex(mask ?? 0n)}`} = ${hex(value)}`;
}

/**
 * One row for each rule: the system call, its conditions (a0 to a5 are its arguments; all must hold), the reason.
 *
 * @param rules the list
 * @returns lines of a Markdown table, ending with a line end
 */
export function seccompTable(rules: readonly SeccompRule[]): string {
  const rows = rules.map(({ syscall, conditions = [], reason }) =>
    `| ${syscall} | ${conditions.map(conditionText).join(", ")} | ${reason} |`
  );
  return ["| system call | if | why |", "| --- | --- | --- |", ...rows, ""].join("\n");
}
