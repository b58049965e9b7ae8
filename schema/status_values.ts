/**
 * The types of values by which the daemon tells of itself.
 *
 * @module
 */

import { accept, defineType, type Parsed, refuse, type ValueType } from "./value_type.ts";
import type { Checked } from "./values.ts";

/** A whole number from 0 to 2^53 − 1. */
export type Count = number;
/** A moment of the wall clock. */
export type Timestamp = Checked<"Timestamp">;
/** Any printable text. */
export type LineText = Checked<"LineText">;
/** A SHA-256 in hexadecimal digits. */
export type Sha256 = Checked<"Sha256">;

/** Reads a `Count`. */
export const Count: ValueType<Count> = defineType(
  "Count",
  "decimal, 0 to 9007199254740991",
  ["0", "42"],
  {
    parse(text: string): Parsed<Count> {
      const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
      return Number.isSafeInteger(value) ? accept(value) : refuse("not a whole number");
    },
    format: (value) => String(value),
  },
);

const TIMESTAMP = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

/** Reads a `Timestamp` (RFC 3339 §5.6, as `Date.prototype.toISOString` writes it). */
export const Timestamp: ValueType<Timestamp> = defineType(
  "Timestamp",
  "UTC with milliseconds as RFC 3339 has it",
  ["2026-01-31T12:00:00.000Z"],
  {
    parse(text: string): Parsed<Timestamp> {
      const isDate = TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text));
      return isDate ? accept(text as Timestamp) : refuse("not a moment as RFC 3339 has it");
    },
    format: (value) => value,
  },
);

/** Reads a `LineText`. */
export const LineText: ValueType<LineText> = defineType(
  "LineText",
  "1 to 512 printable ASCII characters",
  ["calf killed by SIGKILL"],
  {
    parse: (text: string): Parsed<LineText> => accept(text as LineText),
    format: (value) => value,
  },
);

/** Reads a `Sha256` (FIPS 180-4). */
export const Sha256: ValueType<Sha256> = defineType(
  "Sha256",
  "64 hexadecimal digits in lower case",
  ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  {
    parse: (text: string): Parsed<Sha256> =>
      /^[0-9a-f]{64}$/.test(text) ? accept(text as Sha256) : refuse("not a SHA-256"),
    format: (value) => value,
  },
);
