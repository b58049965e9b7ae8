/**
 * Telling whoever has started the daemon, and reads its standard error, that it is ready: a line that no
 * log has. See multicall/background.ts, which waits for it.
 *
 * @module
 */

import { LineWriter } from "./line_writer.ts";

/** The line, without its end. */
export const READY_LINE = "\0";

const STDERR = 2;

/** Stands in for the line to a service manager (`Notifier`), and says nothing else. */
export class ReadyMarker {
  readonly #writer: Pick<LineWriter, "write">;
  #state: "starting" | "due" | "told" = "starting";

  /** Writes to standard error unless told. */
  constructor(writer: Pick<LineWriter, "write"> = new LineWriter(STDERR)) {
    this.#writer = writer;
  }

  /** Says nothing: there is no watchdog. */
  start(): void {}

  /** Writes the line, once. */
  ready(): void {
    if (this.#state === "starting") this.#state = "due";
    this.#tell();
  }

  /** Writes the line if there was no room for it before. */
  status(_text: string): void {
    this.#tell();
  }

  /** Says nothing: nobody waits any more. */
  reloading(): void {}

  /** Says nothing: the end of the process says it. */
  stopping(): void {}

  #tell(): void {
    if (this.#state === "due" && this.#writer.write(READY_LINE)) this.#state = "told";
  }
}
