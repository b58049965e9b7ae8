/**
 * What a value of the key-value store is: ASCII text that one `ValueType` accepts and brings into its only
 * canonical form. Everything that leaves a calf passes through here before a file or the kernel sees it.
 *
 * @module
 */

/** Longest value in bytes, whatever its type. */
export const MAX_VALUE_LENGTH = 512;

/** A checked value, or why there is none; `reason` never repeats the refused text. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** The reading and writing of one type of value. */
export interface ValueType<T> {
  /** Name as in KEYS.md, for instance `Ipv4Cidr`. */
  readonly name: string;
  /** What is accepted, in one sentence for KEYS.md. */
  readonly accepts: string;
  /** Two accepted texts or fewer, for KEYS.md. */
  readonly examples: readonly string[];
  /** Checks untrusted text. Never throws. */
  parse(text: string | Uint8Array): Parsed<T>;
  /** The canonical text of a value; `parse(format(v))` gives `v` again. */
  format(value: T): string;
}

/** The result of an accepted text. */
export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** The result of a refused text. */
export function refuse<T>(reason: string): Parsed<T> {
  return { ok: false, reason };
}

/**
 * Builds a `ValueType` from a function that sees only text of printable ASCII characters, 1 to 512 of them.
 * Line ends, NUL and other control characters have been refused by then, so no type can forget them.
 */
export function defineType<T>(
  name: string,
  accepts: string,
  examples: readonly string[],
  functions: { parse: (text: string) => Parsed<T>; format: (value: T) => string },
): ValueType<T> {
  return {
    name,
    accepts,
    examples,
    format: functions.format,
    parse(input: string | Uint8Array): Parsed<T> {
      if (input.length === 0) return refuse("empty");
      if (input.length > MAX_VALUE_LENGTH) return refuse(`longer than ${MAX_VALUE_LENGTH} bytes`);
      const text = typeof input === "string" ? input : String.fromCharCode(...input);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code < 0x20 || code > 0x7e) return refuse("not printable ASCII");
      }
      return functions.parse(text);
    },
  };
}

/**
 * Reads an unsigned decimal number in its only spelling: digits, no sign, no leading zero.
 *
 * @returns the number, or -1 when the text is anything else or more than `max`.
 */
export function parseDecimal(text: string, max: number): number {
  if (text.length === 0 || text.length > 10) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  if (text.length > 1 && text.charCodeAt(0) === 0x30) return -1;
  return value <= max ? value : -1;
}
