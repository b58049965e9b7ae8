/**
 * What a process gets from whoever started it and must not depend on.
 *
 * @module
 */

import { setUmask } from "../ffi/process.ts";
import { Limit, raiseLimit } from "../ffi/rlimit.ts";
import { setDefaultAction, Signal } from "../ffi/signal.ts";
import { ExitCode, ExitError } from "./exit_code.ts";

/** Results are for everybody to read, and for nobody else to write. */
const UMASK = 0o022;

/** Of the runtime, the daemon, and the start of the spawner (see FIRST_SOURCE in ffi/spawn.ts). */
const DESCRIPTORS = 80;
/** A calf's four, the three it is given at its start and one to spare, packet socket, UDP port, lock and name of the interface. */
const DESCRIPTORS_PER_INTERFACE = 12;

/** How many descriptors a daemon needs at most. */
export function descriptorsNeeded(interfaces: number): number {
  return DESCRIPTORS + DESCRIPTORS_PER_INTERFACE * interfaces;
}

/**
 * Sets umask, SIGCHLD and the limit on descriptors to what the daemon needs.
 *
 * @param interfaces how many are to be managed at first
 * @returns how many descriptors are allowed
 * @throws {ExitError} when these are not enough
 */
export function settleInherited(interfaces: number): number {
  setUmask(UMASK);
  // Whoever has started us may have ignored it; the spawner has the default action in any case.
  setDefaultAction(Signal.SIGCHLD);
  const allowed = raiseLimit(Limit.NOFILE);
  const needed = descriptorsNeeded(interfaces);
  if (allowed < needed) {
    throw new ExitError(
      ExitCode.OSERR,
      `Cannot work with ${allowed} descriptors (RLIMIT_NOFILE): ${needed} are needed`,
    );
  }
  return allowed;
}
