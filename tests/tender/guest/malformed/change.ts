/**
 * What guests that must be refused are made with.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import { ProgramField, programHeaderAt } from "../executable.ts";
import { guest } from "../guest.ts";
import { hello } from "../guests/basic.ts";

/** A guest that must be refused. */
export interface Malformed {
  /** What is wrong with it. */
  name: string;
  /** The file. */
  file: Uint8Array;
  /** What the message says behind "Cannot run the guest: ". */
  reason: string;
}

/** Name, file and reason. */
export type Row = readonly [name: string, file: Uint8Array, reason: string];

/** Indexes of a guest's program headers. */
export const Header = { NOTES: 0, CODE: 1, DATA: 2, ABI_NOTE: 3, MANIFEST_NOTE: 4 } as const;

/** The largest number of 64 bits. */
export const U64_MAX: bigint = 2n ** 64n - 1n;

/** Rows as objects. */
export function asMalformed(rows: readonly Row[]): Malformed[] {
  return rows.map(([name, file, reason]) => ({ name, file, reason }));
}

/** A copy of a file with something changed in it. */
export function changed(file: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = file.slice();
  change(new DataView(copy.buffer));
  return copy;
}

/** A copy of a file with a field of 64 bits of a program header changed. */
export function withField(
  file: Uint8Array,
  header: number,
  field: keyof typeof ProgramField,
  value: bigint,
): Uint8Array {
  const at = programHeaderAt(header) + ProgramField[field];
  return changed(file, (view) => view.setBigUint64(at, value, true));
}

/** A guest with other notes. */
export function withNotes(abi: Abi, ...notes: readonly Uint8Array[]): Uint8Array {
  return guest({ ...hello(abi), notes });
}
