/**
 * Where the pieces of the packed executable lie. All places are virtual addresses of the file; in the
 * part that is appended to denort they differ from places in the file by one number.
 *
 * @module
 */
import { DYNAMIC_ENTRY_SIZE, type ElfFile, PROGRAM_HEADER_SIZE, SegmentType } from "./elf.ts";
import type { Libraries } from "./libraries.ts";

const PAGE = 4096;

/** Rounds up to whole pages. */
export function pages(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}

/** A library's record in the launcher's table: places of its fields, in bytes; see launcher.s. */
export const RECORD = { start: 0, size: 8, name: 24, path: 64, length: 96 } as const;

/** Where everything lies. */
export interface Layout {
  /** The launcher, and with it the image that is appended. */
  start: number;
  /** First of the pages that hold the libraries' bytes. */
  images: number;
  /** Each library, in order. */
  libraries: number[];
  /** ld.so, and behind the pages of the libraries. */
  linker: number;
  /** What lies behind ld.so's data: the program headers of denort, for ld.so. */
  headers: number;
  /** The dynamic section of denort, for ld.so. */
  dynamic: number;
  /** The launcher's table of libraries. */
  table: number;
  /** Behind the image. */
  end: number;
}

/** Behind all that a file has in memory. */
function memoryEnd(file: ElfFile): number {
  return Math.max(...file.segments(SegmentType.LOAD).map((each) => each.vaddr + each.memorySize));
}

/**
 * Lays the pieces out.
 *
 * @param program denort
 * @param libraries ld.so and what it will link
 * @param launcherSize of the launcher with its parameters, bytes
 */
export function layOut(
  program: ElfFile,
  { linker, others }: Libraries,
  launcherSize: number,
): Layout {
  const start = pages(memoryEnd(program));
  const images = start + pages(launcherSize);
  const libraries: number[] = [];
  let at = images;
  for (const { file } of others) {
    libraries.push(at);
    at += Math.ceil(file.bytes.length / 16) * 16;
  }
  const linkerAt = pages(at);
  // ld.so takes memory from the last page of its own data.
  const headers = linkerAt + pages(memoryEnd(linker.file));
  const dynamic = headers + Math.ceil(program.headers.length * PROGRAM_HEADER_SIZE / 16) * 16;
  const table = dynamic + (others.length + program.dynamic().length + 1) * DYNAMIC_ENTRY_SIZE;
  const end = table + others.length * RECORD.length;
  return { start, images, libraries, linker: linkerAt, headers, dynamic, table, end };
}
