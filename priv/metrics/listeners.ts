/**
 * Where metrics are served: a socket in the run directory, a TCP address.
 *
 * @module
 */

import { closeFd } from "../../ffi/fd.ts";
import { listenTcp } from "../../ffi/tcp_socket.ts";
import { SocketType } from "../../ffi/unix_socket.ts";
import { errorText } from "../error_text.ts";
import type { MetricsOptions } from "../service_options.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "../socket_name.ts";

/** No interface's name has a colon. */
const SOCKET_NAME = ":metrics";
const SOCKET_MODE = 0o660;
const BACKLOG = 16;

/** What they need of their surroundings. */
export interface MetricsListenersContext {
  /** What the operator wants. */
  readonly options: MetricsOptions;
  /** Directory of the socket. */
  readonly runDir: string;
  /** The group that may connect to the socket; null = the daemon's own. */
  readonly gid: number | null;
  /** Told of what does not work. The text may hold what the kernel or the operator wrote. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class MetricsListeners {
  readonly #warn: (text: string) => void;
  #socket: NamedSocket | null = null;
  #tcp: number | null = null;

  /** Listens. What cannot be had is told, and the rest works: leases matter more than metrics. */
  constructor({ options, runDir, gid, warn }: MetricsListenersContext) {
    this.#warn = warn;
    const { socket, address } = options;
    if (socket) {
      this.#attempt("serve metrics", () => {
        const access = { mode: SOCKET_MODE, gid };
        this.#socket = listenInRunDir(runDir, SOCKET_NAME, SocketType.STREAM, access);
      });
    }
    if (address === null) return;
    this.#attempt(`serve metrics at ${address.address} port ${address.port}`, () => {
      this.#tcp = listenTcp(address.address, address.port, BACKLOG);
    });
  }

  /** Where the socket is; null = there is none. */
  get socketPath(): string | null {
    return this.#socket?.path ?? null;
  }

  /** The descriptor of the TCP socket; null = there is none. */
  get tcpFd(): number | null {
    return this.#tcp;
  }

  /** All descriptors to accept from. */
  get fds(): number[] {
    return [this.#socket?.fd ?? null, this.#tcp].filter((fd) => fd !== null);
  }

  /** Closes them, and removes the socket. Never throws; once is enough. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) this.#attempt(`remove ${socket.path}`, () => removeSocket(socket));
    if (this.#tcp !== null) closeFd(this.#tcp);
    this.#tcp = null;
  }

  #attempt(what: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#warn(`Cannot ${what}: ${errorText(error)}`);
    }
  }
}
