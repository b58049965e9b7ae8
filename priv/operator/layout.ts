/**
 * Text in columns of a screen that is 80 characters wide.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { wrap } from "../help.ts";
import type { Style, Tone } from "./style.ts";

/** Characters of a line. */
export const WIDTH = 80;
const INDENT = 2;
const LABEL_WIDTH = 17;

/** Breaks an enumeration behind commas, and elsewhere only what is longer than a line. */
function wrapItems(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const item of text.split(/(?<=,) /)) {
    if (line !== "" && line.length + 1 + item.length > width) {
      lines.push(line);
      line = "";
    }
    const [first, ...more] = wrap(line === "" ? item : `${line} ${item}`, width);
    line = more.pop() ?? first;
    if (line !== first) lines.push(first, ...more);
  }
  return [...lines, line];
}

/**
 * Lines of a label and what belongs to it, each value beginning in the second column and going on there. Values
 * may be any text, and are escaped.
 */
export function labelled(
  style: Style,
  label: string,
  values: readonly string[],
  tone: Tone = "label",
): string[] {
  const lines = values.flatMap((value) => wrapItems(escapeText(value), WIDTH - LABEL_WIDTH));
  return lines.map((line, i) => {
    const head = " ".repeat(INDENT) + (i === 0 ? label : "");
    return style(tone, head.padEnd(LABEL_WIDTH)) + line;
  });
}

/** Rows in columns that are as wide as their widest cell; cells may be any text, and are escaped. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(escapeText));
  const widths = (shown[0] ?? []).map((_, i) => Math.max(...shown.map((row) => row[i].length)));
  return shown.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell : cell.padEnd(widths[i])).join("  ").trimEnd()
  );
}
