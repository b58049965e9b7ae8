import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, O_RDONLY, openFd, pipe } from "./fd.ts";
import { descriptorStatus, pathStatus } from "./file_status.ts";

const isError = (code: number) => (error: unknown) =>
  error instanceof ErrnoError && error.code === code;

Deno.test("descriptorStatus() and pathStatus() say of a file what Deno does", () => {
  const path = Deno.makeTempFileSync();
  const link = `${path}.link`;
  Deno.symlinkSync(path, link);
  const fd = openFd(path, O_RDONLY, 0);
  try {
    const { dev, ino } = Deno.statSync(path);
    const expected = {
      isRegularFile: true,
      isDirectory: false,
      isSocket: false,
      device: BigInt(dev),
      inode: BigInt(ino!),
    };
    assert.deepEqual(descriptorStatus(fd), expected);
    assert.deepEqual(pathStatus(path), expected);
    assert.deepEqual(pathStatus(link), expected);
  } finally {
    closeFd(fd);
    Deno.removeSync(path);
    Deno.removeSync(link);
  }
});

Deno.test("descriptorStatus() knows a pipe, and pathStatus() a device and a directory", () => {
  const ends = pipe();
  const [reader, writer] = ends.map(descriptorStatus);
  assert.equal(reader.isRegularFile, false);
  assert.deepEqual(reader, writer);
  ends.forEach(closeFd);
  for (const path of ["/dev/null", "/proc", "/"]) {
    const { dev, ino, isDirectory } = Deno.statSync(path);
    assert.deepEqual(pathStatus(path), {
      ...{
        isRegularFile: false,
        isDirectory,
        isSocket: false,
        device: BigInt(dev),
        inode: BigInt(ino!),
      },
    });
  }
});

Deno.test("descriptorStatus() and pathStatus() throw when there is nothing", () => {
  assert.throws(() => descriptorStatus(-1), isError(Errno.EBADF));
  assert.throws(() => pathStatus(`/${crypto.randomUUID()}`), isError(Errno.ENOENT));
});
