/**
 * All ways in which operators get metrics: a socket in the run directory, a TCP address, a file.
 *
 * `curl --unix-socket /var/run/dhcp-client/:metrics http://localhost/metrics`
 *
 * @module
 */

import { type MetricsInput, renderMetrics } from "./families.ts";
import type { HttpLoop } from "./http_connection.ts";
import { HttpResponder } from "./http_responder.ts";
import { MetricsListeners, type MetricsListenersContext } from "./listeners.ts";
import { Textfile } from "./textfile.ts";

/** What the service needs of its surroundings. */
export interface MetricsServiceContext extends MetricsListenersContext {
  /** The daemon's loop. */
  readonly loop: HttpLoop;
  /** Gives what there is to tell, as of now. */
  readonly input: () => MetricsInput;
  /** Those that listen already; its own, made by {@link MetricsService.start}, when not given. */
  readonly listeners?: MetricsListeners;
}

/** See the module's description. */
export class MetricsService {
  readonly #context: MetricsServiceContext;
  readonly #responder: HttpResponder;
  readonly #textfile: Textfile | null;
  #listeners: MetricsListeners | null = null;

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
    return this.#listeners?.socketPath ?? null;
  }

  /** The descriptor of the TCP socket; null = there is none. */
  get tcpFd(): number | null {
    return this.#listeners?.tcpFd ?? null;
  }

  /** Begins. */
  start(): void {
    const context = this.#context;
    this.#listeners = context.listeners ?? new MetricsListeners(context);
    for (const fd of this.#listeners.fds) this.#responder.listen(fd);
    this.#textfile?.start();
  }

  /** Ends all of it, and removes the socket and the file. Never throws. */
  stop(): void {
    this.#responder.stop();
    this.#listeners?.close();
    this.#textfile?.stop();
  }
}
