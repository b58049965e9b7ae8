/**
 * Names that only one process of a network namespace can hold: AF_UNIX sockets of the abstract kind
 * (unix(7)). They need no file system, and go with the process.
 *
 * Any user may take any name. So who finds one taken asks the kernel whose it is.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";

const AF_UNIX = 1; // linux/socket.h
const SOCK_SEQPACKET = 5; // linux/net.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_PEERCRED = 17; // asm-generic/socket.h
const MAX_NAME = 107; // sizeof(sockaddr_un.sun_path) - 1, linux/un.h

const libc = openLibrary(LIBC, {
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/** What has become of {@linkcode holdName}. */
export type NameHold =
  /** The name is held as long as the descriptor `fd` is open. */
  | { readonly fd: number }
  /** Another process holds it: its user id, or null when it cannot be told. */
  | { readonly holder: number | null };

/** struct sockaddr_un { sa_family_t sun_family; char sun_path[108]; }, a zero byte first. */
function abstractAddress(name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > MAX_NAME) throw new RangeError(`Cannot use a name of ${bytes.length} bytes`);
  const address = new Uint8Array(3 + bytes.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, 3);
  return address;
}

/** Null too when the holder does not listen, as {@linkcode holdName} does. */
function holderOf(fd: number, address: Uint8Array): number | null {
  if (libc.connect(fd, address, address.length) === -1) return null;
  // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
  const credentials = new Uint32Array(3);
  const length = Uint32Array.of(credentials.byteLength);
  check(libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length), "get SO_PEERCRED");
  return credentials[1];
}

/**
 * Takes a name in this process's network namespace.
 *
 * @param name at most 107 bytes
 * @returns the descriptor that holds it, close-on-exec, or who else does
 * @throws {RangeError} when the name is too long
 * @throws {ErrnoError} EMFILE, ENFILE and the like
 */
export function holdName(name: string): NameHold {
  const address = abstractAddress(name);
  const type = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = check(libc.socket(AF_UNIX, type, 0), "open socket");
  try {
    if (libc.bind(fd, address, address.length) === 0) {
      check(libc.listen(fd, 1), "listen");
      return { fd };
    }
    if (errno() !== Errno.EADDRINUSE) throw new ErrnoError("bind", errno());
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  try {
    return { holder: holderOf(fd, address) };
  } finally {
    closeFd(fd);
  }
}
