/**
 * All that must be right before a calf may work, and the start. Nothing else is loaded until then:
 * the rest of priv comes into being while the calves do.
 *
 * @module
 */

import { Capability, effectiveCapabilities } from "../ffi/capabilities.ts";
import { isWritable } from "../ffi/fd.ts";
import { RouteSocket } from "../ffi/netlink.ts";
import { blockSignals, Signal } from "../ffi/signal.ts";
import { EarlyAudit } from "./audit/early_audit.ts";
import type { CalfSource } from "./calf_source.ts";
import type { StartCalf } from "./calf_process.ts";
import { becomeUser, findUser, type User } from "./confinement/user.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { settleInherited } from "./inherited.ts";
import { InterfaceSelection, isEthernet, type SelectedLink } from "./interface_selection.ts";
import {
  makeDirectory,
  startCalf,
  type StartedInterface,
  takeInterface,
  type TakenInterface,
} from "./interface_start.ts";
import type { PrivOptions } from "./options.ts";

/** They end the daemon, which undoes what it has done. */
export const ENDING_SIGNALS: readonly number[] = [Signal.SIGTERM, Signal.SIGINT, Signal.SIGQUIT];

/**
 * They would end it too, without undoing anything. SIGPIPE is not among them: the runtime ignores it,
 * and a signal that is blocked is not ignored.
 */
const IGNORED_SIGNALS: readonly number[] = [
  Signal.SIGHUP,
  Signal.SIGALRM,
  Signal.SIGVTALRM,
  Signal.SIGPROF,
  Signal.SIGIO,
  Signal.SIGPWR,
];

/** They ask the calves for something. */
const REQUESTING_SIGNALS: readonly number[] = [Signal.SIGUSR1, Signal.SIGUSR2];

/** What the daemon takes from a descriptor. */
export const HANDLED_SIGNALS: readonly number[] = [
  ...ENDING_SIGNALS,
  ...REQUESTING_SIGNALS,
  ...IGNORED_SIGNALS,
];

/** What {@link launch} has made. */
export interface Launched {
  /** Requests to the kernel. */
  readonly netlink: RouteSocket;
  /** What the command line means. */
  readonly selection: InterfaceSelection;
  /** Those that are there, in the order of the command line. */
  readonly interfaces: readonly StartedInterface[];
  /** Starts further calves. */
  readonly startCalf: StartCalf;
  /** How many descriptors are allowed. */
  readonly descriptors: number;
  /** What has happened so far. */
  readonly audit: EarlyAudit;
}

function findInterfaces(selection: InterfaceSelection, netlink: RouteSocket): SelectedLink[] {
  const found = selection.find(netlink);
  const odd = found.find(({ link }) => !isEthernet(link));
  if (odd !== undefined) {
    const reason = "not an Ethernet interface";
    throw new ExitError(ExitCode.NOINPUT, `Cannot use ${odd.link.name}: ${reason}`);
  }
  return found;
}

/**
 * Takes what can be taken: the others must not suffer from an interface that another daemon has. The
 * daemon tries it again, and says so.
 *
 * @throws {ExitError} when not one can be taken, and none is waited for
 */
function takeInterfaces(
  runDir: string,
  found: readonly SelectedLink[],
  mayWait: boolean,
): TakenInterface[] {
  const taken: TakenInterface[] = [];
  let failure: unknown = null;
  for (const selected of found) {
    try {
      taken.push(takeInterface(runDir, selected));
    } catch (error) {
      failure ??= error;
    }
  }
  if (taken.length === 0 && failure !== null && !mayWait) throw failure;
  return taken;
}

function requireCapabilities(): void {
  const held = effectiveCapabilities();
  const missing = (["NET_ADMIN", "NET_RAW"] as const)
    .filter((name) => (held >> BigInt(Capability[name]) & 1n) === 0n)
    .map((name) => `CAP_${name}`);
  if (missing.length > 0) {
    throw new ExitError(
      ExitCode.NOPERM,
      `Cannot manage interfaces: ${missing.join(" and ")} missing (not root?)`,
    );
  }
}

function userOf({ services: { user } }: PrivOptions): User | null {
  try {
    return user === null ? null : findUser(user);
  } catch (error) {
    throw new ExitError(ExitCode.NOUSER, errorText(error));
  }
}

/** Makes the directories, and becomes the user who works in them. */
function settleDirectories(options: PrivOptions): void {
  const directories = [options.runDir, options.stateDir];
  const user = userOf(options);
  for (const path of directories) makeDirectory(path, user);
  if (user === null) return;
  becomeUser(user);
  const foreign = directories.find((path) => !isWritable(path));
  if (foreign === undefined) return;
  throw new ExitError(
    ExitCode.CANTCREAT,
    `Cannot run as user ${options.services.user}: ${foreign} is not writable for it`,
  );
}

/**
 * Checks interfaces, capabilities and directories, and starts a calf for each interface that is there.
 *
 * @param calves where they come from
 * @throws {ExitError} when something is wrong with what the user asked for
 * @throws {ErrnoError} when the kernel refuses a step; no calf is left running then
 */
export function launch(options: PrivOptions, calves: CalfSource): Launched {
  const netlink = new RouteSocket();
  const selection = new InterfaceSelection(options.interfaces, options.denied);
  const found = findInterfaces(selection, netlink);
  const descriptors = settleInherited(Math.max(1, found.length));
  requireCapabilities();
  calves.prepare(); // with all privileges: it confines calves with them
  settleDirectories(options);
  const taken = takeInterfaces(options.runDir, found, selection.missing(found).length > 0);
  // From here on a signal waits until there is somebody to clean up.
  blockSignals(HANDLED_SIGNALS);
  const startCalfOf: StartCalf = (name) => calves.start(name);
  const interfaces: StartedInterface[] = [];
  const audit = new EarlyAudit();
  try {
    for (const each of taken) interfaces.push(startCalf(each, startCalfOf, audit));
  } catch (error) {
    for (const { calf } of interfaces) calf.endAndClose();
    throw error;
  }
  calves.settle();
  return { netlink, selection, interfaces, startCalf: startCalfOf, descriptors, audit };
}
