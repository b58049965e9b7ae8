import assert from "node:assert/strict";
import fc from "fast-check";
import { walkPages } from "../../tests/tender/guest/page_walk.ts";
import type { Segment } from "../guest/guest.ts";
import { PML4, writePageTables } from "./page_tables.ts";

const MIB = 2 ** 20;
const [X, W, R] = [1, 2, 4];

function segment(start: number, end: number, flags: number): Segment {
  const size = end - start;
  return { vaddr: start, fileOffset: 0, fileSize: size, memorySize: size, flags, start, end };
}

function tables(size: number, segments: Segment[], noExecute = true): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(size);
  writePageTables(memory, { segments, noExecute });
  return memory;
}

const SEGMENTS = [
  segment(0x100000, 0x101000, R),
  segment(0x101000, 0x343000, R | X),
  segment(0x350000, 0x352000, R | W),
  segment(0x800000, 0xa00000, R | X),
  segment(0xa00000, 0xc01000, R | W),
];

Deno.test("writePageTables() gives each page what its segment may do", () => {
  const memory = tables(15 * MIB, SEGMENTS);
  const cases: [address: number, permissions: number | null, pageSize?: number][] = [
    [0, null],
    [0x2000, null],
    [0xffff, null],
    [0x10000, R, 4096],
    [0xfffff, R, 4096],
    [0x100000, R, 4096],
    [0x101000, R | X, 4096],
    [0x1fffff, R | X, 4096],
    [0x200000, R | X, 4096],
    [0x342fff, R | X, 4096],
    [0x343000, R | W, 4096],
    [0x351fff, R | W, 4096],
    [0x400000, R | W, 2 * MIB],
    [0x800000, R | X, 2 * MIB],
    [0x9fffff, R | X, 2 * MIB],
    [0xa00000, R | W, 2 * MIB],
    [0xc00000, R | W, 4096],
    [0xc01000, R | W, 4096],
    [15 * MIB - 1, R | W, 4096],
    [15 * MIB, null],
    [16 * MIB, null],
    [2 ** 39, null],
  ];
  for (const [address, permissions, pageSize] of cases) {
    const found = walkPages(memory, PML4, address);
    const wanted = permissions === null ? null : { physical: address, permissions, pageSize };
    assert.deepEqual(found, wanted, address.toString(16));
  }
});

Deno.test("writePageTables() sets no reserved bit where pages can always be executed", () => {
  const memory = tables(4 * MIB, SEGMENTS.slice(0, 3), false);
  assert.equal(walkPages(memory, PML4, 0x100000)?.permissions, R | X);
  assert.equal(walkPages(memory, PML4, 0x350000)?.permissions, R | W | X);
});

Deno.test("writePageTables() refuses segments that need more tables than there is room for", () => {
  const many = (count: number) =>
    Array.from(
      { length: count },
      (_, i) => segment((i + 1) * 2 * MIB, (i + 1) * 2 * MIB + 4096, R),
    );
  tables(512 * MIB, many(231));
  assert.throws(() => tables(512 * MIB, many(232)), /segments are in too many places/);
});

Deno.test("writePageTables() maps up to 4 GiB, and writes to nothing but its own places", () => {
  const size = 4 * 1024 * MIB;
  const memory = tables(size, [segment(size - 0x3000, size - 0x2000, R | X)]);
  assert.deepEqual(walkPages(memory, PML4, size - 1), {
    ...{ physical: size - 1, permissions: R | W, pageSize: 4096 },
  });
  assert.equal(walkPages(memory, PML4, size - 0x2001)?.permissions, R | X);
  assert.equal(walkPages(memory, PML4, 3 * 2 ** 30)?.pageSize, 2 * MIB);
  assert.equal(walkPages(memory, PML4, size), null);
  const others = [memory.subarray(0, PML4), memory.subarray(0x10000, 0x20000)];
  for (const bytes of [...others, memory.subarray(MIB, 2 * MIB)]) {
    assert(bytes.every((byte) => byte === 0));
  }
});

Deno.test("writePageTables() never lets a page be written to and executed", () => {
  const parts = fc.array(
    fc.record({ gap: fc.nat(700), pages: fc.nat(700), flags: fc.constantFrom(R, R | X, R | W) }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 9 }), (parts, more) => {
      let at = MIB;
      const segments = parts.map(({ gap, pages, flags }) => {
        const start = at + gap * 4096;
        at = start + (pages + 1) * 4096;
        return segment(start, at, flags);
      });
      const size = (Math.ceil(at / MIB) + more) * MIB;
      const memory = tables(size, segments);
      for (let address = 0; address < size + MIB; address += 4096) {
        const found = walkPages(memory, PML4, address);
        const own = segments.find(({ start, end }) => address >= start && address < end);
        const wanted = address < 0x10000 || address >= size
          ? undefined
          : address < MIB
          ? R
          : own?.flags ?? R | W;
        assert.equal(found?.permissions, wanted, address.toString(16));
        assert(found === null || found.physical === address);
      }
    }),
    { numRuns: 20 },
  );
});
