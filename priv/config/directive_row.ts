/**
 * What a row of the table of directives has.
 *
 * @module
 */

import type { Taker } from "./takers.ts";

/**
 * Whether a directive is obeyed:
 * - `yes`: it does what dhcpcd's does;
 * - `part`: it does so as far as the meaning says;
 * - `same`: nothing is done, because it is so already, or because it is about IPv6 only;
 * - `no`: it is passed over with a warning;
 * - `never`: the file is not used, because to go on without it would do what was not asked for.
 */
export type Honoured = "yes" | "part" | "same" | "no" | "never";

/** A directive of dhcpcd.conf(5). */
export interface DirectiveRow {
  /** Its name. */
  readonly name: string;
  /** Its arguments, as the manual page writes them; empty when it has none. */
  readonly args: string;
  /** Whether it is obeyed. */
  readonly honoured: Honoured;
  /** What it does, or why it is not obeyed: a clause without a full stop. */
  readonly meaning: string;
  /** It is about the whole daemon and cannot stand in a block. */
  readonly global?: true;
  /** Acts on it; only rows that are obeyed have one. */
  readonly take?: Taker;
}

/** Rows that are all passed over for the same reason. */
export function rows(
  honoured: Honoured,
  meaning: string,
  names: Readonly<Record<string, string>>,
): DirectiveRow[] {
  return Object.entries(names).map(([name, args]) => ({ name, args, honoured, meaning }));
}
