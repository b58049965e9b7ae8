/**
 * Sockets in the run directory, whose names several daemons share: the first one has `:control`, say, the
 * next ones `:control.2`, `:control.3`. What a dead daemon has left is replaced.
 *
 * @module
 */

import { Errno, ErrnoError } from "../ffi/errno.ts";
import { closeFd, lockFile } from "../ffi/fd.ts";
import { PollSet } from "../ffi/poll.ts";
import { setUmask } from "../ffi/process.ts";
import { setSocketAccess } from "../ffi/socket_file.ts";
import { connectUnix, listenUnix, type SocketTypeNumber } from "../ffi/unix_socket.ts";
import { removeIfThere } from "./handlers/files.ts";

/** Most daemons that share a run directory. */
const MAX_NAMES = 16;

/** What a socket's file gets while it is made: nobody else may connect before group and mode are set. */
const PRIVATE_UMASK = 0o177;

const BACKLOG = 16;

/** Another starter holds the lock for about a millisecond. */
const LOCK_ATTEMPTS = 1000;
const LOCK_PAUSE_MS = 1;

/** Who may connect. */
export interface SocketAccess {
  /** Permission bits of the file; writing is connecting (unix(7)). */
  readonly mode: number;
  /** The file's group; null = the daemon's own. */
  readonly gid: number | null;
}

/** A socket that listens at a path. */
export interface NamedSocket {
  /** The descriptor. */
  readonly fd: number;
  /** Where it is. */
  readonly path: string;
}

function lock(path: string): number {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    const fd = lockFile(path);
    if (fd !== null) return fd;
    new PollSet().wait(LOCK_PAUSE_MS);
  }
  throw new Error(`Cannot lock ${path}: another process does not release it`);
}

function isCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof ErrnoError && codes.includes(error.code);
}

/** Null when the path is taken. */
function tryListen(path: string, type: SocketTypeNumber): number | null {
  const before = setUmask(PRIVATE_UMASK);
  try {
    return listenUnix(path, type, BACKLOG);
  } catch (error) {
    if (isCode(error, Errno.EADDRINUSE)) return null;
    if (error instanceof ErrnoError) throw new ErrnoError(`listen at ${path}`, error.code);
    throw error;
  } finally {
    setUmask(before);
  }
}

/**
 * Whether somebody listens at a path that is taken.
 *
 * @throws when it is no socket: what it is and whose, we do not know
 */
function isAlive(path: string, type: SocketTypeNumber): boolean {
  if (Deno.lstatSync(path).isSocket !== true) {
    throw new Error(`Cannot listen at ${path}: something is there that is no socket`);
  }
  try {
    closeFd(connectUnix(path, type, { nonblocking: true }));
    return true;
  } catch (error) {
    // Whoever refuses us otherwise is there: its queue is full, its type another one, or we have no right.
    return !isCode(error, Errno.ECONNREFUSED, Errno.ENOENT);
  }
}

function listenAt(path: string, type: SocketTypeNumber, access: SocketAccess): number | null {
  let fd = tryListen(path, type);
  if (fd === null) {
    if (isAlive(path, type)) return null;
    removeIfThere(path);
    fd = tryListen(path, type);
    if (fd === null) return null;
  }
  try {
    setSocketAccess(path, access.mode, access.gid);
    return fd;
  } catch (error) {
    removeSocket({ fd, path });
    throw error;
  }
}

/**
 * Listens at the first of `runDir/name`, `runDir/name.2` … at which no living process does. A lock,
 * `runDir/name:lock`, keeps starters from taking each other's new socket for a dead one; it stays there.
 *
 * @param runDir the run directory, which must exist and be writable for nobody else
 * @param name such as `:control`: a colon keeps it apart from the interfaces
 * @param type STREAM or SEQPACKET
 * @param access who may connect
 * @throws {RangeError} when the path is too long for a socket
 * @throws {ErrnoError} EACCES, EROFS …
 * @throws {Error} when something else than a socket is there, and when all names are taken
 */
export function listenInRunDir(
  runDir: string,
  name: string,
  type: SocketTypeNumber,
  access: SocketAccess,
): NamedSocket {
  const held = lock(`${runDir}/${name}:lock`);
  try {
    for (let n = 1; n <= MAX_NAMES; n++) {
      const path = n === 1 ? `${runDir}/${name}` : `${runDir}/${name}.${n}`;
      const fd = listenAt(path, type, access);
      if (fd !== null) return { fd, path };
    }
  } finally {
    closeFd(held);
  }
  throw new Error(`Cannot listen at ${runDir}/${name}: ${MAX_NAMES} daemons do already`);
}

/**
 * Ends a socket, its file first: another daemon that found the file of a closed socket would put its own
 * there, which must stay.
 *
 * @throws file errors, after the socket is closed
 */
export function removeSocket({ fd, path }: NamedSocket): void {
  try {
    removeIfThere(path);
  } finally {
    closeFd(fd);
  }
}
