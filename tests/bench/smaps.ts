/**
 * What memory a process has, as /proc/PID/smaps_rollup tells it (proc_pid_smaps_rollup(5)).
 *
 * @module
 */

/** Memory of one process in KiB. */
export interface Memory {
  /** Resident: every page that it has in memory, also those it shares. */
  readonly rss: number;
  /** Proportional: a page that n processes share counts one nth. */
  readonly pss: number;
  /** Unique: pages that nobody shares, Private_Clean and Private_Dirty. It would free these. */
  readonly uss: number;
}

/**
 * Reads the text of smaps_rollup.
 *
 * @throws {Error} when a field is missing: the kernel shows nothing of a process that is ending
 */
export function parseSmapsRollup(text: string): Memory {
  const field = (name: string): number => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
    if (match === null) throw new Error(`Cannot read smaps_rollup: it has no ${name}`);
    return Number(match[1]);
  };
  return {
    rss: field("Rss"),
    pss: field("Pss"),
    uss: field("Private_Clean") + field("Private_Dirty"),
  };
}

/** The memory of a process; needs to be root for another user's process. */
export function memoryOf(pid: number): Memory {
  return parseSmapsRollup(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`));
}

/** Sums memory up; shared pages count more than once in the RSS, and not at all in the USS. */
export function sum(memories: readonly Memory[]): Memory {
  const add = (of: (memory: Memory) => number) => memories.reduce((all, each) => all + of(each), 0);
  return { rss: add(({ rss }) => rss), pss: add(({ pss }) => pss), uss: add(({ uss }) => uss) };
}
