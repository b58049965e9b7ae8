import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import {
  closeFd,
  duplicateAbove,
  isForWriting,
  lockFile,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  openFd,
  pipe,
  readFd,
  setNonblocking,
  writeFd,
} from "./fd.ts";

const failsWith = (code: number) => (error: unknown) =>
  error instanceof ErrnoError && error.code === code;

/** What /proc says a descriptor's flags are, in octal. */
function flagsOf(fd: number): number {
  const text = Deno.readTextFileSync(`/proc/thread-self/fdinfo/${fd}`);
  return parseInt(/^flags:\s*([0-7]+)$/m.exec(text)![1], 8);
}
/** How many descriptors of this process are open on a file; other tests may run meanwhile. */
function timesOpen(path: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`) === path;
    } catch {
      return false; // closed since
    }
  }).length;
}

const CLOEXEC = 0o2000000;
const NONBLOCK = 0o4000;

Deno.test("pipe() passes bytes on, both ends close-on-exec, and reads 0 when the writer is closed", () => {
  const [read, write] = pipe();
  const buffer = new Uint8Array(16);
  assert.equal(flagsOf(read) & CLOEXEC, CLOEXEC);
  assert.equal(flagsOf(write) & CLOEXEC, CLOEXEC);
  assert.equal(writeFd(write, Uint8Array.of(1, 2, 3, 4), 3), 3);
  assert.equal(readFd(read, buffer), 3);
  assert.deepEqual([...buffer.subarray(0, 4)], [1, 2, 3, 0]);
  closeFd(write);
  assert.equal(readFd(read, buffer), 0);
  closeFd(read);
});

Deno.test("readFd() and writeFd() work on part of a larger buffer", () => {
  const [read, write] = pipe();
  const buffer = Uint8Array.of(9, 8, 7, 6, 5);
  assert.equal(writeFd(write, buffer.subarray(1, 3), 2), 2);
  assert.equal(readFd(read, buffer.subarray(3)), 2);
  assert.deepEqual([...buffer], [9, 8, 7, 8, 7]);
  closeFd(read);
  closeFd(write);
});

Deno.test("setNonblocking() makes readFd() return -EAGAIN when the pipe is empty, and undoes it", () => {
  const [read, write] = pipe();
  setNonblocking(read, true);
  assert.equal(readFd(read, new Uint8Array(1)), -Errno.EAGAIN);
  setNonblocking(read, false);
  assert.equal(flagsOf(read) & NONBLOCK, 0);
  closeFd(read);
  closeFd(write);
});

Deno.test("writeFd() returns -EPIPE, and the process lives on, when nobody can read", () => {
  const [read, write] = pipe();
  closeFd(read);
  assert.equal(writeFd(write, new Uint8Array(1), 1), -Errno.EPIPE);
  closeFd(write);
});

Deno.test("writeFd() returns -EFAULT when the length is beyond the buffer", () => {
  const [read, write] = pipe();
  assert.equal(writeFd(write, new Uint8Array(4), 5), -Errno.EFAULT);
  setNonblocking(read, true);
  assert.equal(readFd(read, new Uint8Array(8)), -Errno.EAGAIN);
  closeFd(read);
  closeFd(write);
});

Deno.test("readFd() and writeFd() return -EBADF when the descriptor is not open", () => {
  assert.equal(readFd(-1, new Uint8Array(1)), -Errno.EBADF);
  assert.equal(writeFd(-1, new Uint8Array(1), 1), -Errno.EBADF);
});

Deno.test("closeFd() throws EBADF when the descriptor is not open", () => {
  assert.throws(() => closeFd(-1), failsWith(Errno.EBADF));
});

Deno.test("duplicateAbove() gives a close-on-exec descriptor, at least min, of the same file", () => {
  const [read, write] = pipe();
  const high = duplicateAbove(write, 200);
  assert.ok(high >= 200);
  assert.equal(flagsOf(high) & CLOEXEC, CLOEXEC);
  closeFd(write);
  assert.equal(writeFd(high, Uint8Array.of(42), 1), 1);
  const buffer = new Uint8Array(1);
  assert.equal(readFd(read, buffer), 1);
  assert.equal(buffer[0], 42);
  closeFd(read);
  closeFd(high);
  assert.throws(() => duplicateAbove(-1, 64), failsWith(Errno.EBADF));
});

Deno.test("openFd() opens close-on-exec with the mode given, and throws when it cannot", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/fïle`;
    const fd = openFd(path, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    assert.equal(flagsOf(fd) & CLOEXEC, CLOEXEC);
    assert.equal(writeFd(fd, new TextEncoder().encode("text"), 4), 4);
    closeFd(fd);
    assert.equal(Deno.readTextFileSync(path), "text");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    assert.throws(() => openFd(path, O_WRONLY | O_CREAT | O_EXCL, 0o600), failsWith(Errno.EEXIST));
    assert.throws(() => openFd(`${path}.no`, O_RDONLY, 0), failsWith(Errno.ENOENT));
    assert.throws(() => openFd(`${path}\0x`, O_RDONLY, 0), TypeError);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("lockFile() returns null while another holds the lock, and a descriptor afterwards", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${Deno.realPathSync(directory)}/lock`;
    const first = lockFile(path);
    assert.notEqual(first, null);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    // flock(2) locks belong to the open file, so a second open in one process contends as well.
    assert.equal(lockFile(path), null);
    assert.equal(timesOpen(path), 1);
    closeFd(first!);
    const second = lockFile(path);
    assert.notEqual(second, null);
    closeFd(second!);
    assert.equal(timesOpen(path), 0);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("lockFile() refuses a symbolic link, and a directory that does not exist", () => {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.symlinkSync(`${directory}/target`, `${directory}/lock`);
    assert.throws(() => lockFile(`${directory}/lock`), failsWith(Errno.ELOOP));
    assert.throws(() => lockFile(`${directory}/no/lock`), failsWith(Errno.ENOENT));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("closeFrom() closes everything from its argument on, and nothing below", () => {
  // In a process of its own, since Deno's descriptors are closed too.
  const code = `
    import { closeFrom, openFd, writeFd } from ${JSON.stringify(import.meta.resolve("./fd.ts"))};
    import { exitNow } from ${JSON.stringify(import.meta.resolve("./process.ts"))};
    const fd = openFd("/dev/null", ${O_RDWR}, 0);
    const one = new Uint8Array(1);
    const before = writeFd(fd, one, 1);
    closeFrom(3);
    exitNow(before === 1 && writeFd(fd, one, 1) === -9 && writeFd(1, one, 1) === 1 ? 0 : 1);`;
  const result = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdin: "null",
  }).outputSync();
  assert.equal(result.code, 0, new TextDecoder().decode(result.stderr));
  assert.deepEqual([...result.stdout], [0]);
});

Deno.test("closeOthers() closes everything but what it is told to keep", () => {
  const script = `
    import { closeOthers, duplicateAbove, openFd, writeFd } from ${
    JSON.stringify(import.meta.resolve("./fd.ts"))
  };
    import { exitNow } from ${JSON.stringify(import.meta.resolve("./process.ts"))};
    const fd = openFd("/dev/null", 1, 0);
    const [a, b, c] = [duplicateAbove(fd, 200), duplicateAbove(fd, 201), duplicateAbove(fd, 210)];
    closeOthers([c, 1, a, 1]);
    const open = [a, b, c, 2, fd].map((each) => writeFd(each, new Uint8Array(1), 1) === 1);
    const text = new TextEncoder().encode(open.join());
    writeFd(1, text, text.length);
    exitNow(0); // there is no way back to Deno
  `;
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
  }).outputSync();
  assert.equal(new TextDecoder().decode(stdout), "true,false,true,false,false");
});

Deno.test("isForWriting() tells whether a descriptor is open for writing", () => {
  const [reading, writing] = pipe();
  const both = openFd("/dev/null", O_RDWR, 0);
  assert.deepEqual([reading, writing, both].map(isForWriting), [false, true, true]);
  for (const fd of [reading, writing, both]) closeFd(fd);
  assert.equal(isForWriting(-1), false);
});
