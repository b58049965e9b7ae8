/**
 * What a row of the table of metrics is, and what its values are made of.
 *
 * @module
 */

import type { Buckets, MetricType, Sample } from "./exposition.ts";
import type { ProcessStatistics } from "./process_statistics.ts";
import type { HandlerStatistics, LoopStatistics } from "./statistics.ts";

/** The keys of one interface. */
export interface InterfaceInput {
  /** The interface. */
  readonly name: string;
  /** The keys that are set, by the paths of `KEYS`, the measurements up to date. */
  readonly keys: ReadonlyMap<string, string>;
}

/** All that metrics are made of, as of one moment. */
export interface MetricsInput {
  /** The daemon's keys that are set, by the paths of `DAEMON_KEYS`. */
  readonly daemon: ReadonlyMap<string, string>;
  /** The managed interfaces. */
  readonly interfaces: readonly InterfaceInput[];
  /** Figures of the kernel. */
  readonly process: ProcessStatistics;
  /** Times and failures of the handlers. */
  readonly handlers: HandlerStatistics;
  /** Times of the event loop. */
  readonly loop: LoopStatistics;
}

/** One metric. */
export interface MetricRow {
  /** See `Family.name`. */
  readonly name: string;
  /** See `Family.type`. */
  readonly type: MetricType;
  /** See `Family.help`. */
  readonly help: string;
  /** Names of the labels, in their order. */
  readonly labels: readonly string[];
  /** Where the values come from: keys, or what else. */
  readonly source: string;
  /** The series as of now. */
  readonly samples: (input: MetricsInput) => readonly Sample[];
}

/** What a row has beside its samples. */
export type RowHead = Omit<MetricRow, "samples" | "labels">;

/** A number, or null where there is none now. */
export type Reader = (keys: ReadonlyMap<string, string>) => number | null;

/** A row with one series, or none. */
export function single(
  head: RowHead,
  read: (input: MetricsInput) => number | Buckets | null,
): MetricRow {
  return {
    ...head,
    labels: [],
    samples: (input) => {
      const value = read(input);
      return value === null ? [] : [{ labels: {}, value }];
    },
  };
}

/** A row with one series, or none, for each interface. */
export function perInterface(head: RowHead, read: Reader): MetricRow {
  return {
    ...head,
    labels: ["interface"],
    samples: ({ interfaces }) =>
      interfaces.flatMap(({ name, keys }) => {
        const value = read(keys);
        return value === null ? [] : [{ labels: { interface: name }, value }];
      }),
  };
}

/** A row with one series for each interface and each of some words that `list` gives with their values. */
export function perWord(
  head: RowHead,
  label: string,
  list: (keys: ReadonlyMap<string, string>) => readonly (readonly [string, number])[],
): MetricRow {
  return {
    ...head,
    labels: ["interface", label],
    samples: ({ interfaces }) =>
      interfaces.flatMap(({ name, keys }) =>
        list(keys).map(([word, value]) => ({ labels: { interface: name, [label]: word }, value }))
      ),
  };
}

/** Reads a key that holds a number: `Count` or `Seconds`, of which one may be `infinite`. */
export function numberAt(path: string): Reader {
  return (keys) => {
    const text = keys.get(path);
    if (text === undefined) return null;
    return text === "infinite" ? Infinity : Number(text);
  };
}

/** Reads a key that holds a `Timestamp`, as seconds since 1970. */
export function timeAt(path: string): Reader {
  return (keys) => {
    const text = keys.get(path);
    return text === undefined ? null : Date.parse(text) / 1000;
  };
}

/** 1 when a key holds `word`, 0 when it holds another one. */
export function isAt(path: string, word: string): Reader {
  return (keys) => {
    const text = keys.get(path);
    return text === undefined ? null : Number(text === word);
  };
}

/** How many keys below a path are set. */
export function countBelow(path: string): Reader {
  return (keys) => {
    let count = 0;
    for (const key of keys.keys()) if (key.startsWith(`${path}/`)) count++;
    return count;
  };
}
