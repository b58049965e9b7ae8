/**
 * The privileged daemon: all interfaces of the command line, the signals, and the end.
 *
 * @module
 */

import { LinkMonitor } from "../ffi/netlink.ts";
import { signalName } from "../ffi/process.ts";
import { openSignalFd, readSignal, Signal } from "../ffi/signal.ts";
import { EventLoop } from "./event_loop.ts";
import { ExitCode } from "./exit_code.ts";
import { ResolvConf } from "./handlers/resolv_conf.ts";
import { HANDLED_SIGNALS, type Launched, type LaunchedInterface } from "./launch.ts";
import { configureLog, privLogger } from "./log.ts";
import { ManagedInterface } from "./managed_interface.ts";
import type { PrivOptions } from "./options.ts";

class Daemon {
  readonly #options: PrivOptions;
  readonly #loop = new EventLoop();
  readonly #launched: Launched;
  readonly #monitor = new LinkMonitor();
  readonly #interfaces = new Map<number, ManagedInterface>();
  readonly #log = privLogger();
  readonly #resolvConf: ResolvConf | null;
  #exitCode: ExitCode = ExitCode.OK;
  #keep: boolean;

  constructor(options: PrivOptions, launched: Launched) {
    this.#options = options;
    this.#launched = launched;
    const { resolvConf, stateDir, interfaces } = options;
    this.#resolvConf = resolvConf === null
      ? null
      : new ResolvConf(resolvConf, `${stateDir}/resolv.conf.saved`, interfaces);
    this.#keep = options.persistent || options.oneshot;
  }

  run(): ExitCode {
    this.#watchSignals();
    try {
      for (const launched of this.#launched.interfaces) this.#manage(launched);
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

  #manage({ link, calf }: LaunchedInterface): void {
    const managed = new ManagedInterface(
      {
        loop: this.#loop,
        netlink: this.#launched.netlink,
        resolvConf: this.#resolvConf,
        runDir: this.#options.runDir,
        onConfigured: () => this.#configured(),
        onUnavailable: () => this.#end(ExitCode.UNAVAILABLE),
      },
      link,
      calf,
    );
    this.#interfaces.set(link.index, managed);
  }

  #watchSignals(): void {
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
      const link = this.#launched.netlink.link(index);
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
 * @param launched the interfaces and their calves, which are ended with the daemon
 * @returns what the process is to exit with
 * @throws {ErrnoError} when the kernel refuses what the daemon needs to begin
 */
export function runDaemon(options: PrivOptions, launched: Launched): ExitCode {
  configureLog(options.logLevel);
  return new Daemon(options, launched).run();
}
