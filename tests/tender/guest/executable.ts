/**
 * Writes ELF executables (elf(5)), well formed or not.
 *
 * @module
 */

/** A part of memory that comes from the file. */
export interface LoadedPart {
  /** p_vaddr. */
  vaddr: number;
  /** Its bytes. */
  bytes: Uint8Array;
  /** p_memsz; the number of bytes unless given. */
  memorySize?: number;
  /** p_flags. */
  flags: number;
  /** p_align; a page unless given. */
  align?: number;
  /** Notes in it, each with a program header of its own: offset in `bytes`, and size. */
  notes?: readonly { offset: number; size: number }[];
}

/** An executable. */
export interface Executable {
  /** e_entry. */
  entry: number;
  /** In the order of their program headers. */
  parts: readonly LoadedPart[];
  /** Parts follow each other without gaps, and are not congruent with their addresses. */
  packed?: boolean;
}

/** Offsets of fields in the ELF header, for tests that change them. */
export const ElfField = {
  ...{ CLASS: 4, DATA: 5, TYPE: 16, MACHINE: 18, VERSION: 20, ENTRY: 24, TABLE: 32 },
  ...{ HEADER_SIZE: 52, PROGRAM_HEADER_SIZE: 54, COUNT: 56 },
} as const;

/** Offsets of fields in a program header. */
export const ProgramField = {
  ...{ TYPE: 0, FLAGS: 4, OFFSET: 8, VADDR: 16, FILE_SIZE: 32, MEMORY_SIZE: 40, ALIGN: 48 },
} as const;

/** Where the program header of an index begins. */
export function programHeaderAt(index: number): number {
  return 64 + 56 * index;
}

const PAGE = 4096;
const LOAD = 1;
const NOTE = 4;
const EXEC = 2;
const X86_64 = 62;

/**
 * Writes an executable: the headers, those of the parts first, and then the parts.
 *
 * @returns the file
 */
export function writeExecutable({ entry, parts, packed = false }: Executable): Uint8Array {
  const count = parts.reduce((sum, { notes = [] }) => sum + 1 + notes.length, 0);
  let end = programHeaderAt(count);
  const offsets = parts.map(({ vaddr, bytes }) => {
    const offset = packed ? end : end + (vaddr - end % PAGE + PAGE) % PAGE;
    end = offset + bytes.length;
    return offset;
  });
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(ElfField.TYPE, EXEC, true);
  view.setUint16(ElfField.MACHINE, X86_64, true);
  view.setUint32(ElfField.VERSION, 1, true);
  view.setBigUint64(ElfField.ENTRY, BigInt(entry), true);
  view.setBigUint64(ElfField.TABLE, BigInt(programHeaderAt(0)), true);
  view.setUint16(ElfField.HEADER_SIZE, 64, true);
  view.setUint16(ElfField.PROGRAM_HEADER_SIZE, 56, true);
  view.setUint16(ElfField.COUNT, count, true);
  let next = 0;
  const header = (type: number, flags: number, numbers: readonly number[]): void => {
    const at = programHeaderAt(next++);
    view.setUint32(at + ProgramField.TYPE, type, true);
    view.setUint32(at + ProgramField.FLAGS, flags, true);
    for (const [i, number] of numbers.entries()) {
      view.setBigUint64(at + ProgramField.OFFSET + 8 * i, BigInt(number), true);
    }
  };
  for (const [i, { vaddr, bytes, memorySize = bytes.length, flags, align }] of parts.entries()) {
    header(LOAD, flags, [offsets[i], vaddr, vaddr, bytes.length, memorySize, align ?? PAGE]);
    file.set(bytes, offsets[i]);
  }
  for (const [i, { vaddr, notes = [] }] of parts.entries()) {
    for (const { offset, size } of notes) {
      header(NOTE, 4, [offsets[i] + offset, vaddr + offset, vaddr + offset, size, size, 4]);
    }
  }
  return file;
}
