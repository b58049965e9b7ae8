/**
 * Guests whose segments cannot be loaded.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import { ProgramField, programHeaderAt } from "../executable.ts";
import { guest } from "../guest.ts";
import { hello } from "../guests/basic.ts";
import { changed, Header, type Malformed, U64_MAX, withField } from "./change.ts";

/** Guests with a segment that cannot be loaded. */
export function malformedSegments(abi: Abi): Malformed[] {
  const { NOTES, CODE, DATA } = Header;
  const good = guest(hello(abi));
  const field = (index: number, name: keyof typeof ProgramField, value: bigint) =>
    withField(good, index, name, value);
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
