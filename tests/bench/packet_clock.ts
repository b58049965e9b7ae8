/**
 * Tells when the kernel saw each DHCP message on an interface, in either direction: lines
 * `<milliseconds since 1970> <message type> <transaction id>`. It runs in the namespace of the
 * interface, and until it is killed.
 *
 *     deno run --allow-ffi packet_clock.ts INTERFACE-INDEX
 *
 * @module
 */

import { Errno, LIBC, openLibrary } from "../../ffi/errno.ts";
import { writeFd } from "../../ffi/fd.ts";
import { openPacketSocket } from "../../ffi/packet_socket.ts";
import { PollSet } from "../../ffi/poll.ts";
import { receive } from "../../ffi/socket.ts";
import { assemble, jeq, label, ldh, ret } from "../../priv/bpf/assembler.ts";
import { decodeMessage, messageType } from "../support/dhcp_message.ts";
import { decodeUdpFrame } from "../support/frame.ts";
import { FLOOD_MAC_END } from "./malformed.ts";

/** The time of the frame received last, by CLOCK_REALTIME; asm-generic/sockios.h. */
const SIOCGSTAMPNS = 0x8907n;
/** All frames but those of the flood, which would cost more than a processor. */
const NO_FLOOD = assemble([
  ldh(10), // the end of the source address
  jeq(FLOOD_MAC_END, { yes: "drop" }),
  ret(0xffffffff),
  label("drop"),
  ret(0),
]);

function run(interfaceIndex: number): void {
  const libc = openLibrary(LIBC, {
    ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  });
  const socket = openPacketSocket(NO_FLOOD, interfaceIndex);
  const stamp = new BigInt64Array(2); // struct timespec
  // Without a frame it fails, and lets the kernel take the time from now on.
  libc.ioctl(socket, SIOCGSTAMPNS, stamp);
  const frame = new Uint8Array(65536);
  const poll = new PollSet();
  poll.add(socket);
  printLine("ready");
  for (;;) {
    poll.wait(-1);
    for (;;) {
      const length = receive(socket, frame);
      if (length === -Errno.EAGAIN) break;
      if (length <= 0 || libc.ioctl(socket, SIOCGSTAMPNS, stamp) !== 0) continue;
      const at = Number(stamp[0]) * 1000 + Number(stamp[1]) / 1e6;
      const message = decodeMessage(
        decodeUdpFrame(frame.subarray(0, length))?.payload ?? new Uint8Array(),
      );
      if (message !== null) printLine(`${at.toFixed(3)} ${messageType(message)} ${message.xid}`);
    }
  }
}

function printLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  writeFd(1, bytes, bytes.length);
}

if (import.meta.main) run(Number(Deno.args[0]));
