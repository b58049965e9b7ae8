/**
 * What a row of the table of keys is.
 *
 * @module
 */

import type { ValueType } from "./value_type.ts";

/** A calf by its service. Add `calf:dhcp6`, `calf:ntp` … here and to `rights` of the rows that they need. */
export type Role = "calf:dhcp4";

/** `r`: the calf may read and watch. `w`: it may write and delete, but not read. */
export type Right = "r" | "w";

/** One row of the table. */
export interface KeyRow {
  /** A path, whose last part may be a range such as `{001..016}`. */
  readonly pattern: string;
  /** Each calf's right; a calf that is not listed has none. */
  readonly rights: Readonly<Partial<Record<Role, Right>>>;
  /** What the values must be. */
  readonly type: ValueType<unknown>;
  /** Unit of the value, or "". */
  readonly unit: string;
  /** What it means and where it comes from. */
  readonly meaning: string;
  /** A key without which this one may not be set, as the state is after a whole commit. */
  readonly requires?: string;
  /** Stays when the empty path is deleted. */
  readonly survivesDeleteAll?: true;
}
