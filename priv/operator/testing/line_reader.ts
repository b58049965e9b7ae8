/**
 * Reading what a command prints while it runs.
 *
 * @module
 */

/** The lines of a stream, one after the other. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  /** Takes the stream. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line, or null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const at = this.#rest.indexOf("\n");
      if (at >= 0) {
        const line = this.#rest.slice(0, at);
        this.#rest = this.#rest.slice(at + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) return this.#rest === "" ? null : this.#rest;
      this.#rest += value;
    }
  }

  /** All lines until the end. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line; (line = await this.next()) !== null;) lines.push(line);
    return lines;
  }
}

/** Waits until something holds; the test's own time-out ends what never comes. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
