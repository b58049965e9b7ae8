/**
 * The results in the run directory: one file for each key that the calf has set, as the MirageSDK
 * client showed them in /var/run/dhcp-client.
 *
 * @module
 */

import { removeIfThere, writeAtomically } from "./files.ts";

const encoder = new TextEncoder();

/** Mirrors keys into files below one directory. */
export class RunFiles {
  readonly #directory: string;
  readonly #written = new Map<string, string>();

  /** `directory` is made when it is missing. @throws file errors */
  constructor(directory: string) {
    this.#directory = directory;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
  }

  /**
   * Makes the files those of `entries`: path ("/lease/time") to value. A file holds the value and a
   * newline, is replaced atomically, and goes with its key. They are written in the order given, and
   * what is over goes last.
   */
  apply(entries: ReadonlyMap<string, string>): void {
    for (const [path, value] of entries) {
      if (this.#written.get(path) === value) continue;
      const file = this.#directory + path;
      Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o755 });
      writeAtomically(file, encoder.encode(value + "\n"), 0o644);
      this.#written.set(path, value);
    }
    for (const path of this.#written.keys()) {
      if (!entries.has(path)) {
        removeIfThere(this.#directory + path);
        this.#written.delete(path);
      }
    }
  }

  /** Removes the directory with everything in it. */
  remove(): void {
    this.#written.clear();
    try {
      Deno.removeSync(this.#directory, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
