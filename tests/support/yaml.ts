/**
 * Reads as much YAML as this repository's own files have: block mappings and sequences, sequences in square
 * brackets on one line, quoted and plain scalars, comments. Numbers stay text. What else there is in YAML is an error.
 *
 * @module
 */

/** What a file holds. */
export type Yaml = string | boolean | null | Yaml[] | { [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

/** A key, and what follows it on its line. */
const KEY = /^([A-Za-z0-9_.-]+):(?:\s+(.*))?$/;

/** Without a comment, which begins with `#` at the beginning or after a space and not within quotes. */
function withoutComment(text: string): string {
  const match = /^((?:[^"'#]|"[^"]*"|'[^']*'|\S#)*?)(?:(?:^|\s+)#.*)?$/.exec(text);
  return (match?.[1] ?? text).trimEnd();
}

class Reader {
  readonly #lines: Line[];

  constructor(text: string) {
    this.#lines = text.split("\n")
      .map((raw, index) => ({ raw: withoutComment(raw), number: index + 1 }))
      .filter(({ raw }) => raw.trim() !== "")
      .map(({ raw, number }) => {
        const text = raw.trimStart();
        return { indent: raw.length - text.length, text, number };
      });
  }

  document(): Yaml {
    const value = this.#block(0);
    const rest = this.#lines.at(0);
    if (rest !== undefined) throw this.#error(rest);
    return value;
  }

  #error({ number, text }: Line): Error {
    return new Error(`Cannot read line ${number}: ${text}`);
  }

  /** A mapping or a sequence whose lines are indented by at least so much; null when there is none. */
  #block(least: number): Yaml {
    const first = this.#lines.at(0);
    if (first === undefined || first.indent < least) return null;
    return first.text.startsWith("- ") ? this.#sequence(first.indent) : this.#mapping(first.indent);
  }

  #sequence(indent: number): Yaml[] {
    const items: Yaml[] = [];
    for (
      let line = this.#lines.at(0);
      line !== undefined && line.indent === indent && line.text.startsWith("- ");
      line = this.#lines.at(0)
    ) {
      const text = line.text.slice(2).trimStart();
      if (KEY.test(text)) {
        // The mapping's first line stands behind the dash.
        const inner = indent + line.text.length - text.length;
        this.#lines[0] = { ...line, indent: inner, text };
        items.push(this.#mapping(inner));
      } else {
        this.#lines.shift();
        items.push(this.#scalar(text, line));
      }
    }
    return items;
  }

  #mapping(indent: number): Yaml {
    const values: { [key: string]: Yaml } = {};
    for (let line = this.#lines.at(0); line?.indent === indent; line = this.#lines.at(0)) {
      const match = KEY.exec(line.text);
      if (match === null || match[1] in values) throw this.#error(line);
      this.#lines.shift();
      const [, key, rest] = match;
      // A sequence may begin below its key without being indented.
      const next = this.#lines.at(0);
      const deeper = next?.text.startsWith("- ") && next.indent === indent ? indent : indent + 1;
      values[key] = rest === undefined ? this.#block(deeper) : this.#scalar(rest, line);
    }
    return values;
  }

  #scalar(text: string, line: Line): Yaml {
    if (/^["[]/.test(text)) {
      try {
        return JSON.parse(text);
      } catch {
        throw this.#error(line);
      }
    }
    if (/^['{}&*!|>%@`]/.test(text)) throw this.#error(line);
    return text === "true" ? true : text === "false" ? false : text;
  }
}

/**
 * Reads a file's text.
 *
 * @throws Error with the line that is not understood
 */
export function parseYaml(text: string): Yaml {
  return new Reader(text).document();
}
