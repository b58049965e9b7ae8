/**
 * The audit log of a daemon under test, read as anybody would.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type AuditLine, parseLine } from "../../priv/audit/line.ts";
import { bytesSource, filesOf, fileSource } from "../../priv/audit/log_source.ts";
import { type Finding, verifyAudit } from "../../priv/audit/verify.ts";
import type { Network } from "./network.ts";
import { waitUntil } from "./wait.ts";

/** Members of a line that is looked for; a pattern fits part of a member. */
export type Wanted = { readonly [name in keyof AuditLine]?: AuditLine[name] | RegExp };

/** Where a daemon of the test network keeps its log. */
export function auditFile({ directory }: Network): string {
  return `${directory}/state/audit.log`;
}

/** All lines of a log, the older files first. Each must be one. */
export function auditLines(file: string): AuditLine[] {
  const texts = filesOf(file).flatMap((each) =>
    Deno.readTextFileSync(each).split("\n").slice(0, -1)
  );
  return texts.map((text) => {
    const line = parseLine(text);
    assert.ok(line !== null, `no line of an audit log: ${text}`);
    return line;
  });
}

/** Whether a line is what is looked for. */
export function fits(line: AuditLine, wanted: Wanted): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const found = line[name as keyof AuditLine];
    return value instanceof RegExp ? value.test(String(found)) : found === value;
  });
}

/** Waits for a line and gives it. */
export function waitForEvent(file: string, wanted: Wanted, timeoutMs?: number): Promise<AuditLine> {
  const found = () => auditLines(file).find((line) => fits(line, wanted));
  return waitUntil(`an event ${showWanted(wanted)}`, found, {
    timeoutMs,
    explain: () => filesOf(file).map((each) => Deno.readTextFileSync(each)).join(""),
  });
}

/** Asserts that there are such lines, in this order; others may stand between them. */
export function assertEvents(lines: readonly AuditLine[], ...sequence: readonly Wanted[]): void {
  let at = 0;
  for (const wanted of sequence) {
    const found = lines.findIndex((line, index) => index >= at && fits(line, wanted));
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    assert.ok(found >= 0, `no event ${showWanted(wanted)} from line ${at + 1} on:\n${text}`);
    at = found + 1;
  }
}

/** Asserts that a log is what was written, numbered from 1 without a gap; gives the SHA-256 of its end. */
export function assertIntact(file: string): string | null {
  const { problems, head } = verifyAudit(filesOf(file).map(fileSource));
  assert.deepEqual(problems, []);
  const numbers = auditLines(file).map(({ seq }) => seq);
  assert.deepEqual(numbers, numbers.map((_, index) => numbers[0] + index));
  return head;
}

/** What is wrong with a log of these lines: the line's number and what is said of it. */
export function problemsOf(lines: readonly string[], head: string | null): string[] {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const text = ({ line, what }: Finding): string => `${line}: ${what}`;
  return verifyAudit([bytesSource("copy", bytes)], head).problems.map(text);
}

function showWanted(wanted: Wanted): string {
  const show = (value: unknown): string =>
    value instanceof RegExp ? String(value) : JSON.stringify(value);
  return Object.entries(wanted).map(([name, value]) => `${name}=${show(value)}`).join(" ");
}
