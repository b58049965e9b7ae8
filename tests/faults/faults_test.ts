/**
 * A part of `deno task faults` that finds what has been found before: system calls of a running daemon that
 * fail, and calls that are its last.
 *
 * @module
 */

import assert from "node:assert/strict";
import { testWith } from "../support/requirements.ts";
import { CHANGING_CALLS } from "./matrix.ts";
import { PHASES } from "./phases.ts";
import type { Reference } from "./reference.ts";
import { runPlan } from "./runner.ts";
import type { Fault } from "./strace.ts";
import { type Outcome, outcomeText } from "./trial.ts";

const JOBS = 3;

/** Phase, call, error, and which occurrences of the phase: `1`, `1+` (all). */
const ERRORS: readonly (readonly [phase: string, syscall: string, error: string, when: string])[] =
  [
    ["start", "ppoll", "ENOMEM", "1+"],
    ["start", "openat", "EMFILE", "1+"],
    ["start", "socket", "ENOBUFS", "1"],
    ["change", "sendmsg", "ENOBUFS", "1+"],
    ["change", "sendmsg", "EINTR", "6"],
    ["change", "recvmsg", "ENOBUFS", "17"],
    ["change", "recvmsg", "ENOBUFS", "30"],
    ["change", "recvmsg", "ENOBUFS", "45"],
    ["change", "recvmsg", "ENOBUFS", "60"],
    ["change", "write", "ENOSPC", "1+"],
    ["change", "rename", "EROFS", "1+"],
    ["change", "openat", "EMFILE", "1+"],
    ["operators", "accept4", "EMFILE", "1+"],
    ["operators", "accept4", "ECONNABORTED", "1"],
    ["reload", "clone3", "EAGAIN", "1"],
    ["reload", "kill", "EPERM", "1+"],
    ["stop", "sendmsg", "ENOBUFS", "1"],
    ["stop", "unlink", "EIO", "1"],
  ];

function shifted({ base }: Reference, syscall: string, when: string): string {
  const first = base.get(syscall) ?? 0;
  return `${first + Number(when.replace("+", ""))}${when.endsWith("+") ? "+" : ""}`;
}

function chosenErrors(reference: Reference): Fault[] {
  return ERRORS.filter(([phase]) => phase === reference.phase.name)
    .map(([, syscall, error, when]) => ({
      ...{ syscall, error },
      when: shifted(reference, syscall, when),
    }));
}

/** How many deaths at each kind of call, spread over the phase. */
const DEATHS: Readonly<Record<string, number>> = {
  ...{ sendmsg: 9, rename: 2, unlink: 1, write: 1, ftruncate: 2, sethostname: 2 },
};

function chosenDeaths({ counts }: Reference): Fault[] {
  return CHANGING_CALLS.flatMap((syscall) => {
    const count = counts.get(syscall) ?? 0;
    const wanted = Math.min(count, DEATHS[syscall] ?? 0);
    return Array.from({ length: wanted }, (_, n) => ({
      syscall,
      signal: "KILL",
      when: String(1 + Math.floor((n + 0.5) * count / wanted)),
    }));
  });
}

async function outcomesOf(
  names: readonly string[],
  faults: (reference: Reference) => readonly Fault[],
): Promise<Outcome[]> {
  const phases = PHASES.filter(({ name }) => names.includes(name));
  const outcomes = await runPlan({ phases, faults, jobs: JOBS, tell: () => {} });
  const wrong = outcomes.filter(({ problems }) => problems.length > 0)
    .map((outcome) => [outcomeText(outcome), ...outcome.problems].join("\n"));
  assert.deepEqual(wrong, [], wrong.join("\n\n"));
  return outcomes;
}

testWith(
  ["root", "netns", "executable", "dnsmasq", "strace"],
  "a daemon whose system calls fail goes on, or ends with a reason, and leaves nothing half done",
  async () => {
    const outcomes = await outcomesOf([...new Set(ERRORS.map(([phase]) => phase))], chosenErrors);
    assert.equal(outcomes.length, ERRORS.length);
    const struck = outcomes.filter(({ struck }) => struck > 0).length;
    assert.ok(struck > ERRORS.length / 2, `only ${struck} were struck`);
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq", "strace"],
  "a daemon that is killed at a step from one lease to another leaves what its successor makes right",
  async () => {
    const outcomes = await outcomesOf(["change"], chosenDeaths);
    const killed = outcomes.filter(({ result }) => result.startsWith("ends 137")).length;
    assert.ok(killed > outcomes.length / 2, `only ${killed} of ${outcomes.length} were killed`);
  },
);
