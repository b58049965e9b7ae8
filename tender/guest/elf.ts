/**
 * The headers of an ELF executable (elf(5)), as far as a guest needs them.
 *
 * @module
 */
import { GuestError } from "./error.ts";

/** Types of program headers that matter (elf(5), p_type). */
export const ProgramType = { LOAD: 1, NOTE: 4 } as const;

/** A program header (elf(5), Elf64_Phdr). Numbers above 2^53 are rounded, and so too large for every use. */
export interface ProgramHeader {
  /** Its place in the table, from 0; names it in messages. */
  index: number;
  /** p_type. */
  type: number;
  /** p_flags. */
  flags: number;
  /** p_offset. */
  fileOffset: number;
  /** p_vaddr. */
  vaddr: number;
  /** p_filesz. */
  fileSize: number;
  /** p_memsz. */
  memorySize: number;
  /** p_align. */
  align: number;
}

/** What the ELF header says. */
export interface Elf {
  /** The file. */
  view: DataView;
  /** e_entry. */
  entry: number;
  /** All program headers, in the file's order. */
  headers: readonly ProgramHeader[];
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
/** Guests of Solo5 have about ten. */
const MOST_PROGRAM_HEADERS = 128;

const MAGIC = 0x7f454c46; // 0x7f "ELF"
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const TYPE_EXEC = 2;
const MACHINE_X86_64 = 62;
const VERSION_CURRENT = 1;

/**
 * Reads an unsigned little-endian number of 64 bits.
 *
 * @returns the number, rounded when it is above 2^53
 */
export function readU64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

/** Whether the bytes from `offset` on are in the file; the numbers may be anything. */
export function isInFile(view: DataView, offset: number, length: number): boolean {
  return offset + length <= view.byteLength;
}

/**
 * Reads the headers.
 *
 * EI_OSABI and EI_ABIVERSION may be anything, as in Solo5: toolchains differ in them.
 *
 * @param bytes the file
 * @throws GuestError when it is no ELF executable of fixed addresses for x86-64, or is cut off
 */
export function readElf(bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4 || view.getUint32(0) !== MAGIC) {
    throw new GuestError("it is not an ELF file");
  }
  if (view.byteLength < HEADER_SIZE) throw new GuestError("it ends within the ELF header");
  const u16 = (offset: number): number => view.getUint16(offset, true);
  const expect = (isRight: boolean, reason: string): void => {
    if (!isRight) throw new GuestError(reason);
  };
  expect(view.getUint8(4) === CLASS_64, "it is not a 64-bit ELF file");
  expect(view.getUint8(5) === LITTLE_ENDIAN, "it is not a little-endian ELF file");
  expect(view.getUint32(20, true) === VERSION_CURRENT, "its ELF version is unknown");
  expect(u16(16) === TYPE_EXEC, "it is not an executable with fixed addresses (ET_EXEC)");
  expect(u16(18) === MACHINE_X86_64, "it is not for x86-64");
  expect(u16(52) === HEADER_SIZE, "the size of its ELF header is wrong");
  expect(u16(54) === PROGRAM_HEADER_SIZE, "the size of its program headers is wrong");
  const count = u16(56);
  expect(count > 0, "it has no program headers");
  expect(count <= MOST_PROGRAM_HEADERS, `it has more than ${MOST_PROGRAM_HEADERS} program headers`);
  const table = readU64(view, 32);
  expect(
    isInFile(view, table, count * PROGRAM_HEADER_SIZE),
    "its program headers are not in the file",
  );
  const headers = Array.from(
    { length: count },
    (_, index) => readProgramHeader(view, table + index * PROGRAM_HEADER_SIZE, index),
  );
  return { view, entry: readU64(view, 24), headers };
}

function readProgramHeader(view: DataView, at: number, index: number): ProgramHeader {
  return {
    index,
    type: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    fileOffset: readU64(view, at + 8),
    vaddr: readU64(view, at + 16),
    fileSize: readU64(view, at + 32),
    memorySize: readU64(view, at + 40),
    align: readU64(view, at + 48),
  };
}
