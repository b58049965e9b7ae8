import assert from "node:assert/strict";
import { Errno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { openStorage, readAt, writeAt } from "./storage.ts";

Deno.test("openStorage() tells the size of a file, and knows it by other names", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const [file, link, hard, other] = ["file", "link", "hard", "other"].map((n) =>
      `${folder}/${n}`
    );
    for (const path of [file, other]) Deno.writeFileSync(path, new Uint8Array(1000));
    Deno.symlinkSync(file, link);
    Deno.linkSync(file, hard);
    const found = [file, link, hard, other].map(openStorage);
    for (const { fd } of found) closeFd(fd);
    assert.deepEqual(found.map(({ capacity }) => capacity), [1000n, 1000n, 1000n, 1000n]);
    const identities = found.map(({ identity }) => identity);
    assert.equal(new Set(identities.slice(0, 3)).size, 1);
    assert.notEqual(identities[3], identities[0]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("openStorage() takes sparse files above 4 GiB", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.truncateSync(path, 5 * 2 ** 30);
    const { fd, capacity } = openStorage(path);
    closeFd(fd);
    assert.equal(capacity, 5n * 2n ** 30n);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("openStorage() refuses what is neither a file nor a block device", () => {
  assert.throws(() => openStorage("/dev/null"), /neither a file nor a block device: EINVAL/);
  assert.throws(() => openStorage("/"), /EISDIR/);
});

Deno.test("readAt() and writeAt() work at their place, and give errors as numbers", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.truncateSync(path, 5 * 2 ** 30);
    const { fd, capacity } = openStorage(path);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    assert.equal(writeAt(fd, bytes, capacity - 4n), 4);
    const found = new Uint8Array(8);
    assert.equal(readAt(fd, found, capacity - 6n), 6);
    assert.deepEqual([...found], [0, 0, 1, 2, 3, 4, 0, 0]);
    assert.equal(readAt(fd, found, capacity), 0);
    assert.equal(readAt(fd, found, -1n), -Errno.EINVAL);
    closeFd(fd);
    assert.equal(writeAt(fd, bytes, 0n), -Errno.EBADF);
  } finally {
    Deno.removeSync(path);
  }
});
