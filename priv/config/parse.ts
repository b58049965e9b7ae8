/**
 * The lines of a configuration file in dhcpcd.conf(5) syntax, divided into blocks. What the directives
 * mean is not known here. Any text gives a result; nothing is thrown.
 *
 * @module
 */

import { escapeText } from "../escape.ts";

/** Longest file in bytes. */
export const MAX_FILE_BYTES = 64 * 1024;
/** Longest line in characters. */
export const MAX_LINE_LENGTH = 1024;
/** Most directives of a file: each is checked on its own. */
export const MAX_DIRECTIVES = 2000;
/** Most problems that are kept; who has so many has the wrong file. */
export const MAX_PROBLEMS = 100;

/** Something wrong with a file. */
export interface Problem {
  /** Counted from 1. */
  readonly line: number;
  /** An error forbids to use the file; a warning says what is not done. */
  readonly severity: "error" | "warning";
  /** One line of printable ASCII characters. */
  readonly message: string;
}

/** A directive as it stands in the file. */
export interface Directive {
  /** Its first word. */
  readonly name: string;
  /** The rest, without comment and white space around, still with quotes and escapes. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What a block is for: everything, some interfaces, a profile, or a wireless network. */
export type BlockKind = "global" | "interface" | "profile" | "ssid";

/** The directives up to the next block. */
export interface Block {
  /** What it is for. */
  readonly kind: BlockKind;
  /** What follows its first word; empty for the global one. */
  readonly text: string;
  /** Line of its first word; 0 for the global one. */
  readonly line: number;
  /** What it has. */
  readonly directives: readonly Directive[];
}

/** A file, divided. The first block is the global one. */
export interface ParsedConfig {
  /** In the order of the file. */
  readonly blocks: readonly Block[];
  /** What could not be read. */
  readonly problems: readonly Problem[];
}

/** Collects problems, as many as are kept, in the order of their lines. */
export class Problems {
  readonly #found: Problem[] = [];
  #more = false;

  /** Makes the message safe to show. */
  add(line: number, severity: Problem["severity"], message: string): void {
    if (this.#found.length < MAX_PROBLEMS) {
      this.#found.push({ line, severity, message: escapeText(message) });
    } else if (!this.#more) {
      this.#more = true;
      this.#found.push({ line, severity: "error", message: "too many problems to list them all" });
    }
  }

  /** Whether there are more than are kept. */
  get overflows(): boolean {
    return this.#more;
  }

  /** All of them. */
  get list(): readonly Problem[] {
    return [...this.#found].sort((a, b) => a.line - b.line);
  }
}

/** Cuts off a comment: from a `#` on that is neither quoted nor escaped. */
function withoutComment(text: string): string {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === "#" && !quoted) return text.slice(0, i);
  }
  return text;
}

/** Cuts off blanks at the end, but not one that is escaped. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[ \t\r]/.test(text[end - 1])) end--;
  // An odd number of backslashes escapes the blank behind them.
  const slashes = /\\*$/.exec(text.slice(0, end))?.[0].length ?? 0;
  return text.slice(0, slashes % 2 === 1 && end < text.length ? end + 1 : end);
}

const BLOCK_WORDS: ReadonlySet<string> = new Set(["interface", "profile", "ssid"]);

/** Divides a file into its blocks. A block ends where the next begins, or the file. */
export function parseConfig(text: string): ParsedConfig {
  const problems = new Problems();
  const blocks: (Block & { directives: Directive[] })[] = [
    { kind: "global", text: "", line: 0, directives: [] },
  ];
  let count = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const begins = raw.replace(/^[ \t]+/, "");
    if (begins === "" || begins === "\r" || /^[#;]/.test(begins)) continue;
    if (raw.length > MAX_LINE_LENGTH) {
      problems.add(line, "error", `longer than ${MAX_LINE_LENGTH} characters`);
      continue;
    }
    if (++count > MAX_DIRECTIVES) {
      problems.add(line, "error", `more than ${MAX_DIRECTIVES} directives`);
      break;
    }
    const content = withoutEnd(withoutComment(begins));
    const [, name, rest] = /^([^ \t]*)[ \t]*([^]*)$/.exec(content) ?? ["", content, ""];
    if (BLOCK_WORDS.has(name)) {
      blocks.push({ kind: name as BlockKind, text: rest, line, directives: [] });
    } else if (name !== "") {
      blocks[blocks.length - 1].directives.push({ name, text: rest, line });
    }
  }
  return { blocks, problems: problems.list };
}
