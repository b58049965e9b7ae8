/**
 * Messages that carry descriptors to another process (unix(7), SCM_RIGHTS).
 *
 * @module
 */

import { Errno, errno, LIBC, openLibrary } from "./errno.ts";
import { addressOf, fixedMemory } from "./memory.ts";

const SOL_SOCKET = 1; // asm-generic/socket.h
const SCM_RIGHTS = 1; // linux/socket.h
/** Size of struct msghdr, of struct iovec and of struct cmsghdr; linux/socket.h, linux/uio.h. */
const MSGHDR_SIZE = 56;
const IOVEC_SIZE = 16;
const CMSGHDR_SIZE = 16;
const WORD = 8;

const libc = openLibrary(LIBC, {
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/**
 * Sends a message with descriptors, of which the receiver gets duplicates; starts again when a signal
 * interrupts it. Never throws.
 *
 * @param fd AF_UNIX socket
 * @param message at least one byte
 * @param fds descriptors of this process; none is fine
 * @returns bytes sent, or −errno
 */
export function sendDescriptors(fd: number, message: Uint8Array, fds: readonly number[]): number {
  const rightsLength = CMSGHDR_SIZE + 4 * fds.length;
  const rightsSpace = Math.ceil(rightsLength / WORD) * WORD;
  const [iov, rights, data] = [
    MSGHDR_SIZE,
    MSGHDR_SIZE + IOVEC_SIZE,
    MSGHDR_SIZE + IOVEC_SIZE +
    rightsSpace,
  ];
  // One block: passing the header keeps all of it referenced during the call.
  const block = fixedMemory(data + message.length);
  const view = new DataView(block.buffer);
  const base = addressOf(block);
  block.set(message, data);
  view.setBigUint64(16, base + BigInt(iov), true);
  view.setBigUint64(24, 1n, true);
  view.setBigUint64(iov, base + BigInt(data), true);
  view.setBigUint64(iov + 8, BigInt(message.length), true);
  if (fds.length > 0) {
    view.setBigUint64(32, base + BigInt(rights), true);
    view.setBigUint64(40, BigInt(rightsSpace), true);
    view.setBigUint64(rights, BigInt(rightsLength), true);
    view.setInt32(rights + 8, SOL_SOCKET, true);
    view.setInt32(rights + 12, SCM_RIGHTS, true);
    fds.forEach((each, i) => view.setInt32(rights + CMSGHDR_SIZE + 4 * i, each, true));
  }
  for (;;) {
    const n = libc.sendmsg(fd, block, 0);
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}
