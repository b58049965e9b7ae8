/**
 * The privileged daemon: all interfaces of the command line, the signals, and the end.
 *
 * @module
 */

import { Capability, effectiveCapabilities } from "../ffi/capabilities.ts";
import { Errno, ErrnoError } from "../ffi/errno.ts";
import { lockFile } from "../ffi/fd.ts";
import { LinkMonitor, type LinkState, RouteSocket } from "../ffi/netlink.ts";
import { blockSignals, openSignalFd, readSignal, Signal } from "../ffi/signal.ts";
import { signalName } from "../ffi/process.ts";
import { EventLoop } from "./event_loop.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { ResolvConf } from "./handlers/resolv_conf.ts";
import { errorText, privLogger } from "./log.ts";
import { ManagedInterface } from "./managed_interface.ts";
import type { PrivOptions } from "./options.ts";

/** ARPHRD_ETHER (linux/if_arp.h). */
const ARPHRD_ETHER = 1;

/** SIGHUP is kept from killing the daemon when its terminal goes. */
const HANDLED_SIGNALS = [Signal.SIGTERM, Signal.SIGINT, Signal.SIGHUP];

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

function findInterface(netlink: RouteSocket, name: string): LinkState {
  const link = netlink.link(name);
  if (link === null) throw new ExitError(ExitCode.NOINPUT, `Cannot use ${name}: no such interface`);
  if (link.arpType !== ARPHRD_ETHER) {
    throw new ExitError(ExitCode.NOINPUT, `Cannot use ${name}: not an Ethernet interface`);
  }
  return link;
}

function makeDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot make ${path}: ${errorText(error)}`);
  }
}

/** One daemon per interface: two would fight over its address. The lock ends with the process. */
function lockInterface(runDir: string, name: string): void {
  let lock: number | null;
  try {
    lock = lockFile(`${runDir}/${name}.lock`);
  } catch (error) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot lock ${name}: ${errorText(error)}`);
  }
  if (lock === null) {
    throw new ExitError(ExitCode.CANTCREAT, `Cannot manage ${name}: another instance does`);
  }
}

class Daemon {
  readonly #options: PrivOptions;
  readonly #loop = new EventLoop();
  readonly #netlink = new RouteSocket();
  readonly #monitor = new LinkMonitor();
  readonly #interfaces = new Map<number, ManagedInterface>();
  readonly #log = privLogger();
  readonly #resolvConf: ResolvConf | null;
  #exitCode: ExitCode = ExitCode.OK;
  #keep: boolean;

  constructor(options: PrivOptions) {
    this.#options = options;
    const { resolvConf, stateDir, interfaces } = options;
    this.#resolvConf = resolvConf === null
      ? null
      : new ResolvConf(resolvConf, `${stateDir}/resolv.conf.saved`, interfaces);
    this.#keep = options.persistent || options.oneshot;
  }

  run(): ExitCode {
    const links = this.#options.interfaces.map((name) => findInterface(this.#netlink, name));
    requireCapabilities();
    makeDirectory(this.#options.runDir);
    makeDirectory(this.#options.stateDir);
    for (const link of links) lockInterface(this.#options.runDir, link.name);
    this.#watchSignals();
    try {
      for (const link of links) this.#manage(link);
      this.#loop.onReadable(this.#monitor.fd, () => this.#linksChanged());
      // What changed between the look-up above and the subscription is seen now.
      this.#linksChanged();
      const { oneshot, timeoutMs } = this.#options;
      if (oneshot && timeoutMs !== null) this.#loop.after(timeoutMs, () => this.#timedOut());
      this.#loop.run();
    } finally {
      for (const managed of this.#interfaces.values()) managed.stop(this.#keep);
    }
    return this.#exitCode;
  }

  #manage(link: LinkState): void {
    const managed = new ManagedInterface({
      loop: this.#loop,
      netlink: this.#netlink,
      resolvConf: this.#resolvConf,
      runDir: this.#options.runDir,
      onConfigured: () => this.#configured(),
      onUnavailable: () => this.#end(ExitCode.UNAVAILABLE),
    }, link);
    this.#interfaces.set(link.index, managed);
  }

  #watchSignals(): void {
    blockSignals(HANDLED_SIGNALS);
    const fd = openSignalFd(HANDLED_SIGNALS);
    this.#loop.onReadable(fd, () => {
      const signal = readSignal(fd);
      if (signal === null) return;
      if (signal === Signal.SIGHUP) {
        this.#log.info("SIGHUP ignored: there is nothing to read anew");
        return;
      }
      this.#log.info("{signal}: ending", { signal: signalName(signal) });
      this.#keep = this.#options.persistent;
      this.#loop.stop();
    });
  }

  /** Reads every interface's state anew, so that a lost event costs nothing. */
  #linksChanged(): void {
    this.#monitor.drain();
    for (const [index, managed] of this.#interfaces) {
      const link = this.#netlink.link(index);
      if (link === null) {
        this.#log.error("{name} is gone", { name: managed.name });
        this.#interfaces.delete(index);
        managed.stop(false);
      } else {
        managed.linkChanged(link);
      }
    }
    if (this.#interfaces.size === 0) {
      this.#end(ExitCode.NOINPUT);
    }
  }

  #configured(): void {
    if (!this.#options.oneshot) return;
    if ([...this.#interfaces.values()].every((managed) => managed.configured)) this.#loop.stop();
  }

  #timedOut(): void {
    const without = [...this.#interfaces.values()].filter((managed) => !managed.configured)
      .map((managed) => managed.name).join(", ");
    this.#log.error("no lease in time for {without}", { without });
    this.#end(ExitCode.TEMPFAIL);
  }

  #end(code: ExitCode): void {
    this.#exitCode = code;
    this.#loop.stop();
  }
}

/**
 * Runs `--mode=priv` until it is told to end.
 *
 * @returns what the process is to exit with
 * @throws {ExitError} with the reason why it cannot run
 */
export function runDaemon(options: PrivOptions): ExitCode {
  try {
    return new Daemon(options).run();
  } catch (error) {
    if (error instanceof ErrnoError) {
      const denied = error.code === Errno.EPERM || error.code === Errno.EACCES;
      throw new ExitError(denied ? ExitCode.NOPERM : ExitCode.OSERR, error.message);
    }
    throw error;
  }
}
