import assert from "node:assert/strict";
import { closeFd, pipe, readFd } from "../ffi/fd.ts";
import { LineWriter } from "./line_writer.ts";

const decoder = new TextDecoder();

function read(fd: number): string {
  const bytes = new Uint8Array(1 << 16);
  return decoder.decode(bytes.subarray(0, readFd(fd, bytes)));
}

Deno.test("LineWriter gives a line up when nobody reads the pipe, and goes on when somebody does", () => {
  const [reader, descriptor] = pipe();
  const writer = new LineWriter(descriptor);
  try {
    let written = 0;
    while (writer.write("x".repeat(999))) written++;
    assert.ok(written > 10, String(written));
    assert.equal(writer.write("lost"), false);
    assert.equal(read(reader).length % 1000, 0, "whole lines only");
    assert.equal(writer.write("after"), true);
    assert.equal(read(reader), "after\n");
  } finally {
    closeFd(reader);
    closeFd(descriptor);
  }
});

Deno.test("LineWriter cuts a line to what a pipe takes in one piece", () => {
  const [reader, descriptor] = pipe();
  try {
    assert.equal(new LineWriter(descriptor).write("é".repeat(5000)), true);
    const bytes = new Uint8Array(1 << 16);
    assert.equal(readFd(reader, bytes), 4096);
    assert.equal(bytes[4095], 0x0a);
  } finally {
    closeFd(reader);
    closeFd(descriptor);
  }
});

Deno.test("LineWriter has nothing to wait for when the reader is gone", () => {
  const [reader, descriptor] = pipe();
  closeFd(reader);
  try {
    assert.equal(new LineWriter(descriptor).write("x"), true);
  } finally {
    closeFd(descriptor);
  }
});
