/**
 * Renders the table of keys as KEYS.md.
 *
 * @module
 */

import { DAEMON_TABLE } from "./daemon_keys.ts";
import { KEY_TABLE, type KeyRow } from "./keys.ts";
import type { ValueType } from "./value_type.ts";

/** A calf's rights as the table shows them: "calf:dhcp4 r". */
function rightsText(row: KeyRow): string {
  return Object.entries(row.rights).map(([role, right]) => `${role} ${right}`).join(", ");
}

/** Rows of a Markdown table with its heading. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

function shownAs({ file, volatile }: KeyRow): string {
  return file === true ? "file" : volatile === true ? "measured" : "";
}

function keyTable(rows: readonly KeyRow[]): string {
  return table(
    ["key", "rights", "type", "unit", "needs", "shown as", "meaning"],
    rows.map((row) => [
      `\`${row.pattern}\``,
      rightsText(row),
      row.type.name,
      row.unit,
      row.requires === undefined ? "" : `\`${row.requires}\``,
      shownAs(row),
      row.meaning,
    ]),
  );
}

/** The whole of KEYS.md, ending with a line end. */
export function renderKeysMd(): string {
  const types = new Map<string, ValueType<unknown>>();
  for (const row of [...KEY_TABLE, ...DAEMON_TABLE]) types.set(row.type.name, row.type);
  const values = table(
    ["type", "accepts", "examples"],
    [...types.values()].map((type) => [
      type.name,
      type.accepts,
      type.examples.map((text) => `\`${text}\``).join(", "),
    ]),
  );
  return `<!-- Generated from keys.ts by generate.ts; changes here are lost. -->

# Keys of an interface

A calf sees the keys of its own interface only; an operator sees them below \`/interface/NAME\`. \`r\` allows to
read and watch a key, \`w\` to write and delete it; a role that is not named cannot touch the key. priv may do
everything. A key with \`file\` is a file below the interface's directory in the run directory while it is set;
one that is \`measured\` is brought up to date when an operator asks, and no event for the audit log.

${keyTable(KEY_TABLE)}

# Keys of the daemon

An operator sees them below \`/daemon\`.

${keyTable(DAEMON_TABLE)}

- \`{001..016}\` stands for sixteen keys, written with three digits.
- A key may be set only when, after the whole commit, the key that it needs is set as well.
- Deleting a path deletes all keys below it that the calf may write; deleting the empty path deletes all of them
  except ${
    KEY_TABLE.filter((row) => row.survivesDeleteAll).map((row) => `\`${row.pattern}\``).join(", ")
  } and what is measured.

# Types

Values are 1 to 512 printable ASCII characters.

${values}
`;
}
