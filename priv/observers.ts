/**
 * What a daemon needs for its operators and not for its first lease: the sockets of the commands and of
 * Prometheus, and the reader of the configuration file. It is loaded once there is an address, or a moment
 * has gone by.
 *
 * @module
 */

import { getEffectiveUser } from "../ffi/process.ts";
import { SocketType } from "../ffi/unix_socket.ts";
import { reloadOptions } from "./config/reload.ts";
import { ControlServer } from "./control/control_server.ts";
import { errorText } from "./error_text.ts";
import type { EventLoop } from "./event_loop.ts";
import { metricsInput } from "./metrics/input.ts";
import { MetricsService } from "./metrics/service.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";
import type { OperatorSide } from "./operator_side.ts";
import type { PrivOptions } from "./options.ts";
import type { Reloaded } from "./reload.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "./socket_name.ts";

/** The socket's name; no interface's name has a colon. */
const CONTROL_SOCKET = ":control";

/** For the daemon's user and the group: to connect is to write (unix(7)). */
const SOCKET_MODE = 0o660;

/** What observers need of their surroundings. */
export interface ObserversContext {
  /** The daemon's loop. */
  readonly loop: EventLoop;
  /** What is to be seen. */
  readonly operators: OperatorSide;
  /** How long handlers take. */
  readonly handlers: HandlerStatistics;
  /** What the daemon was started with. */
  readonly options: PrivOptions;
  /** Whose members may use the sockets beside root and the daemon's user; null = nobody's. */
  readonly group: number | null;
  /** Told of what is amiss. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class Observers {
  readonly #context: ObserversContext;
  readonly #metrics: MetricsService;
  #server: ControlServer | null = null;
  #socket: NamedSocket | null = null;

  /** Listens. What fails costs that socket and nothing else. */
  constructor(context: ObserversContext) {
    const { loop, operators, handlers, options, group, warn } = context;
    this.#context = context;
    this.#metrics = new MetricsService({
      loop,
      options: options.services.metrics,
      runDir: options.runDir,
      gid: group,
      input: metricsInput(operators.tree, loop, handlers),
      warn,
    });
    if (options.services.control.socket) this.#listen();
    this.#metrics.start();
  }

  /** Reads the configuration file again, by the command line that the daemon was started with. */
  reload(previous: PrivOptions): Reloaded {
    return reloadOptions(Deno.args, previous, this.#context.options);
  }

  /** Cuts all off, and removes the sockets. */
  close(): void {
    this.#metrics.stop();
    this.#context.operators.attach(null);
    this.#server?.close();
    try {
      if (this.#socket !== null) removeSocket(this.#socket);
    } catch (error) {
      this.#context.warn(errorText(error));
    }
  }

  #listen(): void {
    const { operators, options: { runDir }, group, warn } = this.#context;
    try {
      this.#socket = listenInRunDir(runDir, CONTROL_SOCKET, SocketType.SEQPACKET, {
        mode: SOCKET_MODE,
        gid: group,
      });
    } catch (error) {
      return warn(`no socket for operators: ${errorText(error)}`);
    }
    const rule = { user: getEffectiveUser(), group };
    this.#server = new ControlServer({ ...operators.served, rule }, this.#socket.fd);
    operators.attach(this.#server);
  }
}
