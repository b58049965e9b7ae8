/**
 * The daemon's confinement, and who is told of it.
 *
 * @module
 */

import { MissingLibraryError } from "../../ffi/errno.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { privLogger } from "../log.ts";
import type { PrivOptions } from "../options.ts";
import { type ConfinementChoices, confinePriv, type PrivConfinement } from "./confine.ts";

/** What is decided, and who is told. */
export interface DaemonConfinement extends ConfinementChoices {
  /** The daemon's log. */
  readonly log: ReturnType<typeof privLogger>;
  /** Records what is in force. */
  readonly record: (words: string) => void;
  /** Shows what is in force. */
  readonly publish: (words: string) => void;
}

function confine(options: PrivOptions, choices: ConfinementChoices): PrivConfinement {
  try {
    return confinePriv(options, choices);
  } catch (error) {
    if (error instanceof MissingLibraryError) throw error;
    throw new ExitError(ExitCode.UNAVAILABLE, `Cannot confine priv: ${errorText(error)}`);
  }
}

/**
 * As {@link confinePriv}: a daemon that cannot be confined is none.
 *
 * @throws {ExitError} which says what is missing
 * @throws {MissingLibraryError} when libseccomp.so.2 is not installed
 */
export function confineDaemon(options: PrivOptions, how: DaemonConfinement): void {
  const { words, missing } = confine(options, how);
  how.log.info("confined: {words}", { words });
  for (const reason of missing) how.log.warning("not confined: {reason}", { reason });
  how.record(words);
  how.publish(words);
}
