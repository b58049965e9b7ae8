/**
 * The reading of the configuration while the daemon runs, as the daemon sees it; `config/reload.ts` does
 * it, and is loaded after the first lease.
 *
 * @module
 */

import type { PrivOptions } from "./options.ts";

/** What came of it. */
export type Reloaded =
  | {
    readonly ok: true;
    /** What counts from now on. */
    readonly options: PrivOptions;
    /** What is not done as the file says, and what cannot change while the daemon runs. */
    readonly warnings: readonly string[];
  }
  | {
    readonly ok: false;
    /** Why the former options go on, in one line. */
    readonly reason: string;
  };
