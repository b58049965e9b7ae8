/**
 * Control messages that an attacker might send to priv, in Cap'n Proto (https://capnproto.org/encoding.html)
 * word by word.
 *
 * @module
 */

import { concat, u32, utf8 } from "./frame.ts";

/** A message and what it is; zeros follow until it has so many bytes. */
export type HostileMessage = readonly [what: string, bytes: Uint8Array, length?: number];

/** A word of two halves, each little endian. */
function word(low: number, high: number): Uint8Array {
  return concat(u32(low).reverse(), u32(high).reverse());
}

/** A message of one segment. */
function message(...words: Uint8Array[]): Uint8Array {
  return concat(word(0, words.length), ...words);
}

const struct = (offset: number, data: number, pointers: number): Uint8Array =>
  word(offset << 2, pointers << 16 | data);
const list = (offset: number, size: number, count: number): Uint8Array =>
  word(offset << 2 | 1, count << 3 | size);

/** The root: a Request with its id and union tag, and two pointers, which follow. */
function request(tag: number, ...after: Uint8Array[]): Uint8Array {
  return message(struct(0, 1, 2), word(1, tag), ...after);
}

const VOID = 0;
const BYTES = 2;
const POINTERS = 6;
const COMPOSITE = 7;
const READ = 1;
const COMMIT = 4;
/** Most elements that a list can claim. */
const ALL = (1 << 29) - 1;
const NULL = word(0, 0);

/** Each of them ends the calf that sends it. */
export const HOSTILE_MESSAGES: readonly HostileMessage[] = [
  ["text", utf8("GET / HTTP/1.1\r\n\r\n")],
  ["4 billion segments", word(0xffffffff, 1), 64],
  ["a segment longer than the message", word(0, 0x10000), 64],
  ["a message longer than allowed", word(0, 4096), 16392],
  ["a far pointer", message(word(2, 0), NULL)],
  ["a capability", message(word(3, 0), NULL)],
  ["a pointer behind the message", request(READ, list(1000, POINTERS, 1), NULL)],
  ["a pointer before the message", request(READ, list(-1000, POINTERS, 1), NULL)],
  ["a list of 2^29 voids", request(READ, list(1, VOID, ALL), NULL)],
  ["a list of 2^29 pointers", request(READ, list(1, POINTERS, ALL), NULL)],
  ["2^29 structs of no size", request(COMMIT, list(1, COMPOSITE, 0), NULL, word(ALL << 2, 0))],
  ["a struct in itself", request(READ, list(1, POINTERS, 1), NULL, struct(-1, 0, 1))],
  [
    "a hundred pointers to one text",
    request(
      READ,
      list(1, POINTERS, 100),
      NULL,
      ...Array.from({ length: 100 }, (_, at) => list(99 - at, BYTES, 8)),
      concat(utf8("amplify"), [0]),
    ),
  ],
  [
    "a hundred lists in one another",
    request(READ, list(1, POINTERS, 1), NULL, ...Array(100).fill(list(0, POINTERS, 1)), NULL),
  ],
  [
    "a path of forty parts",
    request(
      READ,
      list(1, POINTERS, 40),
      NULL,
      ...Array.from({ length: 40 }, () => list(39, BYTES, 2)),
      ...Array.from({ length: 40 }, () => concat(utf8("a"), new Uint8Array(7))),
    ),
  ],
  [
    "a text that does not end",
    request(
      READ,
      list(1, POINTERS, 1),
      NULL,
      list(0, BYTES, 3),
      concat(utf8("mac"), [
        ...utf8("!!!!!"),
      ]),
    ),
  ],
];
