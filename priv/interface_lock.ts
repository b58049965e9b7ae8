/**
 * One daemon per interface, and per directory of results: two would fight over the address or over
 * the files. What is held ends with the process at the latest.
 *
 * @module
 */

import { holdName } from "../ffi/abstract_name.ts";
import { closeFd, lockFile } from "../ffi/fd.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { getEffectiveUser } from "../ffi/process.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";

const ROOT = 0;

/** An interface that is ours. */
export interface InterfaceLock {
  /**
   * Said when some user who could not run this program sits on the interface's name, so that a second
   * daemon would not be noticed; null as a rule.
   */
  readonly warning: string | null;
  /** Lets another daemon have it. Call it once. */
  readonly release: () => void;
}

/** No interface's name has a colon, so that this is not the directory of another one. */
const LOCK_SUFFIX = ":lock";

function refuse(name: string): never {
  throw new ExitError(ExitCode.CANTCREAT, `Cannot manage ${name}: another instance does`);
}

function lockResults(runDir: string, name: string): number {
  let lock: number | null;
  try {
    lock = lockFile(`${runDir}/${name}${LOCK_SUFFIX}`);
  } catch (error) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot lock ${name}: ${errorText(error)}`);
  }
  return lock ?? refuse(name);
}

/**
 * Locks the results of an interface, whatever network namespace it is in, and the interface itself,
 * whatever the run directory is.
 *
 * @throws {ExitError} when another daemon has either; nothing is held then
 */
export function lockInterface(runDir: string, link: LinkState): InterfaceLock {
  const file = lockResults(runDir, link.name);
  try {
    const hold = holdName(`mirage-dhcp/${link.index}`);
    if ("fd" in hold) {
      const release = () => [hold.fd, file].forEach(closeFd);
      return { warning: null, release };
    }
    const { holder } = hold;
    if (holder === ROOT || holder === getEffectiveUser()) refuse(link.name);
    const who = holder === null ? "somebody" : `user ${holder}`;
    const warning =
      `${who} occupies the socket name that guards ${link.name} against a second daemon`;
    return { warning, release: () => closeFd(file) };
  } catch (error) {
    closeFd(file);
    throw error;
  }
}
