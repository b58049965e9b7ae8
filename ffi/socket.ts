/**
 * Message sockets between processes, and the socket filter that limits what one of them receives.
 *
 * @module
 */

import { check, Errno, errno, LIBC, openLibrary } from "./errno.ts";
import { closeFd, setNonblocking } from "./fd.ts";
import { addressOf, fixedMemory } from "./memory.ts";

const AF_UNIX = 1; // linux/socket.h
const SOCK_SEQPACKET = 5; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_RCVTIMEO = 20; // asm-generic/socket.h
const SO_ATTACH_FILTER = 26; // asm-generic/socket.h
const SO_LOCK_FILTER = 44; // asm-generic/socket.h
const SIOCOUTQ = 0x5411; // linux/sockios.h: TIOCOUTQ of asm-generic/ioctls.h

/** Size of `struct sock_filter`, one filter instruction; linux/filter.h. */
const SOCK_FILTER_SIZE = 8;
/** Size of `struct sock_fprog`; linux/filter.h. */
const SOCK_FPROG_SIZE = 16;
/** Most instructions in a filter; BPF_MAXINSNS in linux/bpf_common.h. */
const MAX_INSTRUCTIONS = 4096;

const libc = openLibrary(LIBC, {
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
});

/**
 * Makes a pair of connected AF_UNIX SOCK_SEQPACKET sockets, both close-on-exec. Each message
 * arrives whole and in order.
 *
 * @returns the privileged process's end (non-blocking) and the calf's end (blocking)
 * @throws {ErrnoError} EMFILE, ENFILE
 */
export function seqpacketPair(): [priv: number, calf: number] {
  const ends = new Int32Array(2);
  check(libc.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  try {
    setNonblocking(ends[0], true);
  } catch (error) {
    closeFd(ends[0]);
    closeFd(ends[1]);
    throw error;
  }
  return [ends[0], ends[1]];
}

/**
 * Limits how long a blocking socket waits for something to receive; after that it says EAGAIN.
 *
 * @param fd socket
 * @param seconds whole seconds, 1 or more
 * @throws {ErrnoError} EBADF, ENOTSOCK
 */
export function setReceiveTimeout(fd: number, seconds: number): void {
  // struct timeval { long tv_sec; long tv_usec; }
  const time = BigInt64Array.of(BigInt(seconds), 0n);
  check(
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(time.buffer), time.byteLength),
    "limit the time of receiving",
  );
}

/** `ret #0`: keeps nothing of any message; linux/filter.h. */
export const DROP_EVERYTHING: Uint8Array = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

/**
 * Attaches a classic BPF program to a socket in place of the one before, and leaves it replaceable.
 * The program's result is the number of bytes kept of a message; 0 drops it.
 *
 * On AF_UNIX the *receiver's* filter is run, and the sender sees a dropped message as sent.
 *
 * @param fd socket
 * @param program packed `struct sock_filter` in host byte order, 8 bytes each (linux/filter.h)
 * @throws {RangeError} when the length is not that of 1 to 4096 instructions
 * @throws {ErrnoError} EINVAL when the kernel refuses the program, EPERM when a filter is locked
 */
export function attachFilter(fd: number, program: Uint8Array): void {
  const instructions = program.length / SOCK_FILTER_SIZE;
  if (!Number.isInteger(instructions) || instructions < 1 || instructions > MAX_INSTRUCTIONS) {
    throw new RangeError(`Cannot attach a filter of ${program.length} bytes`);
  }
  // struct sock_fprog { unsigned short len; struct sock_filter *filter; }, the program behind it.
  // Being one block, passing the structure also keeps the program referenced during the call.
  const block = fixedMemory(SOCK_FPROG_SIZE + program.length);
  block.set(program, SOCK_FPROG_SIZE);
  const header = new DataView(block.buffer);
  header.setUint16(0, instructions, true);
  header.setBigUint64(8, addressOf(block) + BigInt(SOCK_FPROG_SIZE), true);
  check(
    libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, block, SOCK_FPROG_SIZE),
    "attach socket filter",
  );
}

/**
 * Attaches a program as {@linkcode attachFilter} does, and locks it: from then on nobody, root
 * included, can remove or replace it.
 *
 * @param fd socket
 * @param program as for `attachFilter`
 * @throws {RangeError | ErrnoError} as `attachFilter` does; nothing is locked then
 */
export function attachLockedFilter(fd: number, program: Uint8Array): void {
  attachFilter(fd, program);
  check(libc.setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, Int32Array.of(1), 4), "lock socket filter");
}

/**
 * Receives one message; starts again when a signal interrupts it. Never throws. The bytes of a
 * message beyond the buffer are lost without notice, so where the length matters the buffer is one
 * byte longer than the longest message allowed.
 *
 * @param fd socket
 * @param buffer where to
 * @returns length, 0 when the peer has closed (or sent an empty message), or −errno
 */
export function receive(fd: number, buffer: Uint8Array): number {
  for (;;) {
    const n = libc.recv(fd, buffer, BigInt(buffer.length), 0);
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}

/**
 * Sends the first bytes of a buffer as one message; starts again when a signal interrupts it. Never
 * throws, and raises no SIGPIPE: Deno's start-up code ignores that signal.
 *
 * @param fd socket
 * @param buffer where from
 * @param length bytes to send
 * @returns bytes sent, or −errno
 */
export function send(fd: number, buffer: Uint8Array, length: number): number {
  if (length > buffer.length) return -Errno.EFAULT;
  for (;;) {
    const n = libc.send(fd, buffer, BigInt(length), 0);
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}

const unread = new Int32Array(1);

/**
 * How much of what was sent the peer has not received yet, by the kernel's accounts: each message
 * counts with what the kernel needs to keep it, some hundred bytes.
 *
 * @param fd AF_UNIX socket that has sent
 * @returns 0 when everything has been received
 * @throws {ErrnoError} EBADF, ENOTTY
 */
export function unreadBytes(fd: number): number {
  check(libc.ioctl(fd, BigInt(SIOCOUTQ), unread), "ioctl SIOCOUTQ");
  return unread[0];
}
