/**
 * Sends frames as fast as it is told, from the namespace of an interface. It says `ready`, waits for
 * a line, sends, and says `<frames sent> <milliseconds>`.
 *
 *     deno run --allow-ffi flooder.ts INTERFACE-INDEX FRAMES-PER-SECOND SECONDS CHADDR
 *
 * @module
 */

import { check, Errno, errno, LIBC, openLibrary } from "../../ffi/errno.ts";
import { readFd, writeFd } from "../../ffi/fd.ts";
import { addressOf, fixedMemory } from "../../ffi/memory.ts";
import { openPacketSocket } from "../../ffi/packet_socket.ts";
import { PollSet } from "../../ffi/poll.ts";
import { assemble, ret } from "../../priv/bpf/assembler.ts";
import { malformedFrames } from "./malformed.ts";

// struct mmsghdr { struct msghdr header; unsigned length; }, with padding; socket.h
const MMSGHDR_SIZE = 64;
const MSGHDR_IOV = 16;
const MSGHDR_IOVLEN = 24;
// struct iovec { void *base; usize len; }
const IOVEC_SIZE = 16;
/** Frames in one system call. */
const BATCH = 64;
const NOTHING = assemble([ret(0)]);

/** Frames laid out for sendmmsg(2), one message each, in one block that embeds its own addresses. */
function layOut(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const iovecs = frames.length * MMSGHDR_SIZE;
  const bytes = iovecs + frames.length * IOVEC_SIZE;
  const block = fixedMemory(frames.reduce((size, frame) => size + frame.length, bytes));
  const base = addressOf(block);
  const view = new DataView(block.buffer);
  let at = bytes;
  for (const [index, frame] of frames.entries()) {
    const iovec = iovecs + index * IOVEC_SIZE;
    view.setBigUint64(index * MMSGHDR_SIZE + MSGHDR_IOV, base + BigInt(iovec), true);
    view.setBigUint64(index * MMSGHDR_SIZE + MSGHDR_IOVLEN, 1n, true);
    view.setBigUint64(iovec, base + BigInt(at), true);
    view.setBigUint64(iovec + 8, BigInt(frame.length), true);
    block.set(frame, at);
    at += frame.length;
  }
  return block;
}

function flood(interfaceIndex: number, rate: number, seconds: number, chaddr: string): void {
  const libc = openLibrary(LIBC, {
    sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  });
  const socket = openPacketSocket(NOTHING, interfaceIndex);
  const block = layOut(malformedFrames(chaddr, BATCH));
  const pause = new PollSet();
  printLine("ready");
  if (readFd(0, new Uint8Array(64)) <= 0) return;
  const start = performance.now();
  const end = start + seconds * 1000;
  let sent = 0;
  for (let now = start; now < end; now = performance.now()) {
    const due = Math.floor((now - start) * rate / 1000) - sent;
    if (due < BATCH) {
      pause.wait(1);
      continue;
    }
    const n = libc.sendmmsg(socket, block, BATCH, 0);
    if (n >= 0) sent += n;
    // Whoever cannot take it now may be able to later.
    else if (errno() !== Errno.EAGAIN && errno() !== Errno.ENOBUFS) check(n, "sendmmsg");
  }
  printLine(`${sent} ${(performance.now() - start).toFixed(0)}`);
}

function printLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  writeFd(1, bytes, bytes.length);
}

if (import.meta.main) {
  const [index, rate, seconds, chaddr] = Deno.args;
  flood(Number(index), Number(rate), Number(seconds), chaddr);
}
