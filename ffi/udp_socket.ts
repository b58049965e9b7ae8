/**
 * Sending UDP datagrams to one place, over IPv4 or IPv6.
 *
 * The socket is not connected: a connected one keeps the source address that the host had then, and a
 * DHCP client's addresses come and go.
 *
 * @module
 */

import { check, Errno, errno, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";

const AF_INET = 2; // linux/socket.h
const AF_INET6 = 10; // linux/socket.h
const SOCK_DGRAM = 2; // linux/net.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
/** Size of `struct sockaddr_in`; linux/in.h. */
const SOCKADDR_IN_SIZE = 16;
/** Size of `struct sockaddr_in6`; linux/in6.h. */
const SOCKADDR_IN6_SIZE = 28;
/** Where `sin_addr` begins. */
const ADDRESS_OFFSET = 4;
/** Where `sin6_addr` begins. */
const ADDRESS_OFFSET_IN6 = 8;

const libc = openLibrary(LIBC, {
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/** A socket, and where it sends to. */
export interface UdpDestination {
  /** The descriptor, which whoever opened it closes. */
  readonly fd: number;
  /** A `struct sockaddr_in` or `sockaddr_in6`. */
  readonly address: Uint8Array;
}

/**
 * The kernel's form of an address and a port.
 *
 * @param host an IPv4 or IPv6 address without brackets or zone
 * @param port 0 to 65535
 * @returns a `struct sockaddr_in` or `sockaddr_in6`
 * @throws {RangeError} when one of them is none
 */
export function udpAddress(host: string, port: number): Uint8Array {
  const isIpv6 = host.includes(":");
  const family = isIpv6 ? AF_INET6 : AF_INET;
  const address = new Uint8Array(isIpv6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE);
  const view = new DataView(address.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  const part = address.subarray(isIpv6 ? ADDRESS_OFFSET_IN6 : ADDRESS_OFFSET);
  const isPort = Number.isInteger(port) && port >= 0 && port <= 0xffff;
  if (!isPort || libc.inet_pton(family, cString(host, "an address"), part) !== 1) {
    throw new RangeError(`Cannot send to ${host} port ${port}: not an address and a port`);
  }
  return address;
}

/**
 * Makes a non-blocking socket for datagrams to one address.
 *
 * @param host as for {@linkcode udpAddress}
 * @param port 1 to 65535
 * @throws {RangeError} when they are no address and no port
 * @throws {ErrnoError} EAFNOSUPPORT without IPv6 in the kernel, EMFILE …
 */
export function openUdp(host: string, port: number): UdpDestination {
  const address = udpAddress(host, port);
  const family = address.length === SOCKADDR_IN6_SIZE ? AF_INET6 : AF_INET;
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  return { fd: check(libc.socket(family, type, 0), "open socket"), address };
}

/**
 * Sends one datagram; starts again when a signal interrupts it. Never throws.
 *
 * @param destination see {@linkcode openUdp}
 * @param bytes the datagram
 * @returns bytes sent, or −errno: ENETUNREACH without a route, EAGAIN when there is no room, EPERM
 *   of a packet filter …
 */
export function sendUdp({ fd, address }: UdpDestination, bytes: Uint8Array): number {
  for (;;) {
    const n = libc.sendto(fd, bytes, BigInt(bytes.length), 0, address, address.length);
    if (n >= 0) return n;
    const code = errno();
    if (code !== Errno.EINTR) return -code;
  }
}
