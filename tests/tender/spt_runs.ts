/**
 * Runs guests by the tender for spt, through the executable.
 *
 * @module
 */

import { type Output, output, Running } from "../support/process.ts";
import { executablePath } from "../support/requirements.ts";
import { guest, type GuestPlan } from "./guest/guest.ts";

export * as basic from "./guest/guests/basic.ts";

/** A directory with guests in it, removed in the end. */
export class GuestFiles {
  /** Absolute. */
  readonly directory: string;
  #count = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes one for the time of `body`. */
  static async with(body: (files: GuestFiles) => Promise<void>): Promise<void> {
    const directory = await Deno.makeTempDir();
    await Deno.chmod(directory, 0o755);
    try {
      await body(new GuestFiles(directory));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  }

  /** Writes a guest; gives its path. */
  write(plan: GuestPlan): string {
    const path = `${this.directory}/guest${this.#count++}`;
    Deno.writeFileSync(path, guest(plan));
    return path;
  }

  /** Makes a file of `size` bytes, zero but for `start`; gives its path. */
  storage(size: number, start: Uint8Array = new Uint8Array()): string {
    const path = `${this.directory}/storage${this.#count++}`;
    Deno.writeFileSync(path, start);
    Deno.truncateSync(path, size);
    return path;
  }

  /** Runs a guest to its end. */
  run(plan: GuestPlan, { options = [], args = [] }: GuestWords = {}): Promise<Output> {
    return output(tenderCommand([...options, this.write(plan), ...args]));
  }

  /** Starts a guest that the caller ends. */
  start(plan: GuestPlan, { options = [], args = [] }: GuestWords = {}): Running {
    return new Running(tenderCommand([...options, this.write(plan), ...args]));
  }
}

/** Words of the command line. */
export interface GuestWords {
  /** For the tender. */
  readonly options?: readonly string[];
  /** For the guest. */
  readonly args?: readonly string[];
}

/** The command line of the tender. */
export function tenderCommand(words: readonly string[]): string[] {
  return [executablePath(), "--mode=tender", ...words];
}
