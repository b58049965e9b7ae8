/**
 * The program that an spt guest is run as: an ELF file with the launcher, and all that it needs to
 * know and to copy.
 *
 *     pages that stay      ELF header, launcher, parameters, tables, system call filter
 *     pages that are left  what is copied into the guest's memory
 *
 * @module
 */

import { BOOT_INFO, type GuestMemory, MEMORY_START } from "./memory.ts";
import { LAUNCHER_CODE } from "./launcher.ts";

/** Where the program lies: above every guest's memory, which ends below 1 TiB. */
export const PROGRAM_START = 2 ** 40;
const PAGE_SIZE = 4096;
const WORD = 8;

const ELF_HEADER_SIZE = 64; // elf.h
const PROGRAM_HEADER_SIZE = 56;
const ET_EXEC = 2;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_R = 4;
const PF_W = 2;
const PF_X = 1;

const HEADERS = 3;
const CODE_START = 0x100; // behind the headers; the launcher counts on a multiple of 8
/** Bytes of the launcher's parameters, and of the name among them. */
const PARAMETERS_SIZE = 19 * WORD;
const NAME_SIZE = 16;
const SOCK_FILTER_SIZE = 8; // linux/filter.h

/** What a guest is run with. */
export interface SptProgram {
  /** Name of the process; its first 15 bytes count. */
  readonly name: string;
  /** The guest's memory. */
  readonly memory: GuestMemory;
  /** Where it begins. */
  readonly entry: number;
  /** What it may do: packed `struct sock_filter`. */
  readonly filter: Uint8Array;
  /** Descriptors that stay open. */
  readonly descriptors: readonly number[];
  /** CLONE_ bits of namespaces that the launcher makes; 0 = none. */
  readonly namespaces: number;
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16));
}

/** The numbers from 0 to the highest that are not among `kept`. */
export function otherDescriptors(kept: readonly number[]): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  let next = 0;
  for (const fd of [...kept].sort((a, b) => a - b)) {
    if (fd > next) ranges.push([next, fd - 1]);
    next = Math.max(next, fd + 1);
  }
  ranges.push([next, 0xffff_ffff]);
  return ranges;
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}

/** Words of 64 bits, appended one after another. */
class Words {
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, at: number) {
    this.#view = new DataView(bytes.buffer);
    this.#at = at;
  }

  /** Appends numbers; gives the address of the first in the running program. */
  put(...values: number[]): number {
    const address = PROGRAM_START + this.#at;
    for (const value of values) {
      this.#view.setBigUint64(this.#at, BigInt(value), true);
      this.#at += WORD;
    }
    return address;
  }
}

/**
 * Makes the file.
 *
 * @param program what it is to do
 * @returns an ELF file that needs no interpreter
 */
export function buildProgram(program: SptProgram): Uint8Array<ArrayBuffer> {
  const { memory, filter } = program;
  const code = hexBytes(LAUNCHER_CODE);
  const closings = otherDescriptors(program.descriptors);
  const parametersAt = CODE_START + code.length;
  const copiesAt = parametersAt + PARAMETERS_SIZE;
  const pagesAt = copiesAt + memory.pieces.length * 3 * WORD;
  const closingsAt = pagesAt + memory.pages.length * 3 * WORD;
  const filterAt = closingsAt + closings.length * 2 * WORD;
  const residentSize = roundUp(filterAt + filter.length, PAGE_SIZE);
  const imagesSize = memory.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const file = new Uint8Array(residentSize + roundUp(imagesSize, PAGE_SIZE));

  let at = residentSize;
  const copies = memory.pieces.flatMap(({ address, bytes }) => {
    file.set(bytes, at);
    const from = PROGRAM_START + at;
    at += bytes.length;
    return [address, from, bytes.length];
  });
  const tables = new Words(file, copiesAt);
  const copyTable = tables.put(...copies);
  const pageTable = tables.put(
    ...memory.pages.flatMap(({ start, end, protection }) => [start, end - start, protection]),
  );
  const closingTable = tables.put(...closings.flat());
  file.set(filter, filterAt);

  file.set(code, CODE_START);
  const name = new TextEncoder().encode(program.name.replaceAll("\0", ""));
  file.set(name.subarray(0, NAME_SIZE - 1), parametersAt);
  new Words(file, parametersAt + NAME_SIZE).put(
    MEMORY_START,
    memory.end - MEMORY_START,
    memory.protection,
    copyTable,
    memory.pieces.length,
    pageTable,
    memory.pages.length,
    closingTable,
    closings.length,
    program.namespaces,
    PROGRAM_START + residentSize,
    PROGRAM_START + file.length,
    filter.length / SOCK_FILTER_SIZE,
    PROGRAM_START + filterAt,
    memory.end - WORD, // where a call would have left it: 8 below a multiple of 16
    BOOT_INFO,
    program.entry,
  );
  writeHeaders(file, residentSize);
  return file;
}

function writeHeaders(file: Uint8Array<ArrayBuffer>, residentSize: number): void {
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  view.setUint16(16, ET_EXEC, true);
  view.setUint16(18, EM_X86_64, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(PROGRAM_START + CODE_START), true);
  view.setBigUint64(32, BigInt(ELF_HEADER_SIZE), true);
  view.setUint16(52, ELF_HEADER_SIZE, true);
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, HEADERS, true);
  const headers: [type: number, flags: number, offset: number, size: number][] = [
    [PT_LOAD, PF_R | PF_X, 0, residentSize],
    [PT_LOAD, PF_R, residentSize, file.length - residentSize],
    [PT_GNU_STACK, PF_R | PF_W, 0, 0],
  ];
  headers.forEach(([type, flags, offset, size], i) => {
    const at = ELF_HEADER_SIZE + i * PROGRAM_HEADER_SIZE;
    const address = type === PT_LOAD ? BigInt(PROGRAM_START + offset) : 0n;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 24, address, true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setBigUint64(at + 40, BigInt(size), true);
    view.setBigUint64(at + 48, BigInt(PAGE_SIZE), true);
  });
}
