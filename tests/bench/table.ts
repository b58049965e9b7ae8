/**
 * Tables as text.
 *
 * @module
 */

/**
 * Lays a table out: the first column to the left, the others, which are figures, to the right.
 *
 * @param head titles of the columns
 * @param rows cells; the last cell of a row that is shorter than the head is a remark, which stands
 *   to the left and widens no column
 * @returns lines without trailing blanks, joined by newlines
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const isRemark = (row: readonly string[], column: number) =>
    column > 0 && row.length < head.length && column === row.length - 1;
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => isRemark(row, column) ? 0 : (row[column] ?? "").length))
  );
  return all.map((row) =>
    row.map((cell, column) => {
      if (isRemark(row, column)) return cell;
      return column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]);
    }).join("  ").trimEnd()
  ).join("\n");
}

/** A number with so many digits after the point, 1 unless told. */
export function fixed(value: number, digits = 1): string {
  return value.toFixed(digits);
}
