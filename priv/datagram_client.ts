/**
 * Sending datagrams to a daemon of the host, which may not be there yet, may be started anew, and may
 * have no room: a log daemon, the journal, a service manager.
 *
 * @module
 */

import { Errno, ErrnoError } from "../ffi/errno.ts";
import { closeFd } from "../ffi/fd.ts";
import { send } from "../ffi/socket.ts";
import { connectUnix, SocketType } from "../ffi/unix_socket.ts";

/** What says that the daemon behind a connection is not there any more; unix(7). */
const GONE: readonly number[] = [Errno.ECONNREFUSED, Errno.ENOTCONN, Errno.ECONNRESET];

/** A socket that is opened when it is first needed, and again when the other end was replaced. */
export class DatagramClient {
  readonly #path: string;
  #fd: number | null = null;

  /** `path` of the receiver's socket; `@` and a name for the abstract kind. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Sends one datagram, and never waits. Never throws.
   *
   * @returns 0, or −errno: ENOENT and ECONNREFUSED when nobody receives, EAGAIN when there is no
   *   room, EPROTOTYPE when it is no datagram socket, EINVAL when the path cannot be one
   */
  send(bytes: Uint8Array): number {
    const result = this.#sendOnce(bytes);
    if (!GONE.includes(-result)) return result;
    this.close();
    return this.#sendOnce(bytes);
  }

  /** Closes the socket; the next datagram opens it again. */
  close(): void {
    if (this.#fd === null) return;
    closeFd(this.#fd);
    this.#fd = null;
  }

  #sendOnce(bytes: Uint8Array): number {
    if (this.#fd === null) {
      try {
        this.#fd = connectUnix(this.#path, SocketType.DGRAM, { nonblocking: true });
      } catch (error) {
        return error instanceof ErrnoError ? -error.code : -Errno.EINVAL;
      }
    }
    return Math.min(send(this.#fd, bytes, bytes.length), 0);
  }
}
