/**
 * priv gives up what it does not need any more: once its sockets are open, its configuration is read and
 * the spawner runs, and before anything from the network or from a calf is looked at.
 *
 * @module
 */

import {
  boundingSet,
  Capability,
  dropBoundingSet,
  hasCapability,
  permittedCapabilities,
  setCapabilities,
  setGroups,
} from "../../ffi/capabilities.ts";
import { isWriteDenied } from "../../ffi/fd.ts";
import { landlockAbi, type PathRule, restrictTo } from "../../ffi/landlock.ts";
import { setDumpable, setNoNewPrivileges } from "../../ffi/process.ts";
import { Limit, setLimit } from "../../ffi/rlimit.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { errorText } from "../error_text.ts";
import { followLinks } from "../handlers/borrowed_file.ts";
import type { PrivOptions } from "../options.ts";
import { fileRules, logDirectories, neededCapabilities, ownDirectories } from "./needs.ts";
import { privSeccompRules } from "./seccomp_list.ts";

/** What is decided when priv confines itself. */
export interface ConfinementChoices {
  /** Whether the host may be named. */
  readonly hostName: boolean;
  /** Whose files a group may read and whose sockets it may use; null = nobody's. */
  readonly group: number | null;
}

/** What is in force. */
export interface PrivConfinement {
  /** A word for each layer, `no-` in front of one that is missing, such as `landlock=7 seccomp`. */
  readonly words: string;
  /** One line about each layer that is missing, and why. */
  readonly missing: readonly string[];
}

/** Names of capabilities in words, such as `net_admin`. */
function capabilityWords(set: bigint): string {
  const names = Object.entries(Capability)
    .filter(([, bit]) => (set >> BigInt(bit) & 1n) === 1n)
    .map(([name]) => name.toLowerCase());
  return names.join("+") || "none";
}

/**
 * Gives up capabilities. CAP_DAC_OVERRIDE stays where files are another user's who has not let us write.
 *
 * @returns what is kept
 */
function reduceCapabilities(options: PrivOptions, hostName: boolean): bigint {
  const held = permittedCapabilities();
  const needed = neededCapabilities(hostName) & held;
  setCapabilities(held, needed);
  const { resolvConf } = options;
  const files = [
    ...logDirectories(options),
    ...ownDirectories(options).flatMap(filesIn),
    ...(resolvConf === null ? [] : [resolvConf]),
  ];
  const override = 1n << BigInt(Capability.DAC_OVERRIDE) & held;
  const kept = files.some(isWriteDenied) ? needed | override : needed;
  setCapabilities(kept, kept);
  return kept;
}

/**
 * Without CAP_SETPCAP, as in most containers, the bounding set stays as it is. That is as good when it holds
 * nothing but what priv keeps.
 */
function limitBoundingSet(hostName: boolean): string {
  try {
    dropBoundingSet();
    return "bounding-set";
  } catch (error) {
    const left = boundingSet();
    if ((left & ~neededCapabilities(hostName)) !== 0n) throw error;
    return `bounding-set=${capabilityWords(left)}`;
  }
}

/** What is in a directory, and may be another user's: a predecessor's. */
function filesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].filter(({ isFile }) => isFile)
      .map(({ name }) => `${directory}/${name}`);
  } catch {
    return [];
  }
}

function isThere({ path }: PathRule): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What is not there now could not be made later without a right to all that is beside it. */
function makeEmpty(path: string): void {
  try {
    Deno.openSync(followLinks(path), { write: true, createNew: true, mode: 0o644 }).close();
  } catch {
    // It is there, or whoever writes to it will say why it cannot be made.
  }
}

function applyLandlock(options: PrivOptions): string {
  const abi = landlockAbi();
  if (abi === 0) throw new Error("the kernel has none");
  restrictTo(abi, { paths: fileRules(options).filter(isThere), bindPorts: [] });
  return `landlock=${abi}`;
}

function applyLimits(): void {
  setLimit(Limit.CORE, 0);
  setLimit(Limit.NPROC, 0);
  setLimit(Limit.MEMLOCK, 0);
}

/**
 * Confines this process for good.
 *
 * @param options the configuration
 * @param choices what is decided now
 * @param defaultAction what happens to a system call that is not on the list; a test says something else
 * @returns what is in force: Landlock, resource limits and the bounding set may be missing where the kernel
 * or a container has or allows none
 * @throws {ErrnoError} when no_new_privs, capabilities or seccomp cannot be set
 */
export function confinePriv(
  options: PrivOptions,
  choices: ConfinementChoices,
  defaultAction: number = SeccompAction.KILL_PROCESS,
): PrivConfinement {
  const { hostName, group } = choices;
  const words: string[] = [];
  const missing: string[] = [];
  const attempt = (word: string, step: () => string | void): void => {
    try {
      words.push(step() ?? word);
    } catch (error) {
      words.push(`no-${word}`);
      missing.push(`${word}: ${errorText(error)}`);
    }
  };
  const filter = new SeccompFilter(privSeccompRules({ hostName, group }), defaultAction);
  if (landlockAbi() > 0 && options.resolvConf !== null) makeEmpty(options.resolvConf);
  // Whoever may trace priv has all of it anyway, and a test of what fails must be able to.
  filter.allowSkippedCalls();
  setNoNewPrivileges();
  words.push("no_new_privs");
  // A file may be given to a group that one is in, without CAP_CHOWN.
  if (group !== null && hasCapability(Capability.SETGID)) {
    attempt("groups", () => setGroups([group]));
  }
  attempt("bounding-set", () => limitBoundingSet(hostName));
  const kept = reduceCapabilities(options, hostName);
  words.push(`capabilities=${capabilityWords(kept)}`);
  attempt("landlock", () => applyLandlock(options));
  attempt("rlimits", applyLimits);
  attempt("undumpable", () => setDumpable(false));
  filter.load();
  words.push("seccomp");
  return { words: words.join(" "), missing };
}
