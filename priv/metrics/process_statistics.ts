/**
 * What the kernel counts of the daemon's process and its calves (proc(5)).
 *
 * @module
 */

import { countProcEntries, readProc } from "../../ffi/proc.ts";
import { bootTimeMs } from "../../ffi/time.ts";

/** A page of memory on x86-64. */
const PAGE_BYTES = 4096;
/** Units of /proc/PID/stat a second, the same on each x86-64 kernel: USER_HZ, linux/param.h. */
const TICKS_PER_SECOND = 100;

/** Figures of this process. */
export interface ProcessFigures {
  /** Physical memory. */
  readonly residentBytes: number;
  /** Address space. */
  readonly virtualBytes: number;
  /** Processor time, user and system. */
  readonly cpuSeconds: number;
  /** When it was started, since 1970. */
  readonly startTimeSeconds: number;
  /** Descriptors that are open. */
  readonly openFds: number;
  /** How many may be open; Infinity = any number. */
  readonly maxFds: number;
}

/** Figures of this process and the calves. What could not be read is absent. */
export interface ProcessStatistics {
  /** This process, or null. */
  readonly self: ProcessFigures | null;
  /** Physical memory of the calves in bytes, by interface. */
  readonly calfResidentBytes: ReadonlyMap<string, number>;
}

/** The fields of /proc/PID/stat, of which `fields[0]` is the third, `state`. */
function statFields(text: string): string[] {
  // The second one is the program's name, which may hold anything.
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** `wallMs` is the wall clock now, `bootMs` the time since boot. */
export function parseStat(
  text: string,
  wallMs: number,
  bootMs: number,
): Omit<ProcessFigures, "openFds" | "maxFds"> {
  // Numbers of fields as proc(5) has them.
  const field = (number: number) => Number(statFields(text)[number - 3]);
  return {
    residentBytes: field(24) * PAGE_BYTES,
    virtualBytes: field(23),
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
    startTimeSeconds: (wallMs - bootMs) / 1000 + field(22) / TICKS_PER_SECOND,
  };
}

/** The soft limit in /proc/PID/limits. */
export function parseMaxFds(text: string): number {
  const soft = /^Max open files +(\S+)/m.exec(text)?.[1] ?? "";
  return soft === "unlimited" ? Infinity : Number(soft);
}

/** The second field of /proc/PID/statm. */
export function parseResident(text: string): number {
  return Number(text.split(" ")[1]) * PAGE_BYTES;
}

/** Null where there is no /proc, and for a process that has ended. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Reads /proc. Make one for the life of the daemon: its start does not move when the clock is set. */
export class ProcessReader {
  readonly #wallMs = Date.now();
  readonly #bootMs = bootTimeMs();

  /** The present figures; `calves` are the process ids by interface. Never throws. */
  read(calves: ReadonlyMap<string, number>): ProcessStatistics {
    const resident = new Map<string, number>();
    for (const [name, pid] of calves) {
      const bytes = orNull(() => parseResident(readProc(`/proc/${pid}/statm`)));
      if (bytes !== null) resident.set(name, bytes);
    }
    return { self: orNull(() => this.#readSelf()), calfResidentBytes: resident };
  }

  #readSelf(): ProcessFigures {
    return {
      ...parseStat(readProc("/proc/self/stat"), this.#wallMs, this.#bootMs),
      openFds: countProcEntries("/proc/self/fd") - 1, // the one that reads the directory
      maxFds: parseMaxFds(readProc("/proc/self/limits")),
    };
  }
}
