/**
 * The page tables that an hvt guest begins with: address = guest-physical address, and what each
 * segment may do holds page by page (Intel SDM volume 3A, 4-level paging).
 *
 *     0x2000           PML4, one entry
 *     0x3000           PDPT, one entry for each GiB, 4 at most
 *     0x4000–0x7000    page directories, one for each GiB
 *     0x8000           page table of the first 2 MiB
 *     0x9000–0xffff    page tables of other 2 MiB that are not all alike
 *     0x20000–0xfffff  more of them
 *
 * A guest runs with all privileges of its processor and could make tables of its own: these protect
 * it from its own faults. What keeps it from the host's memory is that the machine has no other.
 *
 * @module
 */

import { LOWEST_ADDRESS, type Segment, SegmentFlag } from "../guest/guest.ts";
import { TenderError } from "../error.ts";

/** Where the tables begin; CR3. */
export const PML4 = 0x2000;
/** Below is nothing that a guest can see. */
export const VISIBLE_FROM = 0x10000;
const PDPT = 0x3000;
const DIRECTORIES = 0x4000;
const FIRST_TABLE = 0x8000;
/** Pages for tables. Boot info, arguments and manifest are in between. */
const TABLE_RANGES: readonly (readonly [start: number, end: number])[] = [
  [FIRST_TABLE, 0x10000],
  [0x20000, LOWEST_ADDRESS],
];

const PAGE = 4096;
const ENTRIES = 512;
const LARGE_PAGE = PAGE * ENTRIES;
const GIB = LARGE_PAGE * ENTRIES;

// Bits of an entry. A and D are set from the start, so that nothing has to write to the tables.
const PRESENT = 0x1n;
const WRITABLE = 0x2n;
const ACCESSED = 0x20n;
const DIRTY = 0x40n;
const LARGE = 0x80n;
const NO_EXECUTE = 1n << 63n;
const TABLE = PRESENT | WRITABLE | ACCESSED;

/** What page tables are made for. */
export interface PagePlan {
  /** The guest's segments by ascending addresses. */
  readonly segments: readonly Segment[];
  /** Whether the processor knows the bit that keeps a page from being executed (EFER.NXE). */
  readonly noExecute: boolean;
}

/**
 * Writes the page tables.
 *
 * @param memory all of the guest's memory, at most 4 GiB, zero where the tables are
 * @param plan what is where
 * @throws {TenderError} for segments in so many places that the tables do not fit
 */
export function writePageTables(memory: Uint8Array<ArrayBuffer>, plan: PagePlan): void {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const entry = (table: number, index: number, value: bigint) =>
    view.setBigUint64(table + 8 * index, value, true);
  const tables = freeTables();
  entry(PML4, 0, BigInt(PDPT) | TABLE);
  for (let start = 0; start < memory.length; start += LARGE_PAGE) {
    const gib = Math.floor(start / GIB);
    const directory = DIRECTORIES + gib * PAGE;
    const index = (start % GIB) / LARGE_PAGE;
    if (index === 0) entry(PDPT, gib, BigInt(directory) | TABLE);
    const alike = bitsOfAll(plan, start, memory.length);
    if (alike !== null) {
      if (alike !== 0n) entry(directory, index, BigInt(start) | alike | LARGE);
      continue;
    }
    const { value: table } = tables.next();
    if (table === undefined) {
      throw new TenderError("Cannot run the guest: its segments are in too many places");
    }
    entry(directory, index, BigInt(table) | TABLE);
    for (let i = 0; i < ENTRIES; i++) {
      const address = start + i * PAGE;
      const bits = bitsOf(plan, address, memory.length);
      if (bits !== 0n) entry(table, i, BigInt(address) | bits);
    }
  }
}

function* freeTables(): Generator<number, undefined> {
  for (const [start, end] of TABLE_RANGES) {
    for (let table = start; table < end; table += PAGE) yield table;
  }
}

/** What all pages of 2 MiB have, or null when they differ. */
function bitsOfAll(plan: PagePlan, start: number, size: number): bigint | null {
  const end = start + LARGE_PAGE;
  if (start < LOWEST_ADDRESS || end > size) return null;
  const touching = plan.segments.filter((each) => each.start < end && each.end > start);
  if (touching.length === 0) return bitsOf(plan, start, size);
  const [first] = touching;
  return first.start <= start && first.end >= end ? bitsOf(plan, start, size) : null;
}

/** What the page at an address has; 0 = it is not there. */
function bitsOf({ segments, noExecute }: PagePlan, address: number, size: number): bigint {
  if (address < VISIBLE_FROM || address >= size) return 0n;
  const { READ, WRITE, EXECUTE } = SegmentFlag;
  const flags = address < LOWEST_ADDRESS
    ? READ
    : segments.find(({ start, end }) => address >= start && address < end)?.flags ?? READ | WRITE;
  if (flags === 0) return 0n;
  return PRESENT | ACCESSED | DIRTY |
    (flags & WRITE ? WRITABLE : 0n) |
    (noExecute && !(flags & EXECUTE) ? NO_EXECUTE : 0n);
}
