/**
 * The sections of the daemon's `--help` as data, so that the manual page says the same.
 *
 * @module
 */

/** One entry: what is explained, and how. */
export interface HelpItem {
  /** Such as `SIGUSR1` or `0`. */
  readonly term: string;
  /** One paragraph; "" when there is none. */
  readonly text: string;
}

/** One section. */
export interface HelpSection {
  /** Its heading without the colon. */
  readonly title: string;
  /** Its entries. */
  readonly items: readonly HelpItem[];
}

const HEADING = /^([A-Z][A-Za-z ]*):$/;
/** A term, two spaces or more, and the beginning of its text; or the term alone. An option may stand further in. */
const ITEM = /^ {2}(?: {4}(?=--))?(\S.*?)(?: {2,}(\S.*))?$/;
const CONTINUATION = /^ {3,}(\S.*)$/;

/** Joins paragraphs and lines. */
function append(item: { text: string }, line: string): void {
  item.text = item.text === "" ? line : `${item.text} ${line}`;
}

/**
 * Reads the sections: a line that ends with a colon, and indented entries behind it.
 *
 * @param help the text of `--help`
 */
export function helpSections(help: string): HelpSection[] {
  const sections: { title: string; items: { term: string; text: string }[] }[] = [];
  let inside = false;
  for (const line of help.split("\n")) {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      sections.push({ title: heading[1], items: [] });
      inside = true;
      continue;
    }
    const items = sections.at(-1)?.items;
    if (items === undefined || line === "" || !line.startsWith(" ")) {
      inside = inside && line === "";
      continue;
    }
    if (!inside) continue;
    const item = ITEM.exec(line);
    const continuation = CONTINUATION.exec(line);
    const last = items.at(-1);
    if (item !== null) items.push({ term: item[1], text: item[2] ?? "" });
    else if (continuation !== null && last !== undefined) append(last, continuation[1]);
  }
  return sections;
}
