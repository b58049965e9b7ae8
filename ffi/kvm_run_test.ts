import assert from "node:assert/strict";
import { readExit } from "./kvm_run.ts";

function exit(reason: number, fill: (view: DataView) => void = () => {}) {
  const view = new DataView(new ArrayBuffer(4096));
  view.setUint32(8, reason, true);
  fill(view);
  return readExit(view);
}

function io(direction: number, size: number) {
  return exit(2, (view) => {
    view.setUint8(32, direction);
    view.setUint8(33, size);
    view.setUint16(34, 0x502, true);
    view.setUint32(36, 1, true);
    view.setBigUint64(40, 2048n, true);
    view.setUint32(2048, 0x89abcdef, true);
  });
}

Deno.test("readExit() reads what a guest writes to a port, whatever the size", () => {
  const out = { kind: "out", port: 0x502, count: 1 };
  assert.deepEqual(io(1, 4), { ...out, size: 4, value: 0x89abcdef });
  assert.deepEqual(io(1, 2), { ...out, size: 2, value: 0xcdef });
  assert.deepEqual(io(1, 1), { ...out, size: 1, value: 0xef });
  assert.deepEqual(io(0, 4), { kind: "in", port: 0x502 });
});

Deno.test("readExit() knows the other reasons", () => {
  const word = (view: DataView) => view.setBigUint64(32, 0x8000_0021n, true);
  assert.deepEqual(exit(5), { kind: "halt" });
  assert.deepEqual(exit(6, word), { kind: "mmio", address: 0x8000_0021n });
  assert.deepEqual(exit(8), { kind: "shutdown" });
  assert.deepEqual(exit(9, word), { kind: "entry failure", reason: 0x8000_0021n });
  assert.deepEqual(exit(10), { kind: "interrupted" });
  assert.deepEqual(exit(17, word), { kind: "internal error", reason: 0x8000_0021 });
  assert.deepEqual(exit(24), { kind: "other", reason: 24 });
});
