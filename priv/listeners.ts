/**
 * The sockets that operators connect to. They are made before priv confines itself, which forbids to make
 * others of their kinds; whoever connects waits until there is somebody to serve him.
 *
 * @module
 */

import { SocketType } from "../ffi/unix_socket.ts";
import { errorText } from "./error_text.ts";
import { MetricsListeners } from "./metrics/listeners.ts";
import type { PrivOptions } from "./options.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "./socket_name.ts";

/** The socket's name; no interface's name has a colon. */
const CONTROL_SOCKET = ":control";

/** For the daemon's user and the group: to connect is to write (unix(7)). */
const SOCKET_MODE = 0o660;

/** What they need of their surroundings. */
export interface ListenersContext {
  /** What the daemon was started with. */
  readonly options: PrivOptions;
  /** Whose members may use the sockets beside root and the daemon's user; null = nobody's. */
  readonly group: number | null;
  /** Told of what is amiss. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class Listeners {
  /** For metrics. */
  readonly metrics: MetricsListeners;
  readonly #warn: (text: string) => void;
  #control: NamedSocket | null = null;

  /** Listens. What fails costs that socket and nothing else. */
  constructor({ options, group, warn }: ListenersContext) {
    const { runDir, services } = options;
    this.#warn = warn;
    if (services.control.socket) {
      try {
        const access = { mode: SOCKET_MODE, gid: group };
        this.#control = listenInRunDir(runDir, CONTROL_SOCKET, SocketType.SEQPACKET, access);
      } catch (error) {
        warn(`no socket for operators: ${errorText(error)}`);
      }
    }
    this.metrics = new MetricsListeners({ options: services.metrics, runDir, gid: group, warn });
  }

  /** The descriptor that commands connect to; null = there is none. */
  get controlFd(): number | null {
    return this.#control?.fd ?? null;
  }

  /** Closes and removes them. */
  close(): void {
    this.metrics.close();
    const control = this.#control;
    this.#control = null;
    try {
      if (control !== null) removeSocket(control);
    } catch (error) {
      this.#warn(errorText(error));
    }
  }
}
