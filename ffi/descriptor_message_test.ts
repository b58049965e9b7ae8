import assert from "node:assert/strict";
import { sendDescriptors } from "./descriptor_message.ts";
import { Errno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { receive, seqpacketPair } from "./socket.ts";

Deno.test("sendDescriptors() sends a message, with or without descriptors", () => {
  const [a, b] = seqpacketPair();
  const [c, d] = seqpacketPair();
  const buffer = new Uint8Array(8);
  try {
    assert.equal(sendDescriptors(a, Uint8Array.of(1, 2, 3), []), 3);
    assert.equal(receive(b, buffer), 3);
    assert.equal(sendDescriptors(a, Uint8Array.of(4), [c, d, c]), 1);
    assert.equal(receive(b, buffer), 1); // recv(2) throws the descriptors away
    assert.deepEqual([...buffer.subarray(0, 3)], [4, 2, 3]);
    assert.equal(sendDescriptors(a, Uint8Array.of(4), [9999]), -Errno.EBADF);
  } finally {
    for (const fd of [a, b, c, d]) closeFd(fd);
  }
});
