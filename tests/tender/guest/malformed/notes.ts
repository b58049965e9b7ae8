/**
 * Guests whose ABI note is missing or wrong, or the program header of a note.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import type { ProgramField } from "../executable.ts";
import { guest } from "../guest.ts";
import { hello } from "../guests/basic.ts";
import { ABI1, abiContents, abiNote, manifestNote, note } from "../notes.ts";
import {
  asMalformed,
  Header,
  type Malformed,
  type Row,
  U64_MAX,
  withField,
  withNotes,
} from "./change.ts";

/** Guests whose ABI note is missing or wrong. */
export function malformedAbiNotes(abi: Abi): Malformed[] {
  const manifest = manifestNote([]);
  const target = abi === "hvt" ? 1 : 2;
  const withAbi = (contents: Uint8Array, more: { owner?: string; size?: number } = {}) =>
    withNotes(abi, note({ type: ABI1, contents, ...more }), manifest);
  const other = (number: number) => withAbi(abiContents(number, 2));
  const missing = "it has no ABI note of Solo5";
  const rows: Row[] = [
    ["no notes", withNotes(abi), missing],
    ["no ABI note", withNotes(abi, manifest), missing],
    [
      "two ABI notes",
      withNotes(abi, abiNote(abi), abiNote(abi), manifest),
      "it has more than one ABI note",
    ],
    [
      "ABI notes of both",
      withNotes(abi, abiNote("hvt"), abiNote("spt"), manifest),
      "it has more than one ABI note",
    ],
    ["an ABI note of GNU", withAbi(abiContents(target, 2), { owner: "GNU\0" }), missing],
    ["an ABI note of solo5", withAbi(abiContents(target, 2), { owner: "solo5\0" }), missing],
    [
      "an ABI note of Solo5 without end",
      withAbi(abiContents(target, 2), { owner: "Solo5" }),
      missing,
    ],
    ["a guest of virtio", other(3), "it is for virtio, neither for hvt nor for spt"],
    ["a guest of muen", other(4), "it is for muen, neither for hvt nor for spt"],
    ["target 0", other(0), "its ABI is unknown"],
    ["target 2^32 - 1", other(2 ** 32 - 1), "its ABI is unknown"],
    [
      "an old ABI",
      withAbi(abiContents(target, 1)),
      `it is for version 1 of ${abi}'s ABI, not for version 2`,
    ],
    [
      "a new ABI",
      withAbi(abiContents(target, 3)),
      `it is for version 3 of ${abi}'s ABI, not for version 2`,
    ],
    [
      "an empty ABI note",
      withAbi(abiContents(target, 2), { size: 0 }),
      "its ABI note is too small",
    ],
    ["a small ABI note", withAbi(abiContents(target, 2), { size: 8 }), "its ABI note is too small"],
    ["a large ABI note", withAbi(new Uint8Array(64)), "its ABI note is too large"],
    [
      "an ABI note cut off",
      withAbi(abiContents(target, 2), { size: 17 }),
      "its ABI note is cut off",
    ],
  ];
  return asMalformed(rows);
}

/** Guests with a wrong program header of a note. */
export function malformedNoteHeaders(abi: Abi): Malformed[] {
  const { ABI_NOTE, MANIFEST_NOTE } = Header;
  const good = guest(hello(abi));
  const field = (index: number, name: keyof typeof ProgramField, value: bigint) =>
    withField(good, index, name, value);
  const rows: Row[] = [
    [
      "a note of nothing",
      field(ABI_NOTE, "FILE_SIZE", 0n),
      "its program header 3 is too small for a note",
    ],
    ["a note without owner", field(ABI_NOTE, "FILE_SIZE", 12n), "it has no ABI note of Solo5"],
    ["a note cut off by its header", field(ABI_NOTE, "FILE_SIZE", 35n), "its ABI note is cut off"],
    [
      "a manifest cut off by its header",
      field(MANIFEST_NOTE, "FILE_SIZE", 100n),
      "its manifest is cut off",
    ],
    [
      "a note behind the file",
      field(MANIFEST_NOTE, "OFFSET", 2n ** 40n),
      "its program header 4 has bytes that are not in the file",
    ],
    [
      "a note that overflows",
      field(MANIFEST_NOTE, "OFFSET", U64_MAX),
      "its program header 4 has bytes that are not in the file",
    ],
  ];
  return asMalformed(rows);
}
