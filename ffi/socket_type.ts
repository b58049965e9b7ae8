/**
 * What kind of socket a descriptor is, if it is one.
 *
 * @module
 */

import { LIBC, openLibrary } from "./errno.ts";

const AF_UNIX = 1; // linux/socket.h
const SOCK_DGRAM = 2; // linux/net.h
const SOCK_RAW = 3; // linux/net.h
const SOCK_SEQPACKET = 5; // linux/net.h
const MESSAGE_TYPES: readonly number[] = [SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET];
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_TYPE = 3; // asm-generic/socket.h
const SO_DOMAIN = 39; // asm-generic/socket.h

const libc = openLibrary(LIBC, {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
});

function socketOption(fd: number, option: number): number {
  const value = new Int32Array(1);
  const size = Uint32Array.of(value.byteLength);
  return libc.getsockopt(fd, SOL_SOCKET, option, value, size) === 0 ? value[0] : -1;
}

/**
 * Whether a descriptor is one end of what `seqpacketPair` makes: an AF_UNIX SOCK_SEQPACKET socket.
 * Never throws.
 *
 * @param fd any number, whether open or not
 */
export function isSeqpacketSocket(fd: number): boolean {
  return socketOption(fd, SO_DOMAIN) === AF_UNIX && socketOption(fd, SO_TYPE) === SOCK_SEQPACKET;
}

/**
 * Whether a descriptor is a socket that keeps messages apart: a datagram, a packet or a sequenced packet
 * socket of any family. Never throws.
 *
 * @param fd any number, whether open or not
 */
export function isMessageSocket(fd: number): boolean {
  return MESSAGE_TYPES.includes(socketOption(fd, SO_TYPE));
}
