/**
 * Brings the frames of an interface to a test and back, as lines in hex: what the interface
 * receives goes to standard output, what comes from standard input is sent. It runs in the
 * namespace of the interface, so that the test can stay outside; it ends with standard input. It can
 * lose some of the frames, both ways, where the kernel has no netem.
 *
 *     deno run --allow-ffi packet_relay.ts INTERFACE-INDEX BPF-PROGRAM-IN-HEX [LOST-PER-MILLE]
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { readFd, writeFd } from "../../ffi/fd.ts";
import { openPacketSocket } from "../../ffi/packet_socket.ts";
import { PollSet } from "../../ffi/poll.ts";
import { receive, send } from "../../ffi/socket.ts";
import { parseHex, toHex } from "./frame.ts";

/** Relays until standard input ends; so many frames in a thousand are lost. */
function relay(interfaceIndex: number, program: Uint8Array, lost: number): void {
  const isLost = () => Math.random() * 1000 < lost;
  const socket = openPacketSocket(program, interfaceIndex);
  const input = new Uint8Array(65536);
  const frame = new Uint8Array(65536);
  const poll = new PollSet();
  poll.add(0);
  poll.add(socket);
  printLine("ready");
  for (let rest = "";;) {
    poll.wait(-1);
    if (poll.revents(socket) !== 0) {
      for (let length = receive(socket, frame); length !== -Errno.EAGAIN;) {
        if (length > 0 && !isLost()) printLine(toHex(frame.subarray(0, length)));
        length = receive(socket, frame);
      }
    }
    if (poll.revents(0) !== 0) {
      const length = readFd(0, input);
      if (length <= 0) return;
      const lines = (rest + new TextDecoder().decode(input.subarray(0, length))).split("\n");
      rest = lines.pop()!;
      for (const bytes of lines.map(parseHex)) {
        if (!isLost()) send(socket, bytes, bytes.length);
      }
    }
  }
}

function printLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  writeFd(1, bytes, bytes.length);
}

if (import.meta.main) {
  const [index, program, lost = "0"] = Deno.args;
  relay(Number(index), parseHex(program), Number(lost));
}
