/**
 * The faults that are tried in a phase: each of its system calls with each plausible error, at the first,
 * the second, the last and at every occurrence; or the death of the daemon at each single occurrence.
 *
 * @module
 */

import { ERRNOS } from "./errnos.ts";
import type { Reference } from "./reference.ts";
import type { Fault } from "./strace.ts";

/** Calls after which the host, or what is noted of it, may be another one. */
export const CHANGING_CALLS: readonly string[] = [
  ...["sendmsg", "write", "rename", "unlink", "openat", "rmdir", "ftruncate", "sethostname"],
  "clone3",
];

/** Of requests to the kernel's tables, each single one is struck: what fails is in the middle of a change. */
const STRUCK_EACH: ReadonlyMap<string, string> = new Map([["sendmsg", "ENOBUFS"]]);

/** In these phases, each of the answers as well. */
const ANSWERS_STRUCK_EACH: ReadonlySet<string> = new Set(["change", "stop"]);

/** Phases in which every error is tried; in the others the first and the last of each call's list. */
const ALL_ERRORS: ReadonlySet<string> = new Set(["start", "change"]);

/** No signal interrupts every call, and with a connection that is aborted it is over. */
const SINGLE_ERRORS: ReadonlySet<string> = new Set(["EINTR", "ECONNABORTED"]);

/** How many single occurrences of a call are struck, spread over the phase. */
const SPREAD = 4;

/**
 * Errors at the first occurrence and at all; one error at occurrences spread over the phase, and of calls to
 * the kernel's tables at every single one.
 */
export function errorFaults({ phase, base, counts }: Reference): Fault[] {
  const faults: Fault[] = [];
  for (const [syscall, errors] of Object.entries(ERRNOS)) {
    const first = (base.get(syscall) ?? 0) + 1;
    const count = counts.get(syscall) ?? 0;
    if (count === 0) continue;
    const tried = ALL_ERRORS.has(phase.name) ? errors : new Set([errors[0], errors.at(-1)!]);
    for (const error of tried) {
      faults.push({ syscall, error, when: String(first) });
      if (!SINGLE_ERRORS.has(error)) {
        faults.push({ syscall, error, when: repeated(syscall, first) });
      }
    }
    const isAnswer = syscall === "recvmsg" && ANSWERS_STRUCK_EACH.has(phase.name);
    const each = isAnswer ? "ENOBUFS" : STRUCK_EACH.get(syscall);
    const step = each === undefined ? Math.max(1, (count - 1) / SPREAD) : 1;
    for (let n = step; n < count; n += step) {
      faults.push({ syscall, error: each ?? errors[0], when: String(first + Math.round(n)) });
    }
  }
  return faults;
}

/** One error of each call, at its first occurrence and at all: a tenth of {@link errorFaults}. */
export function sparseFaults({ base, counts }: Reference): Fault[] {
  return Object.entries(ERRNOS).flatMap(([syscall, errors]) => {
    const error = errors.find((each) => !SINGLE_ERRORS.has(each));
    if (error === undefined || !counts.has(syscall)) return [];
    const first = (base.get(syscall) ?? 0) + 1;
    return [String(first), repeated(syscall, first)].map((when) => ({ syscall, error, when }));
  });
}

/** No kernel goes on saying that there is something to read and refusing to give it. */
const READING_CALLS: readonly string[] = ["read", "recvfrom", "recvmsg"];
const BURST = 3;

function repeated(syscall: string, first: number): string {
  return READING_CALLS.includes(syscall) ? `${first}..${first + BURST - 1}` : `${first}+`;
}

/** The daemon dies at each call that changes something. */
export function deathFaults({ base, counts }: Reference): Fault[] {
  return CHANGING_CALLS.flatMap((syscall) => {
    const first = (base.get(syscall) ?? 0) + 1;
    const count = counts.get(syscall) ?? 0;
    return Array.from({ length: count }, (_, n) => ({
      syscall,
      signal: "KILL",
      when: String(first + n),
    }));
  });
}
