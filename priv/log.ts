/**
 * The daemon's log; see `priv/logging/`.
 *
 * @module
 */

export { configureLog, type Log, type LogHooks } from "./logging/configure.ts";
export { calfLogger, privLogger } from "./logging/loggers.ts";
