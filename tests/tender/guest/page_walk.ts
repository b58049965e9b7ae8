/**
 * Walks a guest's page tables as a processor does (Intel SDM volume 3A, 4-level paging), strictly:
 * what is reserved must be zero, and nothing of it may be left to the processor to set.
 *
 * @module
 */

/** Where an address leads. */
export interface Walk {
  /** Physical address. */
  physical: number;
  /** A sum of 1 (execute), 2 (write) and 4 (read), as in ELF. */
  permissions: number;
  /** Bytes in the page. */
  pageSize: number;
}

const [PRESENT, WRITABLE, USER, ACCESSED, DIRTY, LARGE] = [1n, 2n, 4n, 0x20n, 0x40n, 0x80n];
const NO_EXECUTE = 1n << 63n;
const ADDRESS = 0xf_ffff_ffff_f000n;

/**
 * Walks from an address.
 *
 * @param memory the guest's
 * @param root address of the uppermost table (CR3)
 * @param address linear
 * @returns null when there is no page
 */
export function walkPages(memory: Uint8Array, root: number, address: number): Walk | null {
  if (!(address >= 0 && address < 2 ** 47)) return null; // the upper half is never mapped
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const linear = BigInt(address);
  let table = BigInt(root);
  let permissions = 7;
  for (const shift of [39n, 30n, 21n, 12n]) {
    const entry = view.getBigUint64(Number(table) + 8 * Number(linear >> shift & 511n), true);
    if ((entry & PRESENT) === 0n) {
      if (entry !== 0n) throw new Error(`a page that is not there is not zero: ${entry}`);
      return null;
    }
    if ((entry & USER) !== 0n) throw new Error("a page is for users");
    if ((entry & ACCESSED) === 0n) throw new Error("a page is not marked as accessed");
    if ((entry & WRITABLE) === 0n) permissions &= ~2;
    if ((entry & NO_EXECUTE) !== 0n) permissions &= ~1;
    table = entry & ADDRESS;
    const isLarge = shift === 21n && (entry & LARGE) !== 0n;
    if (!isLarge && (entry & LARGE) !== 0n) throw new Error("a bit is set that is reserved here");
    if (!isLarge && shift !== 12n) continue;
    if ((entry & DIRTY) === 0n) throw new Error("a page is not marked as dirty");
    const pageSize = 1 << Number(shift);
    if (table % BigInt(pageSize) !== 0n) throw new Error("a page is not aligned");
    return { physical: Number(table) + address % pageSize, permissions, pageSize };
  }
  throw new Error("unreachable");
}
