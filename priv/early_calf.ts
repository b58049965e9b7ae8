/**
 * A calf that is started before anything is known of its interface: it needs longer to come into
 * being than priv does to find out.
 *
 * @module
 */

import { CalfProcess } from "./calf_process.ts";

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
