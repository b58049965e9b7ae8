/**
 * What comes before an interface is managed: its locks, its directory, its calf.
 *
 * @module
 */

import { setDirectoryOwner } from "../ffi/regular_file.ts";
import { type AuditSink, NO_AUDIT } from "./audit/event.ts";
import type { CalfProcess, StartCalf } from "./calf_process.ts";
import { startCalfProcess } from "./calf_start.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import type { User } from "./confinement/user.ts";
import { type InterfaceLock, lockInterface } from "./interface_lock.ts";
import type { SelectedLink } from "./interface_selection.ts";

/** An interface that nobody else manages. */
export interface TakenInterface extends SelectedLink {
  /** To be released when it is not managed any more. */
  readonly lock: InterfaceLock;
}

/** An interface whose calf has been started. */
export interface StartedInterface extends TakenInterface {
  /** Running, and not yet listened to. */
  readonly calf: CalfProcess;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes a directory and those above it.
 *
 * @param owner whose it becomes, if it was not there before; null = this process's
 * @throws {ExitError}
 */
export function makeDirectory(path: string, owner: User | null = null): void {
  try {
    const isNew = owner !== null && !isThere(path);
    Deno.mkdirSync(path, { recursive: true, mode: 0o755 });
    if (isNew) setDirectoryOwner(path, owner.uid, owner.gid);
  } catch (error) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot make ${path}: ${errorText(error)}`);
  }
}

/**
 * Locks an interface and makes the directory of its results.
 *
 * @throws {ExitError} when another daemon has it, or there can be no results; nothing is held then
 */
export function takeInterface(runDir: string, selected: SelectedLink): TakenInterface {
  const lock = lockInterface(runDir, selected.link);
  try {
    makeDirectory(`${runDir}/${selected.link.name}`);
    return { ...selected, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Starts the calf of an interface.
 *
 * @throws {ErrnoError} when the kernel refuses a step; the interface is released then
 */
export function startCalf(
  taken: TakenInterface,
  start: StartCalf,
  audit: AuditSink = NO_AUDIT,
): StartedInterface {
  try {
    return { ...taken, calf: startCalfProcess(taken.link, start, audit) };
  } catch (error) {
    taken.lock.release();
    throw error;
  }
}
