/**
 * The segments of a guest: what is put where in its memory, and what it may do there. The rules are
 * those of Solo5's loader (tenders/common/elf.c), so that each guest that it loads is taken.
 *
 * @module
 */
import { type Elf, isInFile, type ProgramHeader, ProgramType } from "./elf.ts";
import { GuestError } from "./error.ts";

/** What a guest may do with a segment; a sum of them is `Segment.flags` (elf(5), p_flags). */
export const SegmentFlag = { EXECUTE: 1, WRITE: 2, READ: 4 } as const;

/** One part of the guest's memory that comes from its file. */
export interface Segment {
  /** Address in the guest's memory, at least {@linkcode LOWEST_ADDRESS}; need not begin a page. */
  vaddr: number;
  /** Where its bytes begin in the file. */
  fileOffset: number;
  /** How many bytes come from the file, at least 1; all of them are in the file. */
  fileSize: number;
  /** How many bytes it has, at least `fileSize`; the others are zero. */
  memorySize: number;
  /** A sum of {@linkcode SegmentFlag}; never writable and executable at once. */
  flags: number;
  /** `vaddr` rounded down to the segment's alignment; begins a page of 4096 bytes. */
  start: number;
  /**
   * `vaddr + memorySize` rounded up to the segment's alignment; ends a page. The flags are for all
   * of `start` to `end`, and these ranges do not overlap.
   */
  end: number;
}

/** Where guests begin (hvt_abi.h and spt_abi.h); below is what the tender tells them. */
export const LOWEST_ADDRESS = 0x100000;
/** No guest has so much memory; up to here sums of addresses are exact. */
const ADDRESS_LIMIT = 2 ** 40;
const PAGE_SIZE = 4096;

/**
 * The segments, in ascending order. A program header with no bytes in the file is passed over, as
 * Solo5's loader does: it is no segment, and does not count for the end of the kernel.
 *
 * @param elf the guest's headers
 * @returns at least one
 * @throws GuestError when Solo5 would refuse it whatever the guest's memory
 */
export function readSegments(elf: Elf): Segment[] {
  const segments: Segment[] = [];
  for (const header of elf.headers) {
    if (header.type !== ProgramType.LOAD || header.fileSize === 0) continue;
    segments.push(readSegment(elf.view, header, segments.at(-1)));
  }
  if (segments.length === 0) throw new GuestError("it has nothing to load");
  return segments;
}

function readSegment(view: DataView, header: ProgramHeader, last: Segment | undefined): Segment {
  const { index, vaddr, fileOffset, fileSize, memorySize, align } = header;
  const refuse = (reason: string): never => {
    throw new GuestError(`its program header ${index} ${reason}`);
  };
  if (vaddr < LOWEST_ADDRESS) refuse("has an address below 0x100000");
  if (vaddr + memorySize > ADDRESS_LIMIT) refuse("is larger than any memory");
  if (memorySize < fileSize) refuse("has more bytes in the file than in memory");
  if (!isInFile(view, fileOffset, fileSize)) refuse("has bytes that are not in the file");
  if (last !== undefined && vaddr < last.vaddr) refuse("has a lower address than the one before");
  if (!isPowerOfTwo(align)) refuse("has an alignment that is no power of two");
  const start = vaddr - vaddr % align;
  const end = Math.ceil((vaddr + memorySize) / align) * align;
  if (start < LOWEST_ADDRESS) refuse("begins below 0x100000 when aligned");
  if (end > ADDRESS_LIMIT) refuse("is larger than any memory");
  if (last !== undefined && start < last.end) refuse("overlaps the one before");
  if (start % PAGE_SIZE !== 0 || end % PAGE_SIZE !== 0) refuse("is not aligned to pages");
  const flags = header.flags & (SegmentFlag.EXECUTE | SegmentFlag.WRITE | SegmentFlag.READ);
  const writeAndExecute = SegmentFlag.EXECUTE | SegmentFlag.WRITE;
  if ((flags & writeAndExecute) === writeAndExecute) refuse("is both writable and executable");
  return { vaddr, fileOffset, fileSize, memorySize, flags, start, end };
}

/** A number above 2^53 was rounded, and may pass; it is too large to be aligned to all the same. */
function isPowerOfTwo(number: number): boolean {
  if (number < 1) return false;
  const bits = BigInt(number);
  return (bits & (bits - 1n)) === 0n;
}
