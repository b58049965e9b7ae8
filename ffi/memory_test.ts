import assert from "node:assert/strict";
import { addressOf, cString, fixedMemory } from "./memory.ts";

Deno.test("fixedMemory() gives zeroed memory of at least the size when asked for any size", () => {
  for (const size of [0, 1, 64, 128, 129, 4096]) {
    const memory = fixedMemory(size);
    assert.ok(memory.length >= size);
    assert.ok(memory.length > 64);
    assert.ok(memory.every((byte) => byte === 0));
  }
});

Deno.test("addressOf() is the address at which the bytes lie", () => {
  const memory = fixedMemory(8);
  memory[5] = 77;
  const pointer = Deno.UnsafePointer.create(addressOf(memory));
  assert.equal(new Deno.UnsafePointerView(pointer!).getUint8(5), 77);
});

Deno.test("cString() ends in one zero byte, and throws when the text holds one", () => {
  assert.deepEqual([...cString("aé", "name")], [0x61, 0xc3, 0xa9, 0]);
  assert.throws(() => cString("a\0b", "name"), TypeError);
});
