/**
 * A calf that is started before anything is known of its interface, and before the command line is
 * read: it needs longer to come into being than priv does for both. So this file imports little.
 *
 * @module
 */

import { CalfProcess } from "./calf_process.ts";

/** What an interface's name may look like, if it is no pattern and no option. */
const PLAIN_NAME = /^(?!-)[^*?/]{1,15}$/;

/** The calf of one interface, as long as nobody has taken it. */
export class EarlyCalf {
  readonly #interfaceName: string;
  #calf: CalfProcess | null = null;

  /** Starts it; when the kernel refuses, there is none, and whoever starts the next learns why. */
  constructor(interfaceName: string) {
    this.#interfaceName = interfaceName;
    try {
      this.#calf = CalfProcess.start(interfaceName);
    } catch {
      // See above.
    }
  }

  /** Hands the calf over, once, to the interface for which it was started; null otherwise. */
  take(interfaceName: string): CalfProcess | null {
    if (interfaceName !== this.#interfaceName) return null;
    const calf = this.#calf;
    this.#calf = null;
    return calf;
  }

  /** Ends the calf if nobody has taken it. */
  end(): void {
    this.#calf?.endAndClose();
    this.#calf = null;
  }
}

/**
 * Starts the calf of the interface that a command line ends with. Should that be something else, the
 * calf finds no interface to take it.
 *
 * @param argv the command line without the program's name
 * @returns null when the line ends with an option or with a pattern
 */
export function startEarlyCalf(argv: readonly string[]): EarlyCalf | null {
  const last = argv.at(-1) ?? "";
  return PLAIN_NAME.test(last) ? new EarlyCalf(last) : null;
}
