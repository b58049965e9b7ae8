/**
 * Processor time of processes, as /proc tells it (proc_pid_stat(5), Documentation/scheduler/
 * sched-stats.rst).
 *
 * @module
 */

/** USER_HZ, in which the kernel tells times; the same on every architecture that Deno runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Reads the first figure of a schedstat file.
 *
 * @returns nanoseconds on a processor
 * @throws {Error} when there is none
 */
export function parseSchedstat(text: string): number {
  const match = /^(\d+) \d+ \d+\s*$/.exec(text);
  if (match === null) throw new Error(`Cannot read schedstat: ${text}`);
  return Number(match[1]);
}

/**
 * Reads the time of children that have ended and were waited for, from the text of a stat file.
 *
 * @returns cutime and cstime together, in seconds
 * @throws {Error} when the text is something else
 */
export function parseReapedSeconds(text: string): number {
  // The second field is a name in parentheses, which may itself hold any of that.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[13]) + Number(fields[14]);
  if (!Number.isInteger(ticks)) throw new Error(`Cannot read stat: ${text}`);
  return ticks / TICKS_PER_SECOND;
}

/**
 * Processor time that processes have used so far, with that of their threads and of the children
 * that they have waited for.
 *
 * @param pids processes; those that are gone count nothing
 * @returns seconds
 */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) =>
        parseSchedstat(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`))
      );
      const own = threads.reduce((all, nanoseconds) => all + nanoseconds, 0) / 1e9;
      return sum + own + parseReapedSeconds(Deno.readTextFileSync(`/proc/${pid}/stat`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || /ESRCH/.test(String(error))) return sum;
      throw error;
    }
  }, 0);
}
