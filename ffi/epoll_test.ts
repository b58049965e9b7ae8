import assert from "node:assert/strict";
import { addReadable, createEpoll } from "./epoll.ts";
import { closeFd, pipe, writeFd } from "./fd.ts";
import { PollSet } from "./poll.ts";

Deno.test("addReadable() makes a set readable with its members", () => {
  const epoll = createEpoll();
  const [reading, writing] = pipe();
  try {
    addReadable(epoll, reading, 7n);
    const poll = new PollSet();
    poll.add(epoll);
    assert.equal(poll.wait(0), 0);
    writeFd(writing, Uint8Array.of(1), 1);
    assert.equal(poll.wait(10_000), 1);
    assert.throws(() => addReadable(epoll, reading, 8n), /EEXIST/);
    assert.throws(() => addReadable(epoll, 9999, 8n), /EBADF/);
  } finally {
    for (const fd of [epoll, reading, writing]) closeFd(fd);
  }
});
