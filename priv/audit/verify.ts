/**
 * Whether an audit log is what the daemon wrote.
 *
 * @module
 */

import { ChainReader, type PlaceFinding } from "./chain_reader.ts";
import { explainBreaks } from "./explain.ts";
import type { LogSource } from "./log_source.ts";

/** Something about a line. */
export interface Finding {
  /** Name of the file. */
  readonly file: string;
  /** Number of the line in it, from 1. */
  readonly line: number;
  /** What there is to say. */
  readonly what: string;
}

/** What came of it. */
export interface Verified {
  /** How many lines there are. */
  readonly lines: number;
  /** What is wrong, in the order of the lines; nothing when the chain is intact. */
  readonly problems: readonly Finding[];
  /** What is worth knowing, and is not wrong: lines that were cut off. */
  readonly notes: readonly Finding[];
  /** SHA-256 of the last line; null when there is none. */
  readonly head: string | null;
}

/** Where each source begins among all lines. */
class Places {
  readonly #sources: { readonly name: string; readonly start: number }[] = [];

  add(name: string, start: number): void {
    this.#sources.push({ name, start });
  }

  of(at: number): { readonly file: string; readonly line: number } {
    const source = this.#sources.findLast(({ start }) => start <= at);
    return { file: source?.name ?? "", line: at - (source?.start ?? 0) + 1 };
  }
}

/**
 * Reads a log and tells what is wrong with it.
 *
 * @param sources its files, oldest first. That older ones are not there any more is not wrong.
 * @param expectedHead SHA-256 of a line that must be there, as the daemon knows it; without one, nobody
 * can tell whether the last line was changed or others after it were removed
 * @throws what reading throws
 */
export function verifyAudit(
  sources: readonly LogSource[],
  expectedHead: string | null = null,
): Verified {
  const reader = new ChainReader(expectedHead);
  const places = new Places();
  for (const { name, lines } of sources) {
    places.add(name, reader.index.length);
    for (const { bytes, ended } of lines()) reader.take(bytes, ended);
  }
  reader.end();
  const where = (at: number): string => {
    const { file, line } = places.of(at);
    return `${file}:${line}`;
  };
  const located = ({ at, what }: PlaceFinding): Finding => ({ ...places.of(at), what });
  return {
    lines: reader.index.length,
    problems: problemsOf(reader, where).map(located),
    notes: reader.notes.map(located),
    head: reader.head,
  };
}

function problemsOf(reader: ChainReader, where: (at: number) => string): PlaceFinding[] {
  const { index } = reader;
  if (index.length === 0) {
    return reader.headFound ? [] : [{ at: 0, what: "is not there, nor any line after it" }];
  }
  const isWhole = !reader.isBroken && reader.garbage.size === 0 && reader.begins;
  const problems = isWhole ? [] : explainBreaks(reader, where);
  if (reader.isBroken && problems.length === 0) {
    problems.push({ at: 0, what: "and those after it are no chain" });
  }
  if (!reader.headFound) {
    const what = "is not what the daemon wrote last: it was changed, or lines after it are missing";
    problems.push({ at: index.length - 1, what });
  }
  return problems;
}
