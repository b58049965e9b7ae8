/**
 * The one table of directives, and what is done with a directive by it.
 *
 * @module
 */

import { INTERFACE_OPTIONS, OPTION_TABLE } from "../option_table.ts";
import type { DirectiveRow } from "./directive_row.ts";
import type { Take } from "./draft.ts";
import { HONOURED } from "./honoured.ts";
import { NOT_HONOURED } from "./not_honoured.ts";
import { hint } from "./suggest.ts";
import { ownOption } from "./takers.ts";

/** Every directive of dhcpcd.conf(5) but those that begin a block, by its name. */
export const DIRECTIVES: ReadonlyMap<string, DirectiveRow> = new Map(
  [...HONOURED, ...NOT_HONOURED].map((row) => [row.name, row]),
);

/** All that may begin a line. */
export const NAMES: readonly string[] = [
  "interface",
  "profile",
  "ssid",
  ...DIRECTIVES.keys(),
  ...OPTION_TABLE.filter(({ commandLineOnly }) => commandLineOnly !== true).map(({ name }) => name),
];

/** The table's text is Markdown. */
function plain(text: string): string {
  return text.replaceAll("`", "").replaceAll("\\|", "|");
}

function applyRow(row: DirectiveRow, take: Take): void {
  if (row.honoured === "never") take.error(`${row.name} cannot be used: ${plain(row.meaning)}`);
  else if (row.honoured === "no") take.warn(`${row.name} is not done: ${plain(row.meaning)}`);
  else row.take?.(take);
}

/** Whether a directive may stand in a block of interfaces. */
export function isForInterfaces({ name }: { readonly name: string }): boolean {
  const row = DIRECTIVES.get(name);
  return row === undefined ? INTERFACE_OPTIONS.has(name) : row.global !== true;
}

/** Does what a directive says, or says why not. */
export function applyDirective(take: Take): void {
  const row = DIRECTIVES.get(take.name);
  const own = row === undefined ? ownOption(take.name) : null;
  if (row === undefined && own === null) {
    return take.warn(`unknown directive ${take.name}${hint(take.name, NAMES)}`);
  }
  if (!isForInterfaces(take) && take.block.kind !== "global") {
    return take.warn(`${take.name} is about the whole daemon: not done in a block`);
  }
  if (row !== undefined) applyRow(row, take);
  else own?.(take);
}
