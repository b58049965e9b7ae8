/**
 * What follows the name of a directive: strings with quotes and escapes, and lists.
 *
 * @module
 */

import type { Parsed } from "../../schema/value_type.ts";
import { accept, refuse } from "../../schema/value_type.ts";

/** What stands for one character after a backslash. */
const LETTERS: Readonly<Record<string, string>> = { a: "\x07", b: "\b", n: "\n", r: "\r", t: "\t" };

/** A character by its code, after a backslash: `x` and two hexadecimal digits, or three octal ones. */
const CODE = /^(?:x([0-9a-fA-F]{1,2})|(0[0-7]{0,3}))/;

/** What a backslash and the text behind it mean, and how long that text is. */
function escaped(rest: string): { readonly text: string; readonly length: number } {
  const [all, hex, octal] = CODE.exec(rest) ?? [];
  if (all !== undefined) {
    const code = hex === undefined ? parseInt(octal, 8) : parseInt(hex, 16);
    return { text: String.fromCharCode(code & 0xff), length: all.length };
  }
  const first = rest.slice(0, 1);
  return { text: LETTERS[first] ?? first, length: 1 };
}

/** A string, with or without quotes around it, without its escapes. */
export function parseString(text: string): Parsed<string> {
  const quoted = text.startsWith('"');
  let value = "";
  for (let i = quoted ? 1 : 0; i < text.length; i++) {
    if (text[i] === "\\") {
      const { text: character, length } = escaped(text.slice(i + 1));
      value += character;
      i += length;
    } else if (quoted && text[i] === '"') {
      return i === text.length - 1
        ? accept(value)
        : refuse("there is text after the closing quote");
    } else {
      value += text[i];
    }
  }
  return quoted ? refuse("the closing quote is missing") : accept(value);
}

/** Words that are separated by blanks or commas. */
export function parseWords(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** A string such that {@link parseString} gives `value`. */
export function formatString(value: string): string {
  if (/^[^\s"\\#;]+$/.test(value)) return value;
  const safe = value.replace(/["\\]/g, "\\$&")
    .replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${safe}"`;
}
