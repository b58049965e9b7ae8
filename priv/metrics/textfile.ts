/**
 * The metrics as a file for node_exporter's textfile collector, which reads `*.prom` in its directory.
 *
 * @module
 */

import { errorText } from "../error_text.ts";
import type { EventLoop, Timer } from "../event_loop.ts";
import { removeIfThere, writeAtomically } from "../handlers/files.ts";

/** How often it is written. */
export const INTERVAL_MS = 15_000;
/** When it is written first: the addresses come before it. */
export const FIRST_MS = 1_000;

/** What it needs of its surroundings. */
export interface TextfileContext {
  /** The daemon's loop. */
  readonly loop: Pick<EventLoop, "after">;
  /** Where the file is. */
  readonly path: string;
  /** Makes the text of the metrics. */
  readonly render: () => string;
  /** Told when the file cannot be written, and when it can again. */
  readonly warn: (text: string) => void;
}

const encoder = new TextEncoder();

/** Keeps the file up to date. */
export class Textfile {
  readonly #context: TextfileContext;
  #timer: Timer | null = null;
  #trouble: string | null = null;

  /** Writes nothing until {@link start}. */
  constructor(context: TextfileContext) {
    this.#context = context;
  }

  /** Writes it from now on. */
  start(): void {
    this.#writeIn(FIRST_MS);
  }

  /** Removes it: node_exporter would go on telling of a daemon that is not there. Never throws. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { path, warn } = this.#context;
    try {
      removeIfThere(path);
    } catch (error) {
      warn(`Cannot remove ${path}: ${errorText(error)}`);
    }
  }

  #writeIn(delayMs: number): void {
    this.#timer = this.#context.loop.after(delayMs, () => {
      this.#write();
      this.#writeIn(INTERVAL_MS);
    });
  }

  #write(): void {
    const { path, render, warn } = this.#context;
    let trouble: string | null = null;
    try {
      // Nothing of it matters after a crash of the machine.
      writeAtomically(path, encoder.encode(render()), { mode: 0o644, durable: false });
    } catch (error) {
      trouble = errorText(error);
    }
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === null) warn(`the metrics are written to ${path} again`);
    else warn(`Cannot write the metrics to ${path}: ${trouble}`);
  }
}
