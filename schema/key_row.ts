/**
 * What a row of the table of keys is.
 *
 * @module
 */

import type { ValueType } from "./value_type.ts";

/** A calf by its service. Add `calf:dhcp6`, `calf:ntp` … here and to `rights` of the rows that they need. */
export type CalfRole = "calf:dhcp4";

/** Who has rights to keys: a calf, or whoever speaks at the operator's socket. */
export type Role = CalfRole | "operator";

/** `r`: may read and watch. `w`: may write and delete, but not read. `rw`: all of it. */
export type Right = "r" | "w" | "rw";

/** One row of the table. */
export interface KeyRow {
  /** A path, whose last part may be a range such as `{001..016}`. */
  readonly pattern: string;
  /** Each role's right; one that is not listed has none. */
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
  /** Shown as a file in the run directory while it is set. */
  readonly file?: true;
  /**
   * A measurement, which changes all the time: it is brought up to date when an operator asks, writing it
   * is no event for the audit log, and deleting the empty path spares it.
   */
  readonly volatile?: true;
}
