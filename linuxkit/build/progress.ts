/**
 * Shows how far a download is: one line that is drawn again on a terminal, else a line at about
 * every tenth.
 *
 * @module
 */

/** Where progress is written, and how. */
export interface ProgressOutput {
  /** Writes text as it is. */
  write(text: string): void;
  /** Whether a line can be overwritten with a carriage return. */
  terminal: boolean;
}

const ENCODER = new TextEncoder();

/** Standard error. */
export const STDERR: ProgressOutput = {
  write: (text) => void Deno.stderr.writeSync(ENCODER.encode(text)),
  terminal: Deno.stderr.isTerminal(),
};

/** Progress of one download. */
export class Progress {
  #shown = -1;
  #label: string;
  #total: number;
  #output: ProgressOutput;

  /**
   * Shows nothing yet.
   *
   * @param label what is being fetched
   * @param total size in bytes; 0 when it is not known
   * @param output where to write; standard error unless told
   */
  constructor(label: string, total: number, output: ProgressOutput = STDERR) {
    this.#label = label;
    this.#total = total;
    this.#output = output;
  }

  /**
   * Tells that so many bytes have arrived.
   *
   * @param bytes bytes so far, at most the total that counts
   */
  update(bytes: number): void {
    const unit = this.#total > 0 ? this.#total / 100 : 1e6;
    const step = Math.floor(Math.min(bytes, this.#total || bytes) / unit);
    const grain = this.#output.terminal ? 1 : 10;
    if (step - step % grain <= this.#shown) return;
    this.#shown = step - step % grain;
    const text = `${this.#label}: ${this.#amount(bytes)}`;
    this.#output.write(this.#output.terminal ? `\r${text}\x1b[K` : `${text}\n`);
  }

  /** Ends the line on a terminal; call it once, also after a failure. */
  end(): void {
    if (this.#output.terminal && this.#shown >= 0) this.#output.write("\n");
  }

  #amount(bytes: number): string {
    const mb = (n: number) => (n / 1e6).toFixed(0);
    if (this.#total <= 0) return `${mb(bytes)} MB`;
    const clamped = Math.min(bytes, this.#total);
    return `${mb(clamped)} of ${mb(this.#total)} MB (${Math.floor(100 * clamped / this.#total)} %)`;
  }
}
