/**
 * The names of the operator's commands. They stand here once more, apart from the table, because main.ts reads
 * this file at every start; a test compares both.
 *
 * @module
 */

/** What the first argument must be to be taken for a command. */
export const COMMAND_NAMES: readonly string[] = [
  "status",
  "get",
  "watch",
  "renew",
  "rebind",
  "release",
  "reload",
  "audit",
  "leases",
  "keys",
  "config",
  "completion",
  "man",
  "licenses",
  "help",
];
