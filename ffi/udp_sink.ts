/**
 * A UDP port that belongs to somebody and swallows everything, so that the kernel does not answer
 * "port unreachable" for a protocol that is handled through a packet socket.
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { cString } from "./memory.ts";
import { attachLockedFilter, DROP_EVERYTHING } from "./socket.ts";

const AF_INET = 2; // linux/socket.h
const SOCK_DGRAM = 2; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_REUSEADDR = 2; // asm-generic/socket.h
const SO_BINDTODEVICE = 25; // asm-generic/socket.h
/** Size of `struct sockaddr_in`; linux/in.h. */
const SOCKADDR_IN_SIZE = 16;

const libc = openLibrary(LIBC, {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
});

/**
 * Takes a UDP port on all IPv4 addresses of one interface; what arrives there is dropped. Nothing
 * can be received from the socket, nor by whoever inherits it: its filter is locked.
 *
 * @param port UDP port
 * @param interfaceName such as `eth0`
 * @returns the socket, which holds the port until it is closed
 * @throws {ErrnoError} EADDRINUSE when somebody has the port exclusively, EACCES below 1024 without
 *   CAP_NET_BIND_SERVICE, ENODEV when there is no such interface
 */
export function openUdpSink(port: number, interfaceName: string): number {
  const fd = check(libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  try {
    attachLockedFilter(fd, DROP_EVERYTHING);
    const device = cString(interfaceName, "an interface name");
    check(libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1), 4), "reuse address");
    check(
      libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, device.length),
      "bind to device",
    );
    const address = new DataView(new ArrayBuffer(SOCKADDR_IN_SIZE));
    address.setUint16(0, AF_INET, true);
    address.setUint16(2, port);
    check(libc.bind(fd, new Uint8Array(address.buffer), SOCKADDR_IN_SIZE), "bind");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}
