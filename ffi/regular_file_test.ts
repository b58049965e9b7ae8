import assert from "node:assert/strict";
import { testWith } from "../tests/support/requirements.ts";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, O_CREAT, O_RDONLY, O_RDWR } from "./fd.ts";
import { openRegularFile, readAt, setFileGroup, truncateFile } from "./regular_file.ts";

const failsWith = (code: number) => (error: unknown) =>
  error instanceof ErrnoError && error.code === code;

/** A directory with a file of ten bytes. */
class World implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly file = `${this.directory}/file`;

  constructor() {
    Deno.writeTextFileSync(this.file, "0123456789");
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

Deno.test("openRegularFile() opens a regular file and tells its length", () => {
  using world = new World();
  const { fd, size } = openRegularFile(world.file, O_RDWR, 0);
  closeFd(fd);
  assert.equal(size, 10);
  const made = openRegularFile(`${world.directory}/new`, O_RDWR | O_CREAT, 0o600);
  closeFd(made.fd);
  assert.equal(made.size, 0);
});

Deno.test("openRegularFile() refuses all else, and does not wait for a pipe's other end", () => {
  using world = new World();
  Deno.symlinkSync(world.file, `${world.directory}/link`);
  new Deno.Command("mkfifo", { args: [`${world.directory}/pipe`] }).outputSync();
  const open = (path: string) => () => openRegularFile(path, O_RDONLY, 0);
  assert.throws(open(`${world.directory}/link`), failsWith(Errno.ELOOP));
  assert.throws(open(`${world.directory}/pipe`), failsWith(Errno.EINVAL));
  assert.throws(open(world.directory), failsWith(Errno.EINVAL));
  assert.throws(open("/dev/null"), failsWith(Errno.EINVAL));
  assert.throws(open(`${world.directory}/none`), failsWith(Errno.ENOENT));
});

Deno.test("readAt() reads from a place, and less at the end", () => {
  using world = new World();
  const { fd } = openRegularFile(world.file, O_RDONLY, 0);
  const buffer = new Uint8Array(4);
  assert.equal(readAt(fd, buffer, 3), 4);
  assert.equal(new TextDecoder().decode(buffer), "3456");
  assert.equal(readAt(fd, buffer, 8), 2);
  assert.equal(readAt(fd, buffer, 100), 0);
  closeFd(fd);
  assert.throws(() => readAt(-1, buffer, 0), failsWith(Errno.EBADF));
});

Deno.test("truncateFile() cuts a file", () => {
  using world = new World();
  const { fd } = openRegularFile(world.file, O_RDWR, 0);
  truncateFile(fd, 3);
  closeFd(fd);
  assert.equal(Deno.readTextFileSync(world.file), "012");
  assert.throws(() => truncateFile(-1, 0), failsWith(Errno.EBADF));
});

testWith(["root"], "setFileGroup() gives a file to a group, and leaves it its owner", () => {
  using world = new World();
  const { fd } = openRegularFile(world.file, O_RDWR, 0);
  setFileGroup(fd, 4242);
  closeFd(fd);
  const { uid, gid } = Deno.statSync(world.file);
  assert.deepEqual([uid, gid], [0, 4242]);
});
