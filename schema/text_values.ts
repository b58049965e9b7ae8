/**
 * The types of values that are text or bytes of a server's or an operator's choice. None of them can hold
 * what a shell, a configuration file or a terminal could take for more than text: that network software
 * has been broken into through such options is why (CVE-2011-0997, CVE-2018-1111).
 *
 * @module
 */

import { accept, defineType, type Parsed, refuse, type ValueType } from "./value_type.ts";
import type { Checked } from "./values.ts";

/** Text of 1 to 255 harmless characters. */
export type PlainText = Checked<"PlainText">;
/** An absolute URI of at most 255 characters. */
export type Uri = Checked<"Uri">;
/** 1 to 255 bytes as hexadecimal digits. */
export type HexBytes = Checked<"HexBytes">;

const MAX_LENGTH = 255;

/** Printable ASCII without quotes, backslash, `$`, `;`, `&` and `|`. */
const PLAIN = /^[ !#%()*+,\-./0-9:<=>?@A-Z[\]^_a-z{}~]+$/;

/** Reads a `PlainText`. */
export const PlainText: ValueType<PlainText> = defineType(
  "PlainText",
  "1 to 255 printable ASCII characters, among them neither quotes, backquote nor `\\`, `$`, `;`, `&`, `\\|`",
  ["pxelinux.0"],
  {
    parse(text: string): Parsed<PlainText> {
      if (text.length > MAX_LENGTH) return refuse("longer than 255 characters");
      return PLAIN.test(text)
        ? accept(text as PlainText)
        : refuse("a character that is not allowed");
    },
    format: (value) => value,
  },
);

/** A scheme, a colon, and characters of RFC 3986 §2 except `'`, `$`, `(` and `)`. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!#%&*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/;

/** Reads a `Uri` (RFC 3986 §3). */
export const Uri: ValueType<Uri> = defineType(
  "Uri",
  "scheme, `:`, and characters of RFC 3986 §2 except `'`, `$`, `(`, `)`; at most 255 characters",
  ["https://portal.example.org/api", "urn:ietf:params:capport:unrestricted"],
  {
    parse(text: string): Parsed<Uri> {
      if (text.length > MAX_LENGTH) return refuse("longer than 255 characters");
      return URI.test(text) ? accept(text as Uri) : refuse("not a URI");
    },
    format: (value) => value,
  },
);

/** Reads `HexBytes`. */
export const HexBytes: ValueType<HexBytes> = defineType(
  "HexBytes",
  "1 to 255 bytes as pairs of hexadecimal digits in lower case",
  ["01020000000001"],
  {
    parse(text: string): Parsed<HexBytes> {
      if (text.length > 2 * MAX_LENGTH) return refuse("longer than 255 bytes");
      return /^(?:[0-9a-f]{2})+$/.test(text)
        ? accept(text as HexBytes)
        : refuse("not pairs of hexadecimal digits in lower case");
    },
    format: (value) => value,
  },
);
