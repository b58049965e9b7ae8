/**
 * Receiving ends of datagram sockets, for tests: what a log daemon or a service manager has.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { udpAddress } from "./udp_socket.ts";
import { unixAddress } from "./unix_socket.ts";

const SOCK_DGRAM = 2; // linux/net.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h

const libc = openLibrary(LIBC, {
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

function bindAddress(address: Uint8Array): number {
  const family = new DataView(address.buffer).getUint16(0, true);
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = check(libc.socket(family, type, 0), "open socket");
  try {
    check(libc.bind(fd, address, address.length), "bind");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Makes a non-blocking AF_UNIX socket that receives datagrams.
 *
 * @param path where; `@` and a name for the abstract kind
 * @returns the descriptor; whoever has it removes the file in the end
 */
export function bindUnixDatagram(path: string): number {
  return bindAddress(unixAddress(path));
}

/**
 * Makes a non-blocking UDP socket that receives datagrams.
 *
 * @param host an IPv4 or IPv6 address of this host
 * @param port 0 = any that is free
 * @returns the descriptor and the port
 */
export function bindUdp(host: string, port: number): { fd: number; port: number } {
  const address = udpAddress(host, port);
  const fd = bindAddress(address);
  check(libc.getsockname(fd, address, Uint32Array.of(address.length)), "getsockname");
  return { fd, port: new DataView(address.buffer).getUint16(2) };
}
