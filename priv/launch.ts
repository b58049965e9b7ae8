/**
 * All that must be right before a calf is started, and the start. Nothing else is loaded until then:
 * the rest of priv comes into being while the calves do.
 *
 * @module
 */

import { Capability, effectiveCapabilities } from "../ffi/capabilities.ts";
import { type LinkState, RouteSocket } from "../ffi/netlink.ts";
import { blockSignals, Signal } from "../ffi/signal.ts";
import { CalfProcess } from "./calf_process.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { macBytes } from "./mac.ts";
import { settleInherited } from "./inherited.ts";
import { lockInterface } from "./interface_lock.ts";
import type { PrivOptions } from "./options.ts";

/** They end the daemon, which undoes what it has done. */
export const ENDING_SIGNALS: readonly number[] = [Signal.SIGTERM, Signal.SIGINT, Signal.SIGQUIT];

/**
 * They would end it too, without undoing anything. SIGPIPE is not among them: the runtime ignores it,
 * and a signal that is blocked is not ignored.
 */
const IGNORED_SIGNALS: readonly number[] = [
  Signal.SIGHUP,
  Signal.SIGUSR1,
  Signal.SIGUSR2,
  Signal.SIGALRM,
  Signal.SIGVTALRM,
  Signal.SIGPROF,
  Signal.SIGIO,
  Signal.SIGPWR,
];

/** What the daemon takes from a descriptor. */
export const HANDLED_SIGNALS: readonly number[] = [...ENDING_SIGNALS, ...IGNORED_SIGNALS];

/** ARPHRD_ETHER (linux/if_arp.h). */
const ARPHRD_ETHER = 1;

/** An interface and the calf that has been started for it. */
export interface LaunchedInterface {
  /** The interface's state shortly before. */
  readonly link: LinkState;
  /** Running, and not yet listened to. */
  readonly calf: CalfProcess;
}

/** What {@link launch} has made. */
export interface Launched {
  /** Requests to the kernel. */
  readonly netlink: RouteSocket;
  /** In the order of the command line. */
  readonly interfaces: readonly LaunchedInterface[];
  /** To be said once there is a log. */
  readonly warnings: readonly string[];
}

function findInterface(netlink: RouteSocket, name: string): LinkState {
  const link = netlink.link(name);
  if (link === null) throw new ExitError(ExitCode.NOINPUT, `Cannot use ${name}: no such interface`);
  if (link.arpType !== ARPHRD_ETHER) {
    throw new ExitError(ExitCode.NOINPUT, `Cannot use ${name}: not an Ethernet interface`);
  }
  return link;
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

function makeDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot make ${path}: ${errorText(error)}`);
  }
}

/**
 * Checks interfaces, capabilities and directories, and starts a calf for each interface.
 *
 * @throws {ExitError} when something is wrong with what the user asked for
 * @throws {ErrnoError} when the kernel refuses a step; no calf is left running then
 */
export function launch(options: PrivOptions): Launched {
  settleInherited(options.interfaces.length);
  const netlink = new RouteSocket();
  const links = options.interfaces.map((name) => findInterface(netlink, name));
  requireCapabilities();
  makeDirectory(options.runDir);
  makeDirectory(options.stateDir);
  const warnings: string[] = [];
  for (const link of links) {
    const warning = lockInterface(options.runDir, link);
    if (warning !== null) warnings.push(warning);
    makeDirectory(`${options.runDir}/${link.name}`);
  }
  // From here on a signal waits until there is somebody to clean up.
  blockSignals(HANDLED_SIGNALS);
  const interfaces: LaunchedInterface[] = [];
  try {
    for (const link of links) {
      interfaces.push({ link, calf: CalfProcess.start(macBytes(link.mac), link.name) });
    }
  } catch (error) {
    for (const { calf } of interfaces) calf.endAndClose();
    throw error;
  }
  return { netlink, interfaces, warnings };
}
