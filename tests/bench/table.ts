/**
 * Tables as text.
 *
 * @module
 */

/**
 * Lays a table out: the first column to the left, the others, which are figures, to the right.
 *
 * @param head titles of the columns
 * @param rows cells; a row may be shorter than the head
 * @returns lines without trailing blanks, joined by newlines
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  ).join("\n");
}

/** A number with so many digits after the point, 1 unless told. */
export function fixed(value: number, digits = 1): string {
  return value.toFixed(digits);
}
