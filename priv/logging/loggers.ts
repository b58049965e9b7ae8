/**
 * Who speaks in the log.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";

/** The log of priv itself, or of what it does for one interface. */
export function privLogger(interfaceName?: string): Logger {
  return getLogger(interfaceName === undefined ? ["priv"] : ["priv", interfaceName]);
}

/** What the calf of an interface says. */
export function calfLogger(interfaceName: string): Logger {
  return getLogger(["calf", interfaceName]);
}
