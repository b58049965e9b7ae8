import assert from "node:assert/strict";
import { generalRegisters, knowsNoExecute, specialRegisters, writeGdt } from "./cpu.ts";

Deno.test("specialRegisters() is a struct kvm_sregs of 64-bit mode", () => {
  const bytes = specialRegisters(true);
  assert.equal(bytes.length, 0x138); // asm/kvm.h
  const view = new DataView(bytes.buffer);
  const u64 = (at: number) => view.getBigUint64(at, true);
  assert.deepEqual([u64(224), u64(232), u64(240), u64(248), u64(264)], [
    0x8001_0021n,
    0n,
    0x2000n,
    0x620n,
    0xd00n,
  ]);
  assert.deepEqual([u64(192), view.getUint16(200, true)], [0x1000n, 23]);
  const segment = (i: number) => [...bytes.subarray(24 * i, 24 * (i + 1))];
  const flat = [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255];
  // selector; type, present, dpl, db, s, l, g, avl, unusable, padding
  assert.deepEqual(segment(0), [...flat, 8, 0, 9, 1, 0, 0, 1, 1, 1, 0, 0, 0]);
  for (const i of [1, 2, 3, 4, 5]) {
    assert.deepEqual(segment(i), [...flat, 16, 0, 3, 1, 0, 1, 1, 0, 1, 0, 0, 0]);
  }
  const none = Array.from({ length: 12 }, () => 0);
  assert.deepEqual(segment(6), [...none, 0, 0, 11, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(segment(7), [...none, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
});

Deno.test("specialRegisters() is that of Solo5's own tender without pages that cannot be executed", () => {
  const [with_, without] = [specialRegisters(true), specialRegisters(false)];
  assert.equal(new DataView(without.buffer).getBigUint64(264, true), 0x500n);
  assert.deepEqual(without.filter((byte, i) => byte !== with_[i]), Uint8Array.of(0x05));
});

Deno.test("generalRegisters() is a struct kvm_regs", () => {
  const bytes = generalRegisters({ entry: 0x101000, stack: 0x1ffff8, bootInfo: 0x10000 });
  const words = [...new BigUint64Array(bytes.buffer)];
  assert.equal(words.length, 18);
  const wanted = words.map(() => 0n);
  [wanted[5], wanted[6], wanted[16], wanted[17]] = [0x10000n, 0x1ffff8n, 0x101000n, 2n];
  assert.deepEqual(words, wanted);
});

Deno.test("writeGdt() writes flat segments for code and data", () => {
  const memory = new Uint8Array(0x2000);
  writeGdt(memory);
  const words = [...new BigUint64Array(memory.buffer, 0x1000, 4)];
  assert.deepEqual(words, [0n, 0x00af_9900_0000_ffffn, 0x00cf_9300_0000_ffffn, 0n]);
});

Deno.test("knowsNoExecute() finds bit 20 of EDX of function 0x80000001", () => {
  const cpuid = (entries: [number, number][], count = entries.length) => {
    const words = new Uint32Array(2 + 10 * entries.length);
    words[0] = count;
    entries.forEach(([function_, edx], i) => {
      words[2 + 10 * i] = function_;
      words[2 + 10 * i + 6] = edx;
    });
    return new Uint8Array(words.buffer);
  };
  const nx: [number, number] = [0x8000_0001, 1 << 20];
  assert.equal(knowsNoExecute(cpuid([[0, 0], nx])), true);
  assert.equal(knowsNoExecute(cpuid([[1, 1 << 20], [0x8000_0001, 1]])), false);
  assert.equal(knowsNoExecute(cpuid([[0, 0], nx], 1)), false, "not counted");
  assert.equal(knowsNoExecute(cpuid([nx], 9)), true, "more counted than there are");
  assert.equal(knowsNoExecute(cpuid([])), false);
});
