/**
 * `mirage-dhcp audit`: shows or verifies the audit log.
 *
 * @module
 */

import { ExitCode, ExitError } from "../exit_code.ts";

/**
 * Runs the command.
 *
 * @param _argv what follows its name
 */
export function auditCommand(_argv: readonly string[]): ExitCode {
  throw new ExitError(ExitCode.UNAVAILABLE, "Cannot show the audit log: not available");
}
