/**
 * Makes the input of a finding smaller while it stays the same finding.
 *
 * @module
 */
import type { Finding } from "./engine.ts";
import type { RunInput } from "./target.ts";

/** What two findings have in common that are one: the first line without what differs. */
export function signature(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split("\n")[0].replaceAll(/[0-9]+/g, "N").slice(0, 80);
}

/**
 * Removes pieces, from large ones to single units, and makes bytes zero, as long as the finding
 * stays.
 *
 * @param finding what was found
 * @param run runs an input
 * @param unit bytes of a piece
 * @param maxRuns inputs that may be tried
 * @returns the same finding with an input that is no longer
 */
export function minimize(
  finding: Finding,
  run: RunInput,
  unit: number,
  maxRuns = 20_000,
): Finding {
  const wanted = signature(finding.error);
  let smallest = finding;
  let runs = 0;
  const keep = (input: Uint8Array): boolean => {
    if (++runs > maxRuns) return false;
    try {
      for (const _ of run(input.slice()));
      return false;
    } catch (error) {
      if (signature(error) !== wanted) return false;
      smallest = { input, error };
      return true;
    }
  };
  for (let size = roundUp(smallest.input.length / 2, unit); size >= unit; size = half(size, unit)) {
    for (let at = 0; at < smallest.input.length;) {
      const { input } = smallest;
      const rest = [...input.subarray(0, at), ...input.subarray(at + size)];
      if (!keep(Uint8Array.from(rest))) at += size;
    }
  }
  for (let at = 0; unit === 1 && at < smallest.input.length; at++) {
    if (smallest.input[at] !== 0) keep(smallest.input.with(at, 0));
  }
  return smallest;
}

function roundUp(size: number, unit: number): number {
  return Math.max(1, Math.ceil(size / unit)) * unit;
}

/** The next smaller size, 0 after the smallest. */
function half(size: number, unit: number): number {
  return size === unit ? 0 : roundUp(size / 2, unit);
}
