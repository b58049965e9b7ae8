import assert from "node:assert/strict";
import type { Guest } from "../guest/guest.ts";
import { type GuestStart, layOutMemory, MEMORY_START } from "./memory.ts";

const GUEST: Guest = {
  abi: "spt",
  abiVersion: 2,
  entry: 0x100000,
  segments: [
    ...[
      { vaddr: 0x100000, fileOffset: 0, fileSize: 4, memorySize: 4, flags: 5 },
      { vaddr: 0x101010, fileOffset: 4, fileSize: 2, memorySize: 0x2000, flags: 6 },
    ].map((each) => ({
      ...each,
      start: Math.floor(each.vaddr / 4096) * 4096,
      end: Math.ceil((each.vaddr + each.memorySize) / 4096) * 4096,
    })),
  ],
  kernelEnd: 0x104000,
  manifest: { bytesAt: 0, fileOffset: 0, bytes: new Uint8Array(112), entries: [] },
};

function start(change: Partial<GuestStart> = {}): GuestStart {
  return {
    memorySize: 2 ** 21,
    execHeap: false,
    args: ["one", "two words"],
    manifest: new Uint8Array(112),
    epoll: 5,
    timer: 6,
    ...change,
  };
}

const FILE = Uint8Array.of(1, 2, 3, 4, 5, 6);

Deno.test("layOutMemory() puts segments, boot info, arguments and manifest in their places", () => {
  const { pieces, pages, protection, end } = layOutMemory(GUEST, FILE, start());
  assert.equal(end, 2 ** 21);
  assert.equal(protection, 3);
  const byAddress = new Map(pieces.map(({ address, bytes }) => [address, bytes]));
  assert.deepEqual([...byAddress.get(0x100000)!], [1, 2, 3, 4]);
  assert.deepEqual([...byAddress.get(0x101010)!], [5, 6]);
  const info = byAddress.get(0x11000)!;
  const view = new DataView(info.buffer);
  assert.equal(view.getBigUint64(0, true), 2n ** 21n);
  assert.equal(view.getBigUint64(8, true), 0x104000n);
  const args = byAddress.get(Number(view.getBigUint64(16, true)))!;
  assert.equal(new TextDecoder().decode(args), "one two words");
  assert.equal(byAddress.get(Number(view.getBigUint64(24, true)))!.length, 112);
  assert.deepEqual([view.getInt32(32, true), view.getInt32(36, true)], [5, 6]);
  assert.deepEqual(pages, [
    { start: 0x11000, end: 0x16000, protection: 1 },
    { start: 0x100000, end: 0x101000, protection: 5 },
    { start: 0x101000, end: 0x104000, protection: 3 },
  ]);
});

Deno.test("layOutMemory() makes the heap executable only when told", () => {
  const { protection, pages } = layOutMemory(GUEST, FILE, start({ execHeap: true }));
  assert.equal(protection, 7);
  assert.deepEqual(
    pages.map(({ protection }) => protection),
    [1, 5, 3],
    "segments stay as they are",
  );
});

Deno.test("layOutMemory() refuses a guest that does not fit, and long arguments", () => {
  const layOut = (change: Partial<GuestStart>) => () => layOutMemory(GUEST, FILE, start(change));
  assert.throws(layOut({ memorySize: 2 ** 20 }), /does not fit into 1 MB/);
  layOut({ args: ["x".repeat(8191)] })();
  assert.throws(layOut({ args: ["x".repeat(8192)] }), /longer than 8191 bytes/);
  assert.throws(layOut({ args: ["é".repeat(4096)] }), /longer than 8191 bytes/);
  assert(MEMORY_START >= 65536, "the default of vm.mmap_min_addr");
});
