/**
 * What a daemon needs for its operators and not for its first lease: the sockets of the commands and of
 * Prometheus, and the reader of the configuration file. It is loaded once there is an address, or a moment
 * has gone by.
 *
 * @module
 */

import { getEffectiveUser } from "../ffi/process.ts";
import { reloadOptions } from "./config/reload.ts";
import { ControlServer } from "./control/control_server.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Listeners } from "./listeners.ts";
import { metricsInput } from "./metrics/input.ts";
import { MetricsService } from "./metrics/service.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";
import type { OperatorSide } from "./operator_side.ts";
import type { PrivOptions } from "./options.ts";
import type { Reloaded } from "./reload.ts";

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
  /** What operators connect to. */
  readonly listeners: Listeners;
  /** Told of what is amiss. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class Observers {
  readonly #context: ObserversContext;
  readonly #metrics: MetricsService;
  #server: ControlServer | null = null;

  /** Serves whoever has connected, and whoever will. */
  constructor(context: ObserversContext) {
    const { loop, operators, handlers, options, group, listeners, warn } = context;
    this.#context = context;
    this.#metrics = new MetricsService({
      loop,
      options: options.services.metrics,
      runDir: options.runDir,
      gid: group,
      input: metricsInput(operators.tree, loop, handlers),
      listeners: listeners.metrics,
      warn,
    });
    if (listeners.controlFd !== null) {
      const rule = { user: getEffectiveUser(), group };
      this.#server = new ControlServer({ ...operators.served, rule }, listeners.controlFd);
      operators.attach(this.#server);
    }
    this.#metrics.start();
  }

  /** Reads the configuration file again, by the command line that the daemon was started with. */
  reload(previous: PrivOptions): Reloaded {
    return reloadOptions(previous, this.#context.options);
  }

  /** Cuts all off. */
  close(): void {
    this.#metrics.stop();
    this.#context.operators.attach(null);
    this.#server?.close();
  }
}
