/**
 * Domain names from a server: the text of option 15 and the compressed names of option 119
 * (RFC 3397). Only names that can stand in resolv.conf come through, so that one odd name does not make
 * priv refuse the whole lease.
 *
 * @module
 */

import { Text } from "../sdk/text.ts";
import { MAX_SEARCH_DOMAINS } from "./options.ts";

/** The longest name as text, without a final dot (RFC 1035 §2.3.4). */
export const MAX_NAME_LENGTH: i32 = 253;
/** The longest label (RFC 1035 §2.3.4). */
export const MAX_LABEL_LENGTH: i32 = 63;

const DOT: i32 = 0x2e;
const HYPHEN: i32 = 0x2d;
const SPACE: i32 = 0x20;
const UNDERSCORE: i32 = 0x5f;

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}

function isNameByte(c: i32): bool {
  const lower: i32 = c | 0x20;
  return isDigit(c) || (lower >= 0x61 && lower <= 0x7a) || c === UNDERSCORE || c === HYPHEN;
}

/**
 * True when `buf[at..at+len)` is a name as priv accepts it: labels of letters, digits, `_` and, not
 * at the ends, `-` (RFC 1123 §2.1), without a final dot, the last label not digits only.
 */
export function isDomainName(buf: Uint8Array, at: i32, len: i32): bool {
  if (len < 1 || len > MAX_NAME_LENGTH) return false;
  let labelLength: i32 = 0;
  let digits: i32 = 0;
  let last: i32 = DOT;
  for (let i: i32 = 0; i < len; i++) {
    const c: i32 = i32(buf[at + i]);
    if (c === DOT) {
      if (labelLength === 0 || last === HYPHEN) return false;
      labelLength = 0;
      digits = 0;
    } else {
      if (!isNameByte(c) || (labelLength === 0 && c === HYPHEN)) return false;
      labelLength += 1;
      if (isDigit(c)) digits += 1;
      if (labelLength > MAX_LABEL_LENGTH) return false;
    }
    last = c;
  }
  return labelLength > 0 && last !== HYPHEN && digits !== labelLength;
}

/**
 * Reads option 15, `buf[at..at+len)`: a name, or several with spaces between. Trailing NULs and a
 * final dot of each name are stripped. `domain` gets the first name; `search` gets all of them when
 * there are several, else it is empty. False, and both empty, when any name is bad.
 */
export function readDomainName(
  buf: Uint8Array,
  at: i32,
  len: i32,
  domain: Text,
  search: Text,
): bool {
  domain.clear();
  search.clear();
  let end: i32 = at + len;
  while (end > at && i32(buf[end - 1]) === 0) end -= 1;
  let names: i32 = 0;
  let p: i32 = at;
  while (p < end) {
    let q: i32 = p;
    while (q < end && i32(buf[q]) !== SPACE) q += 1;
    const nameEnd: i32 = q > p && i32(buf[q - 1]) === DOT ? q - 1 : q;
    if (q > p) {
      if (!isDomainName(buf, p, nameEnd - p)) {
        domain.clear();
        search.clear();
        return false;
      }
      if (names === 0) domain.raw(buf, p, nameEnd - p);
      appendName(search, names, buf, p, nameEnd - p);
      names += 1;
    }
    p = q + 1;
  }
  if (names < 2) search.clear();
  return names > 0;
}

/**
 * Reads option 119, `buf[at..at+len)` after concatenation (RFC 3397 §2), into `search`: names with
 * one space between. `name` is scratch. False, and `search` empty, when anything is wrong: a label or
 * name too long, a name without an end, a pointer that does not go back. At most `MAX_SEARCH_DOMAINS`
 * names, as far as they fit, are kept.
 */
export function readSearchList(
  buf: Uint8Array,
  at: i32,
  len: i32,
  name: Text,
  search: Text,
): bool {
  search.clear();
  let names: i32 = 0;
  let p: i32 = 0;
  while (p < len) {
    p = readCompressedName(buf, at, len, p, name);
    if (p < 0 || (name.length > 0 && !isDomainName(name.bytes, 0, name.length))) {
      search.clear();
      return false;
    }
    if (name.length > 0) {
      appendName(search, names, name.bytes, 0, name.length);
      names += 1;
    }
  }
  return names > 0;
}

/**
 * Reads one name (RFC 1035 §4.1.4) of the list `buf[at..at+len)` into `name`, dots between the labels.
 * It begins at the place `from` of the list, and pointers are places of the list as well. Returns the
 * place where the next name begins, or −1. Every pointer must lead to before the run of labels in
 * which it stands, so each is followed once at most and no name goes round in circles.
 */
export function readCompressedName(
  buf: Uint8Array,
  at: i32,
  len: i32,
  from: i32,
  name: Text,
): i32 {
  name.clear();
  let next: i32 = -1;
  let runStart: i32 = from;
  let p: i32 = from;
  while (p < len) {
    const label: i32 = i32(buf[at + p]);
    if (label === 0) return next < 0 ? p + 1 : next;
    if ((label & 0xc0) === 0xc0) {
      if (p + 2 > len) return -1;
      if (next < 0) next = p + 2;
      const target: i32 = ((label & 0x3f) << 8) | i32(buf[at + p + 1]);
      if (target >= runStart) return -1;
      runStart = target;
      p = target;
    } else {
      if (label > MAX_LABEL_LENGTH || p + 1 + label > len) return -1;
      if (name.length + 1 + label > MAX_NAME_LENGTH) return -1;
      // A dot inside a label would become two labels.
      for (let i: i32 = 1; i <= label; i++) {
        if (i32(buf[at + p + i]) === DOT) return -1;
      }
      if (name.length > 0) name.ascii(".");
      name.raw(buf, at + p + 1, label);
      p += 1 + label;
    }
  }
  return -1;
}

/** Appends a name to a list of `names` names, when the list may grow and the name fits whole. */
function appendName(search: Text, names: i32, buf: Uint8Array, at: i32, len: i32): void {
  if (names >= MAX_SEARCH_DOMAINS || search.length + 1 + len > search.bytes.length) return;
  if (search.length > 0) search.ascii(" ");
  search.raw(buf, at, len);
}
