/**
 * Guests whose ELF header is wrong.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import { ElfField } from "../executable.ts";
import { guest } from "../guest.ts";
import { hello } from "../guests/basic.ts";
import { asMalformed, changed, type Malformed, type Row, U64_MAX } from "./change.ts";

/** Files whose ELF header is wrong, or that are none. */
export function malformedHeaders(abi: Abi): Malformed[] {
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
  const rows: Row[] = [
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
  return asMalformed(rows);
}
