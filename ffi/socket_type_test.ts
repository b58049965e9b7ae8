import assert from "node:assert/strict";
import { LIBC, openLibrary } from "./errno.ts";
import { closeFd, pipe } from "./fd.ts";
import { seqpacketPair } from "./socket.ts";
import { isMessageSocket, isSeqpacketSocket } from "./socket_type.ts";

const libc = openLibrary(LIBC, {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

Deno.test("isSeqpacketSocket() knows the two ends of a pair from everything else", () => {
  const pair = seqpacketPair();
  const others = [...pipe(), libc.socket(1, 1, 0), libc.socket(1, 2, 0), libc.socket(2, 1, 0)];
  try {
    assert.deepEqual(pair.map(isSeqpacketSocket), [true, true]);
    assert.deepEqual(others.map(isSeqpacketSocket), others.map(() => false));
    assert.equal(isSeqpacketSocket(-1), false);
  } finally {
    for (const fd of [...pair, ...others]) closeFd(fd);
  }
  assert.equal(isSeqpacketSocket(pair[0]), false);
});

Deno.test("isMessageSocket() is true of sockets that keep messages apart", () => {
  const messages = [...seqpacketPair(), libc.socket(1, 2, 0), libc.socket(2, 2, 0)];
  const others = [...pipe(), libc.socket(1, 1, 0), libc.socket(2, 1, 0)];
  try {
    assert.deepEqual(messages.map(isMessageSocket), messages.map(() => true));
    assert.deepEqual(others.map(isMessageSocket), others.map(() => false));
    assert.equal(isMessageSocket(-1), false);
  } finally {
    for (const fd of [...messages, ...others]) closeFd(fd);
  }
});
