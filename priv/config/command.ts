/**
 * `mirage-dhcp config`: shows the configuration.
 *
 * @module
 */

import { ExitCode, ExitError } from "../exit_code.ts";

/**
 * Runs the command.
 *
 * @param _argv what follows its name
 */
export function configCommand(_argv: readonly string[]): ExitCode {
  throw new ExitError(ExitCode.UNAVAILABLE, "Cannot show the configuration: not available");
}
