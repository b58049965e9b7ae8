/**
 * Guests that must be refused, and why. Each is a good guest with one thing wrong.
 *
 * @module
 */
import type { Abi } from "../../../tender/guest/guest.ts";
import { ElfField, ProgramField, programHeaderAt } from "./executable.ts";
import { guest } from "./guest.ts";
import { hello } from "./guests/basic.ts";
import {
  ABI1,
  abiContents,
  abiNote,
  manifestContents,
  manifestNote,
  MFT1,
  note,
  rawEntries,
  type RawEntry,
  RESERVED,
} from "./notes.ts";

/** A guest that must be refused. */
export interface Malformed {
  /** What is wrong with it. */
  name: string;
  /** The file. */
  file: Uint8Array;
  /** What the message says behind "Cannot run the guest: ". */
  reason: string;
}

/** Indexes of a guest's program headers. */
const [NOTES, CODE, DATA, ABI_NOTE, MANIFEST_NOTE] = [0, 1, 2, 3, 4];
const U64_MAX = 2n ** 64n - 1n;

/** A copy of a file with something changed in it. */
export function changed(file: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = file.slice();
  change(new DataView(copy.buffer));
  return copy;
}

/** All of them for a tender. */
export function malformedGuests(abi: Abi): Malformed[] {
  return [...headers(abi), ...segments(abi), ...abiNotes(abi), ...manifests(abi), ...notes(abi)];
}

function headers(abi: Abi): Malformed[] {
  const good = guest(hello(abi));
  const with8 = (at: number, value: number) => changed(good, (view) => view.setUint8(at, value));
  const with16 = (at: number, value: number) =>
    changed(good, (view) => view.setUint16(at, value, true));
  const table = (value: bigint) =>
    changed(good, (view) => view.setBigUint64(ElfField.TABLE, value, true));
  const entry = (value: bigint) =>
    changed(good, (view) => view.setBigUint64(ElfField.ENTRY, value, true));
  const notInFile = "its program headers are not in the file";
  const notCode = "its entry is not in an executable segment";
  const rows: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "it is not an ELF file"],
    ["a script", new TextEncoder().encode("#!/bin/sh\n"), "it is not an ELF file"],
    ["half a header", good.slice(0, 63), "it ends within the ELF header"],
    ["32 bits", with8(ElfField.CLASS, 1), "it is not a 64-bit ELF file"],
    ["big-endian", with8(ElfField.DATA, 2), "it is not a little-endian ELF file"],
    ["an ELF version", with8(ElfField.VERSION, 2), "its ELF version is unknown"],
    [
      "position-independent",
      with16(ElfField.TYPE, 3),
      "it is not an executable with fixed addresses (ET_EXEC)",
    ],
    ["for AArch64", with16(ElfField.MACHINE, 183), "it is not for x86-64"],
    ["a header's size", with16(ElfField.HEADER_SIZE, 52), "the size of its ELF header is wrong"],
    [
      "the program headers' size",
      with16(ElfField.PROGRAM_HEADER_SIZE, 32),
      "the size of its program headers is wrong",
    ],
    ["no program headers", with16(ElfField.COUNT, 0), "it has no program headers"],
    [
      "many program headers",
      with16(ElfField.COUNT, 65535),
      "it has more than 128 program headers",
    ],
    ["program headers at the end", table(BigInt(good.length)), notInFile],
    ["program headers across the end", table(BigInt(good.length - 56)), notInFile],
    ["program headers far away", table(2n ** 63n), notInFile],
    ["program headers that overflow", table(U64_MAX - 55n), notInFile],
    ["an entry at 0", entry(0n), notCode],
    ["an entry in data", entry(0x102000n), notCode],
    ["an entry behind all", entry(0x200000n), notCode],
    ["an entry far away", entry(U64_MAX), notCode],
  ];
  return rows.map(([name, file, reason]) => ({ name, file, reason }));
}

function segments(abi: Abi): Malformed[] {
  const good = guest(hello(abi));
  const field = (index: number, field: keyof typeof ProgramField, value: bigint) =>
    changed(
      good,
      (view) => view.setBigUint64(programHeaderAt(index) + ProgramField[field], value, true),
    );
  const flags = (index: number, value: number) =>
    changed(
      good,
      (view) => view.setUint32(programHeaderAt(index) + ProgramField.FLAGS, value, true),
    );
  const notInFile = "has bytes that are not in the file";
  const tooLarge = "is larger than any memory";
  const notPower = "has an alignment that is no power of two";
  const descending = "has a lower address than the one before";
  const rows: [string, number, Uint8Array, string][] = [
    ["a low segment", NOTES, field(NOTES, "VADDR", 0xff000n), "has an address below 0x100000"],
    ["a segment at 0", NOTES, field(NOTES, "VADDR", 0n), "has an address below 0x100000"],
    ["descending segments", DATA, field(DATA, "VADDR", 0x100000n), descending],
    ["overlapping segments", CODE, field(CODE, "VADDR", 0x100000n), "overlaps the one before"],
    [
      "a segment that grows into another",
      CODE,
      field(NOTES, "MEMORY_SIZE", 0x1001n),
      "overlaps the one before",
    ],
    ["a huge segment", DATA, field(DATA, "MEMORY_SIZE", 2n ** 41n), tooLarge],
    ["a segment that overflows", DATA, field(DATA, "MEMORY_SIZE", U64_MAX), tooLarge],
    ["a segment at the end", DATA, field(DATA, "VADDR", U64_MAX - 4095n), tooLarge],
    [
      "a segment cut in memory",
      DATA,
      field(DATA, "MEMORY_SIZE", 1n),
      "has more bytes in the file than in memory",
    ],
    [
      "a segment of nothing",
      DATA,
      field(DATA, "MEMORY_SIZE", 0n),
      "has more bytes in the file than in memory",
    ],
    ["a segment behind the file", DATA, field(DATA, "OFFSET", 2n ** 32n), notInFile],
    ["a segment that overflows in the file", DATA, field(DATA, "OFFSET", U64_MAX), notInFile],
    ["an alignment of 0", CODE, field(CODE, "ALIGN", 0n), notPower],
    ["an alignment of 3 pages", CODE, field(CODE, "ALIGN", 0x3000n), notPower],
    ["an alignment of 2^64 - 1", CODE, field(CODE, "ALIGN", 2n ** 53n - 1n), notPower],
    [
      "an alignment of 2^63",
      NOTES,
      field(NOTES, "ALIGN", 2n ** 63n),
      "begins below 0x100000 when aligned",
    ],
    ["no alignment to pages", CODE, field(CODE, "ALIGN", 16n), "is not aligned to pages"],
    ["writable code", CODE, flags(CODE, 7), "is both writable and executable"],
    ["executable data", DATA, flags(DATA, 3), "is both writable and executable"],
  ];
  const truncated = good.slice(0, good.length - 1);
  return [
    ...rows.map(([name, index, file, reason]) => ({
      name,
      file,
      reason: `its program header ${index} ${reason}`,
    })),
    { name: "a truncated file", file: truncated, reason: `its program header 2 ${notInFile}` },
    {
      name: "nothing to load",
      file: changed(good, (view) => {
        for (const i of [NOTES, CODE, DATA]) view.setUint32(programHeaderAt(i), 0, true);
      }),
      reason: "it has nothing to load",
    },
  ];
}

/** A guest with other notes. */
function noted(abi: Abi, ...notes: readonly Uint8Array[]): Uint8Array {
  return guest({ ...hello(abi), notes });
}

function abiNotes(abi: Abi): Malformed[] {
  const manifest = manifestNote([]);
  const target = abi === "hvt" ? 1 : 2;
  const withAbi = (contents: Uint8Array, more: { owner?: string; size?: number } = {}) =>
    noted(abi, note({ type: ABI1, contents, ...more }), manifest);
  const other = (number: number) => withAbi(abiContents(number, 2));
  const missing = "it has no ABI note of Solo5";
  const rows: [string, Uint8Array, string][] = [
    ["no notes", noted(abi), missing],
    ["no ABI note", noted(abi, manifest), missing],
    [
      "two ABI notes",
      noted(abi, abiNote(abi), abiNote(abi), manifest),
      "it has more than one ABI note",
    ],
    [
      "ABI notes of both",
      noted(abi, abiNote("hvt"), abiNote("spt"), manifest),
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
  return rows.map(([name, file, reason]) => ({ name, file, reason }));
}

function manifests(abi: Abi): Malformed[] {
  const raw = (contents: Uint8Array, size?: number) =>
    noted(abi, abiNote(abi), note({ type: MFT1, contents, size }));
  const entries = (...list: RawEntry[]) => raw(manifestContents([{ type: RESERVED }, ...list]));
  const many = (count: number) =>
    raw(manifestContents(rawEntries(
      Array.from({ length: count }, (_, i) => ({ name: `device${i}`, type: "net" as const })),
    )));
  const notReserved = "the first entry of its manifest is not the reserved one";
  const wrongSize = "its manifest has not the size that its entries need";
  const letters = "entry 1 of its manifest has a name that is not of letters and digits";
  const net = { name: "net0", type: 2 };
  const rows: [string, Uint8Array, string][] = [
    ["no manifest", noted(abi, abiNote(abi)), "it has no manifest of Solo5"],
    [
      "two manifests",
      noted(abi, abiNote(abi), manifestNote([]), manifestNote([])),
      "it has more than one manifest",
    ],
    [
      "a manifest's version",
      raw(manifestContents([{ type: RESERVED }], 2)),
      "the version of its manifest is unknown",
    ],
    ["no entries", raw(manifestContents([])), "its manifest has no entries"],
    ["64 devices", many(64), "its manifest is too large"],
    [
      "65 entries, it says",
      raw(manifestContents([{ type: RESERVED }], 1, 65)),
      "its manifest has more than 64 entries",
    ],
    [
      "2^32 - 1 entries, it says",
      raw(manifestContents([{ type: RESERVED }], 1, 2 ** 32 - 1)),
      "its manifest has more than 64 entries",
    ],
    ["one entry more, it says", raw(manifestContents([{ type: RESERVED }], 1, 2)), wrongSize],
    ["one entry less, it says", raw(manifestContents([{ type: RESERVED }, net], 1, 1)), wrongSize],
    ["a manifest of nothing", raw(new Uint8Array(0)), "its manifest is too small"],
    ["a manifest of padding", raw(new Uint8Array(4)), "its manifest is too small"],
    ["a manifest of half a header", raw(new Uint8Array(8)), "its manifest is too small"],
    [
      "a manifest cut off",
      raw(manifestContents([{ type: RESERVED }]), 220),
      "its manifest is cut off",
    ],
    ["a first device", raw(manifestContents([net])), notReserved],
    [
      "a first entry with a name",
      raw(manifestContents([{ name: "a", type: RESERVED }])),
      notReserved,
    ],
    [
      "a second reserved entry",
      entries({ name: "a", type: RESERVED }),
      "entry 1 of its manifest is of an unknown type",
    ],
    [
      "a PCI device",
      entries({ name: "a", type: 3 }),
      "entry 1 of its manifest is of an unknown type",
    ],
    [
      "a device without type",
      entries({ name: "a" }),
      "entry 1 of its manifest is of an unknown type",
    ],
    ["a device without name", entries({ type: 2 }), "entry 1 of its manifest has no name"],
    [
      "a name without end",
      entries({ name: "a".repeat(68), type: 1 }),
      "the name of entry 1 of its manifest has no end",
    ],
    ["a name with a control character", entries({ name: "a\x1b[31m", type: 1 }), letters],
    ["a name with a line feed", entries({ name: "net0\n", type: 1 }), letters],
    ["a name with a space", entries({ name: "a b", type: 1 }), letters],
    ["a name with =", entries({ name: "a=b", type: 1 }), letters],
    ["a name with a slash", entries({ name: "../a", type: 1 }), letters],
    ["a name of other letters", entries({ name: "ü", type: 1 }), letters],
    [
      "two devices of a name",
      entries(net, net),
      "entry 2 of its manifest has the name net0 of another one",
    ],
    [
      "an attached device",
      entries({ ...net, attached: 1 }),
      "entry 1 of its manifest says that it is attached",
    ],
    [
      "an attached reserved entry",
      raw(manifestContents([{ type: RESERVED, attached: 2 }])),
      "entry 0 of its manifest says that it is attached",
    ],
  ];
  return rows.map(([name, file, reason]) => ({ name, file, reason }));
}

/** Program headers of notes. */
function notes(abi: Abi): Malformed[] {
  const good = guest(hello(abi));
  const field = (index: number, field: keyof typeof ProgramField, value: bigint) =>
    changed(
      good,
      (view) => view.setBigUint64(programHeaderAt(index) + ProgramField[field], value, true),
    );
  const rows: [string, Uint8Array, string][] = [
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
  return rows.map(([name, file, reason]) => ({ name, file, reason }));
}
