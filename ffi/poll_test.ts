import assert from "node:assert/strict";
import fc from "fast-check";
import { Errno } from "./errno.ts";
import { closeFd, pipe, readFd, writeFd } from "./fd.ts";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, PollSet } from "./poll.ts";

const one = new Uint8Array(1);

Deno.test("wait() finds a pipe readable when there is something in it, and not before", () => {
  const [read, write] = pipe();
  const set = new PollSet();
  set.add(read);
  assert.equal(set.wait(0), 0);
  assert.equal(set.revents(read), 0);
  writeFd(write, one, 1);
  assert.equal(set.wait(-1), 1);
  assert.equal(set.revents(read), POLLIN);
  readFd(read, one);
  assert.equal(set.wait(0.25), 0);
  assert.equal(set.revents(read), 0);
  closeFd(read);
  closeFd(write);
});

Deno.test("wait() reports POLLHUP when the writer is closed, and POLLERR when the reader is", () => {
  const [read, write] = pipe();
  const set = new PollSet();
  set.add(read, 0);
  closeFd(write);
  assert.equal(set.wait(-1), 1);
  assert.equal(set.revents(read), POLLHUP);
  set.remove(read);
  closeFd(read);

  const [otherRead, otherWrite] = pipe();
  set.add(otherWrite, 0);
  assert.equal(set.wait(0), 0);
  closeFd(otherRead);
  assert.equal(set.wait(-1), 1);
  assert.equal(set.revents(otherWrite), POLLERR);
  closeFd(otherWrite);
});

Deno.test("wait() reports POLLNVAL when a descriptor in the set is not open", () => {
  const set = new PollSet();
  set.add(1_000_000);
  assert.equal(set.wait(-1), 1);
  assert.equal(set.revents(1_000_000), POLLNVAL);
});

Deno.test("setEvents() changes what is waited for", () => {
  const [read, write] = pipe();
  const set = new PollSet();
  set.add(write, 0);
  assert.equal(set.wait(0), 0);
  set.setEvents(write, POLLOUT);
  assert.equal(set.wait(0), 1);
  assert.equal(set.revents(write), POLLOUT);
  set.setEvents(write, 0);
  assert.equal(set.wait(0), 0);
  assert.throws(() => set.setEvents(read, POLLIN), RangeError);
  closeFd(read);
  closeFd(write);
});

Deno.test("add() throws when the descriptor is negative or present, remove() ignores an absent one", () => {
  const set = new PollSet();
  set.add(0);
  assert.throws(() => set.add(0), RangeError);
  assert.throws(() => set.add(-1), RangeError);
  set.remove(5);
  assert.equal(set.size, 1);
  set.remove(0);
  assert.equal(set.size, 0);
  assert.equal(set.wait(0), 0);
  assert.equal(set.revents(0), 0);
});

Deno.test("wait() returns -errno, and forgets what was ready, when the kernel refuses", () => {
  // More entries than RLIMIT_NOFILE allows: EINVAL, ppoll(2). The limit is the whole process's, so
  // this takes a process of its own.
  const code = `
    import { PollSet } from ${JSON.stringify(import.meta.resolve("./poll.ts"))};
    import { pipe } from ${JSON.stringify(import.meta.resolve("./fd.ts"))};
    import { exitNow } from ${JSON.stringify(import.meta.resolve("./process.ts"))};
    const libc = Deno.dlopen("libc.so.6", {
      setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    }).symbols;
    const [, write] = pipe();
    const set = new PollSet();
    set.add(write, ${POLLOUT});
    if (set.wait(0) !== 1 || set.revents(write) !== ${POLLOUT}) exitNow(2);
    if (libc.setrlimit(7, new BigUint64Array(2)) !== 0) exitNow(3);
    exitNow(set.wait(0) === -${Errno.EINVAL} && set.revents(write) === 0 ? 0 : 4);`;
  const result = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", code] })
    .outputSync();
  assert.equal(result.code, 0, new TextDecoder().decode(result.stderr));
});

Deno.test("wait() agrees with a plain model when descriptors come and go in any order", () => {
  const pipes = Array.from({ length: 40 }, () => pipe()); // more than the set starts with room for
  for (const [, write] of pipes.slice(0, 20)) writeFd(write, one, 1);
  try {
    const step = fc.record({
      pipe: fc.nat(39),
      operation: fc.constantFrom("add", "remove", "events"),
      events: fc.constantFrom(0, POLLIN),
    });
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const set = new PollSet();
      const model = new Map<number, number>();
      for (const { pipe: i, operation, events } of steps) {
        const fd = pipes[i][0];
        if (operation === "add" && !model.has(i)) set.add(fd, events), model.set(i, events);
        if (operation === "remove") set.remove(fd), model.delete(i);
        if (operation === "events" && model.has(i)) set.setEvents(fd, events), model.set(i, events);
      }
      const ready = [...model].filter(([i, events]) => i < 20 && events === POLLIN);
      assert.equal(set.size, model.size);
      assert.equal(set.wait(0), ready.length);
      for (let i = 0; i < 40; i++) {
        const expected = ready.some(([j]) => j === i) ? POLLIN : 0;
        assert.equal(set.revents(pipes[i][0]), expected);
      }
    }));
  } finally {
    for (const [read, write] of pipes) closeFd(read), closeFd(write);
  }
});

Deno.test("waitNs() waits as wait() does, however long the time is", () => {
  const [read, write] = pipe();
  const set = new PollSet();
  set.add(read);
  assert.equal(set.waitNs(0n), 0);
  assert.equal(set.waitNs(1_000n), 0);
  writeFd(write, one, 1);
  assert.equal(set.waitNs(2n ** 64n - 1n), 1);
  assert.equal(set.revents(read), POLLIN);
  closeFd(read);
  closeFd(write);
});
