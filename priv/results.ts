/**
 * The results of one interface as files: written at each change of the keys, and again after a pause
 * when the file system refuses them.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import { errorText } from "./error_text.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import type { RunFiles } from "./handlers/run_files.ts";
import { privLogger } from "./log.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const RETRY_QUIET_MS = 120_000;

/** What results need of their surroundings. */
export interface ResultsContext {
  /** The daemon's loop. */
  readonly loop: Pick<EventLoop, "now" | "after">;
  /** How long the files take, and how often they fail. */
  readonly handlers: Pick<HandlerStatistics, "measure">;
  /** The interface's name. */
  readonly name: string;
}

/** See the module's description. */
export class Results {
  readonly #context: ResultsContext;
  readonly #files: Pick<RunFiles, "apply" | "remove">;
  readonly #retry = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_QUIET_MS);
  #timer: Timer | null = null;
  #wanted: ReadonlyMap<string, string> = new Map();

  /** Shows nothing yet. */
  constructor(context: ResultsContext, files: Pick<RunFiles, "apply" | "remove">) {
    this.#context = context;
    this.#files = files;
  }

  /** Makes the files show `keys`, path to value. Never throws. */
  show(keys: ReadonlyMap<string, string>): void {
    const { loop, handlers } = this.#context;
    this.#wanted = keys;
    try {
      handlers.measure("files", () => this.#files.apply(keys));
      this.stop();
    } catch (error) {
      this.#report("write the results", error);
      // What changes meanwhile makes nobody wait longer.
      this.#timer ??= loop.after(this.#retry.failed(loop.now()), () => {
        this.#timer = null;
        this.show(this.#wanted);
      });
    }
  }

  /** Removes the files; what fails is tried once more. Never throws. */
  remove(): void {
    this.stop();
    try {
      this.#files.remove();
    } catch {
      this.#removeAgain();
    }
  }

  #removeAgain(): void {
    try {
      this.#files.remove();
    } catch (error) {
      this.#report("remove the results", error);
    }
  }

  /** Leaves the files as they are. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #report(what: string, error: unknown): void {
    privLogger(this.#context.name).error("Cannot {what}: {reason}", {
      what,
      reason: errorText(error),
    });
  }
}
