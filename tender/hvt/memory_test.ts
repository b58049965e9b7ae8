import assert from "node:assert/strict";
import fc from "fast-check";
import { GuestFault, GuestMemory } from "./memory.ts";

const SIZE = 2 ** 21;
const END = BigInt(SIZE);
const LOW = 0x100000n;
const ALL_BITS = 2n ** 64n - 1n;
const memory = new GuestMemory(new Uint8Array(SIZE));

Deno.test("GuestMemory.bytes() gives what is the guest's", () => {
  const cases: [address: bigint, length: bigint][] = [
    [LOW, 0n],
    [LOW, 1n],
    [LOW, END - LOW],
    [END - 1n, 1n],
    [END - 1n, 0n],
    [END, 0n],
    [END - 8n, 8n],
  ];
  for (const [address, length] of cases) {
    const bytes = memory.bytes(address, length);
    assert.deepEqual([bytes.byteOffset, bytes.length], [Number(address), Number(length)]);
  }
});

Deno.test("GuestMemory.bytes() refuses what is not, without overflow", () => {
  const cases: [address: bigint, length: bigint][] = [
    [0n, 0n],
    [0n, 1n],
    [0n, ALL_BITS],
    [0x2000n, 8n],
    [0x10000n, 8n],
    [LOW - 1n, 0n],
    [LOW - 1n, 1n],
    [LOW - 1n, 2n],
    [LOW, END - LOW + 1n],
    [LOW, END],
    [LOW, ALL_BITS],
    [LOW, ALL_BITS - LOW + 1n],
    [LOW, 2n ** 32n],
    [LOW + 2n ** 32n, 1n],
    [LOW + 2n ** 53n, 0n],
    [END - 1n, 2n],
    [END, 1n],
    [END + 1n, 0n],
    [2n ** 63n, 1n],
    [ALL_BITS, 0n],
    [ALL_BITS, 1n],
    [ALL_BITS, 2n],
    [ALL_BITS, ALL_BITS],
    [-1n, 1n],
    [LOW, -1n],
  ];
  for (const [address, length] of cases) {
    assert.throws(() => memory.bytes(address, length), GuestFault, `${address} ${length}`);
  }
});

Deno.test("GuestMemory.struct() gives a view of its own size", () => {
  const view = memory.struct(END - 16n, 16);
  view.setUint8(15, 7);
  assert.equal(memory.all[SIZE - 1], 7);
  assert.throws(() => view.getUint8(16), RangeError);
  assert.throws(() => memory.struct(END - 15n, 16), GuestFault);
});

Deno.test("GuestMemory.bytes() stays inside, whatever it is asked for", () => {
  const near = fc.constantFrom(
    0n,
    1n,
    LOW,
    END,
    END - LOW,
    2n ** 32n,
    2n ** 53n,
    2n ** 63n,
    ALL_BITS,
  )
    .chain((base) => fc.bigInt(-9n, 9n).map((more) => BigInt.asUintN(64, base + more)));
  const any = fc.oneof(near, fc.bigInt(0n, ALL_BITS), fc.bigInt(0n, END));
  fc.assert(fc.property(any, any, (address, length) => {
    const isInside = address >= LOW && address + length <= END;
    try {
      const bytes = memory.bytes(address, length);
      assert(isInside);
      assert.deepEqual([BigInt(bytes.byteOffset), BigInt(bytes.length)], [address, length]);
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      assert(!isInside, error.message);
    }
  }));
});
