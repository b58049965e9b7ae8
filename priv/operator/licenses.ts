/**
 * `mirage-dhcp licenses`: the licenses of all that is in the executable.
 *
 * @module
 */

import { ExitCode, ExitError } from "../exit_code.ts";

/**
 * Reads the text that the build puts beside this module.
 *
 * @throws {ExitError} when the sources run without a build
 */
export function licensesText(): string {
  try {
    return Deno.readTextFileSync(new URL("LICENSES.txt", import.meta.url));
  } catch {
    throw new ExitError(
      ExitCode.UNAVAILABLE,
      "Cannot show licenses: this is not a built executable",
    );
  }
}
