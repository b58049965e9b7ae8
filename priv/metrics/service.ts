/**
 * All ways in which operators get metrics: a socket in the run directory, a TCP address, a file.
 *
 * `curl --unix-socket /var/run/dhcp-client/:metrics http://localhost/metrics`
 *
 * @module
 */

import { closeFd } from "../../ffi/fd.ts";
import { listenTcp } from "../../ffi/tcp_socket.ts";
import { SocketType } from "../../ffi/unix_socket.ts";
import { errorText } from "../error_text.ts";
import type { HostPort, MetricsOptions } from "../service_options.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "../socket_name.ts";
import { type MetricsInput, renderMetrics } from "./families.ts";
import type { HttpLoop } from "./http_connection.ts";
import { HttpResponder } from "./http_responder.ts";
import { Textfile } from "./textfile.ts";

/** No interface's name has a colon. */
const SOCKET_NAME = ":metrics";
const SOCKET_MODE = 0o660;
const BACKLOG = 16;

/** What the service needs of its surroundings. */
export interface MetricsServiceContext {
  /** The daemon's loop. */
  readonly loop: HttpLoop;
  /** What the operator wants. */
  readonly options: MetricsOptions;
  /** Directory of the socket. */
  readonly runDir: string;
  /** The group that may connect to the socket; null = the daemon's own. */
  readonly gid: number | null;
  /** Gives what there is to tell, as of now. */
  readonly input: () => MetricsInput;
  /** Told of what does not work. The text may hold what the kernel or the operator wrote. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class MetricsService {
  readonly #context: MetricsServiceContext;
  readonly #responder: HttpResponder;
  readonly #textfile: Textfile | null;
  #socket: NamedSocket | null = null;
  #tcp: number | null = null;

  /** Does nothing until {@link start}. */
  constructor(context: MetricsServiceContext) {
    const { loop, options, input, warn } = context;
    const render = () => renderMetrics(input());
    this.#context = context;
    this.#responder = new HttpResponder({ loop, render, warn });
    const path = options.textfile;
    this.#textfile = path === null ? null : new Textfile({ loop, path, render, warn });
  }

  /** Where the socket is; null = there is none. */
  get socketPath(): string | null {
    return this.#socket?.path ?? null;
  }

  /** The descriptor of the TCP socket; null = there is none. */
  get tcpFd(): number | null {
    return this.#tcp;
  }

  /** Begins. What cannot be had is told, and the rest works: leases matter more than metrics. */
  start(): void {
    const { options } = this.#context;
    if (options.socket) this.#attempt("serve metrics", () => this.#listenUnix());
    const { address } = options;
    if (address !== null) {
      const where = `${address.address} port ${address.port}`;
      this.#attempt(`serve metrics at ${where}`, () => this.#listenTcp(address));
    }
    this.#textfile?.start();
  }

  /** Ends all of it, and removes the socket and the file. Never throws. */
  stop(): void {
    this.#responder.stop();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) this.#attempt(`remove ${socket.path}`, () => removeSocket(socket));
    if (this.#tcp !== null) closeFd(this.#tcp);
    this.#tcp = null;
    this.#textfile?.stop();
  }

  #listenUnix(): void {
    const { runDir, gid } = this.#context;
    this.#socket = listenInRunDir(runDir, SOCKET_NAME, SocketType.STREAM, {
      mode: SOCKET_MODE,
      gid,
    });
    this.#responder.listen(this.#socket.fd);
  }

  #listenTcp({ address, port }: HostPort): void {
    this.#tcp = listenTcp(address, port, BACKLOG);
    this.#responder.listen(this.#tcp);
  }

  #attempt(what: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#context.warn(`Cannot ${what}: ${errorText(error)}`);
    }
  }
}
