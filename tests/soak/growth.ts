/**
 * Whether samples that were taken over a long time tell of something that grows without a bound.
 *
 * @module
 */

import type { ProcessSample, Sample } from "./sample.ts";

/**
 * How much more memory a process may have in the last third than in the first, KiB, when it grows all the
 * time: V8 keeps garbage until it has a few MiB. A leak of 100 bytes in each message would be seen in half
 * an hour. When it collects thoroughly for the first time, which may be after hours, it takes 15 MiB at
 * once, and no more after that.
 */
export const MEMORY_SLACK_KIB = 4096;
/** No process may ever have more, KiB: V8's whole heap (`--max-heap-size`), and what is none of it. */
export const MOST_MEMORY_KIB = 96 * 1024;

/** Fewest samples that say anything. */
export const LEAST_SAMPLES = 6;

/** The thirds of samples in order. */
function thirds<T>(samples: readonly T[]): [first: T[], middle: T[], last: T[]] {
  const third = Math.floor(samples.length / 3);
  return [samples.slice(0, third), samples.slice(third, -third), samples.slice(-third)];
}

/** A count leaks when in the end it is always higher than it ever was in the beginning. */
function countGrows(what: string, counts: readonly number[]): string[] {
  const [first, , last] = thirds(counts);
  const before = Math.max(...first);
  const after = Math.min(...last);
  return after > before ? [`${what}: ${before} at first, ${after} in the end`] : [];
}

/** The middle one: a sample, not a mean of two, of which one may be from before a step. */
function middle(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor((samples.length - 1) / 2)];
}

/** Memory leaks when it grows from the first third to the middle one, and again to the last one. */
function memoryGrows(what: string, kib: readonly number[]): string[] {
  const most = Math.max(...kib);
  if (most > MOST_MEMORY_KIB) return [`${what}: ${most} KiB`];
  const [before, between, after] = thirds(kib).map(middle);
  const growth = 2 * Math.min(between - before, after - between);
  if (growth <= MEMORY_SLACK_KIB) return [];
  return [`${what}: ${before} KiB at first, ${after} KiB in the end`];
}

/** What is there or not there, and was otherwise in the beginning. */
function differences(first: readonly string[], now: readonly string[]): string[] {
  return [
    ...now.filter((name) => !first.includes(name)).map((name) => `${name} has come`),
    ...first.filter((name) => !now.includes(name)).map((name) => `${name} is not there`),
  ];
}

/** Former audit logs are kept, a few of them. */
const FORMER_LOG = /^audit\.log\.\d$/;

/**
 * Judges samples that were taken while the daemon had its lease and nobody asked it for anything.
 *
 * @param samples in the order of time
 * @returns what grows or is not as it should be, a line each
 */
export function judge(samples: readonly Sample[]): string[] {
  if (samples.length < LEAST_SAMPLES) return [`only ${samples.length} samples: nothing is known`];
  const roles = [...new Set(samples.flatMap(({ processes }) => processes.map(({ role }) => role)))];
  const ofRole = (role: string, figure: (one: ProcessSample) => number) =>
    samples.flatMap(({ processes }) => processes.filter((each) => each.role === role).map(figure));
  const problems = roles.flatMap((role) => [
    ...countGrows(`descriptors of ${role}`, ofRole(role, ({ descriptors }) => descriptors)),
    ...countGrows(`threads of ${role}`, ofRole(role, ({ threads }) => threads)),
    ...memoryGrows(`RSS of ${role}`, ofRole(role, ({ rss }) => rss)),
    ...memoryGrows(`USS of ${role}`, ofRole(role, ({ uss }) => uss)),
    ...memoryGrows(`data of ${role}`, ofRole(role, ({ data }) => data)),
  ]);
  const counts = (figure: (sample: Sample) => number) => samples.map(figure);
  problems.push(
    ...countGrows("processes", counts(({ processes }) => processes.length)),
    ...countGrows("packet sockets", counts(({ packetSockets }) => packetSockets)),
    ...countGrows("Unix sockets", counts(({ unixSockets }) => unixSockets)),
    ...countGrows("routes", counts(({ routes }) => routes.length)),
  );
  const [{ runFiles, stateFiles }] = samples;
  const isLasting = (name: string): boolean => !FORMER_LOG.test(name);
  for (const sample of samples) {
    const { minutes, zombies, addresses, auditProblems } = sample;
    const at = `after ${minutes.toFixed(1)} minutes`;
    if (zombies > 0) problems.push(`${zombies} zombies ${at}`);
    if (addresses.length !== 1) problems.push(`addresses ${at}: ${addresses.join(" ") || "none"}`);
    for (const problem of auditProblems) problems.push(`audit log ${at}: ${problem}`);
    const files = [
      ...differences(runFiles, sample.runFiles),
      ...differences(stateFiles.filter(isLasting), sample.stateFiles.filter(isLasting)),
    ];
    if (files.length > 0) problems.push(`files ${at}: ${files.join(", ")}`);
  }
  return problems;
}
