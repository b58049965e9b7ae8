/**
 * TCP sockets that wait for connections (tcp(7), ip(7), ipv6(7)), and the half close of a stream socket.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { cString } from "./memory.ts";

const AF_INET = 2; // linux/socket.h
const AF_INET6 = 10; // linux/socket.h
const SOCK_STREAM = 1; // linux/net.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_REUSEADDR = 2; // asm-generic/socket.h
const IPPROTO_IP = 0; // linux/in.h
const IP_FREEBIND = 15; // linux/in.h
const IPPROTO_IPV6 = 41; // linux/in.h
const IPV6_V6ONLY = 26; // linux/in6.h
const IPV6_FREEBIND = 78; // linux/in6.h, since Linux 4.15
const SHUT_WR = 1; // sys/socket.h

/** Size of `struct sockaddr_in6`, the longer of the two; linux/in6.h. */
const MAX_ADDRESS = 28;

const libc = openLibrary(LIBC, {
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/** The bytes of an address in text form, or null when it is none of that family (inet_pton(3)). */
function parseAddress(family: number, text: string): Uint8Array | null {
  const bytes = new Uint8Array(family === AF_INET ? 4 : 16);
  return libc.inet_pton(family, cString(text, "address"), bytes) === 1 ? bytes : null;
}

/**
 * struct sockaddr_in { family; __be16 sin_port; struct in_addr; char pad[8]; } or
 * struct sockaddr_in6 { family; __be16 sin6_port; __be32 sin6_flowinfo; struct in6_addr; __u32 scope; }
 */
function socketAddress(text: string, port: number): { family: number; bytes: Uint8Array } {
  const v4 = parseAddress(AF_INET, text);
  const address = v4 ?? parseAddress(AF_INET6, text);
  if (address === null) throw new RangeError(`Cannot use ${text}: not an IPv4 or IPv6 address`);
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw new RangeError(`Cannot use port ${port}: not a number from 0 to 65535`);
  }
  const family = v4 === null ? AF_INET6 : AF_INET;
  const bytes = new Uint8Array(v4 === null ? MAX_ADDRESS : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  bytes.set(address, v4 === null ? 8 : 4);
  return { family, bytes };
}

function setOption(fd: number, level: number, option: number, what: string): void {
  check(libc.setsockopt(fd, level, option, Int32Array.of(1), 4), `set ${what}`);
}

/**
 * Makes a non-blocking socket that waits for TCP connections. The address need not be there yet
 * (IP_FREEBIND): it may be one that a lease is still to bring. `::` takes IPv6 only.
 *
 * @param address IPv4 or IPv6 address in text form, without brackets and scope
 * @param port 1 to 65535, or 0 for any that is free
 * @param backlog connections that may wait to be accepted
 * @returns the descriptor, for `acceptConnection`
 * @throws {RangeError} when address or port is none
 * @throws {ErrnoError} EADDRINUSE, EACCES (a port below 1024), EAFNOSUPPORT (no IPv6) …
 */
export function listenTcp(address: string, port: number, backlog: number): number {
  const { family, bytes } = socketAddress(address, port);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = check(libc.socket(family, type, 0), "open socket");
  try {
    // Else the port could not be had for a minute after a restart: connections in TIME_WAIT.
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (family === AF_INET) {
      setOption(fd, IPPROTO_IP, IP_FREEBIND, "IP_FREEBIND");
    } else {
      setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
      setOption(fd, IPPROTO_IPV6, IPV6_FREEBIND, "IPV6_FREEBIND");
    }
    check(libc.bind(fd, bytes, bytes.length), "bind");
    check(libc.listen(fd, backlog), "listen");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * The port of a TCP socket's own end.
 *
 * @throws {ErrnoError} ENOTSOCK and the like
 */
export function localPort(fd: number): number {
  const bytes = new Uint8Array(MAX_ADDRESS);
  const length = Uint32Array.of(bytes.length);
  check(libc.getsockname(fd, bytes, length), "get the socket's address");
  return new DataView(bytes.buffer).getUint16(2, false);
}

/**
 * Says to the peer of a stream socket that nothing more will come; what it sends can still be read.
 * Nothing happens when the connection is gone.
 *
 * @throws {ErrnoError} EBADF, ENOTSOCK
 */
export function endSending(fd: number): void {
  if (libc.shutdown(fd, SHUT_WR) === -1 && errno() !== Errno.ENOTCONN) {
    throw new ErrnoError("shutdown", errno());
  }
}
