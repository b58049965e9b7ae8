import assert from "node:assert/strict";
import { closeFd, O_RDWR, openFd, readFd } from "./fd.ts";
import { mapMemory, mapShared } from "./mapping.ts";

Deno.test("mapMemory() gives zeros that are not moved, also above 2 GiB", () => {
  const size = 4 * 2 ** 30;
  const { address, bytes } = mapMemory(size);
  assert.equal(bytes.length, size);
  assert.deepEqual([bytes[0], bytes[size - 1]], [0, 0]);
  bytes[size - 1] = 7;
  assert.equal(address % 4096n, 0n);
  const pointer = Deno.UnsafePointer.create(address + BigInt(size - 1));
  assert.equal(new Deno.UnsafePointerView(pointer!).getUint8(0), 7);
});

Deno.test("mapMemory() says when there is not so much", () => {
  assert.throws(() => mapMemory(2 ** 50), /Cannot map \d+ bytes: ENOMEM/);
});

Deno.test("mapShared() gives what a descriptor shares", () => {
  const path = Deno.makeTempFileSync();
  Deno.truncateSync(path, 4096);
  const fd = openFd(path, O_RDWR, 0);
  mapShared(fd, 4096).bytes[0] = 9;
  const found = new Uint8Array(1);
  assert.deepEqual([readFd(fd, found), found[0]], [1, 9]);
  closeFd(fd);
  Deno.removeSync(path);
  const none = openFd("/dev/null", O_RDWR, 0);
  assert.throws(() => mapShared(none, 4096), /Cannot map 4096 bytes: ENODEV/);
  closeFd(none);
});
