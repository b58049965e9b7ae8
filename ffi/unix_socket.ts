/**
 * AF_UNIX sockets with a name (unix(7)): listening, accepting, connecting, and who the peer is.
 *
 * A path that begins with `@` is a name of the abstract kind, as systemd writes it: it needs no file.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd } from "./fd.ts";

const AF_UNIX = 1; // linux/socket.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_PEERCRED = 17; // asm-generic/socket.h
const SO_PEERGROUPS = 59; // asm-generic/socket.h
const MAX_PATH = 107; // sizeof(sockaddr_un.sun_path) - 1, linux/un.h
/** Most supplementary groups that are looked at; more than any account has. */
const MAX_GROUPS = 1024;

/** Kinds of sockets; linux/net.h. */
export const SocketType = { STREAM: 1, DGRAM: 2, SEQPACKET: 5 } as const;

/** One of {@linkcode SocketType}. */
export type SocketTypeNumber = typeof SocketType[keyof typeof SocketType];

/** Who is at the other end of a connection, as of the moment when it was made. */
export interface PeerCredentials {
  /** Process id, in this process's pid namespace; 0 when it has none there. */
  readonly pid: number;
  /** Effective user id; 65534 when this process's user namespace does not know it. */
  readonly uid: number;
  /** Effective group id. */
  readonly gid: number;
  /** Supplementary group ids. */
  readonly groups: readonly number[];
}

const libc = openLibrary(LIBC, {
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/**
 * struct sockaddr_un { sa_family_t sun_family; char sun_path[108]; }, as long as its name.
 *
 * @param path a path, or `@` and an abstract name
 * @throws {RangeError} when it is empty, too long, or holds a zero byte
 */
export function unixAddress(path: string): Uint8Array {
  const isAbstract = path.startsWith("@");
  const bytes = new TextEncoder().encode(path);
  if (bytes.length > MAX_PATH || path.length === 0 || path.includes("\0")) {
    throw new RangeError(`Cannot use ${path}: not a socket's path of 1 to ${MAX_PATH} bytes`);
  }
  // An abstract name ends with the address, a path with a zero byte.
  const address = new Uint8Array(2 + bytes.length + (isAbstract ? 0 : 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

function openSocket(type: SocketTypeNumber, flags: number): number {
  return check(libc.socket(AF_UNIX, type | SOCK_CLOEXEC | flags, 0), "open socket");
}

function closing<T>(fd: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Makes a non-blocking socket that waits for connections. The caller sets owner and mode of the file,
 * which is made with what the umask leaves of 0777, and removes it in the end.
 *
 * @param path where; must not exist
 * @param type STREAM or SEQPACKET
 * @param backlog connections that may wait to be accepted
 * @returns the descriptor
 * @throws {RangeError} when the path is too long
 * @throws {ErrnoError} EADDRINUSE when the path exists, ENOENT, EACCES, EROFS …
 */
export function listenUnix(path: string, type: SocketTypeNumber, backlog: number): number {
  const address = unixAddress(path);
  const fd = openSocket(type, SOCK_NONBLOCK);
  return closing(fd, () => {
    check(libc.bind(fd, address, address.length), "bind");
    check(libc.listen(fd, backlog), "listen");
    return fd;
  });
}

/**
 * Takes the next waiting connection of a listening socket of any family.
 *
 * @param fd a listening, non-blocking socket
 * @returns a non-blocking descriptor, or −errno: EAGAIN when none waits, EMFILE …
 */
export function acceptConnection(fd: number): number {
  for (;;) {
    const accepted = libc.accept4(fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) return accepted;
    const code = errno();
    if (code !== Errno.EINTR && code !== Errno.ECONNABORTED) return -code;
  }
}

/**
 * Connects to a socket.
 *
 * @param path its path, or `@` and an abstract name
 * @param type its kind; DGRAM only sets where messages go
 * @param options `nonblocking`: calls on the result fail with EAGAIN instead of waiting, this one too
 * @returns the descriptor
 * @throws {RangeError} when the path is too long
 * @throws {ErrnoError} ENOENT, ECONNREFUSED (nobody listens), EACCES, EAGAIN (too many wait)
 */
export function connectUnix(
  path: string,
  type: SocketTypeNumber,
  options: { readonly nonblocking?: boolean } = {},
): number {
  const address = unixAddress(path);
  const fd = openSocket(type, options.nonblocking === true ? SOCK_NONBLOCK : 0);
  return closing(fd, () => {
    for (;;) {
      if (libc.connect(fd, address, address.length) === 0) return fd;
      if (errno() !== Errno.EINTR) throw new ErrnoError(`connect to ${path}`, errno());
    }
  });
}

/**
 * Asks the kernel who has made a connection (SO_PEERCRED, SO_PEERGROUPS).
 *
 * @param fd a connected socket
 * @throws {ErrnoError} ENOTCONN and the like
 */
export function peerCredentials(fd: number): PeerCredentials {
  // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
  const credentials = new Uint32Array(3);
  const length = Uint32Array.of(credentials.byteLength);
  check(libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length), "get SO_PEERCRED");
  const [pid, uid, gid] = credentials;
  return { pid, uid, gid, groups: peerGroups(fd) };
}

/** None before Linux 4.13, which cannot tell. */
function peerGroups(fd: number): number[] {
  const groups = new Uint32Array(MAX_GROUPS);
  const length = Uint32Array.of(groups.byteLength);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, length) !== 0) return [];
  return [...groups.subarray(0, length[0] / groups.BYTES_PER_ELEMENT)];
}
