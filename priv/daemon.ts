/**
 * The privileged daemon: all interfaces of the command line, the signals, and the end.
 *
 * @module
 */

import { getHostName } from "../ffi/host_name.ts";
import { LinkMonitor } from "../ffi/netlink.ts";
import { signalName } from "../ffi/process.ts";
import { openSignalFd, readSignal, Signal } from "../ffi/signal.ts";
import type { ClientRequest } from "../schema/word_values.ts";
import { hostDuid } from "./duid.ts";
import { EventLoop } from "./event_loop.ts";
import { errorText } from "./error_text.ts";
import { ExitCode } from "./exit_code.ts";
import { ResolvConf } from "./handlers/resolv_conf.ts";
import {
  ENDING_SIGNALS,
  HANDLED_SIGNALS,
  type Launched,
  type LaunchedInterface,
} from "./launch.ts";
import { configureLog, privLogger } from "./log.ts";
import { ManagedInterface } from "./managed_interface.ts";
import type { PrivOptions } from "./options.ts";

/** How long the end waits for calves to give their leases back. */
const RELEASE_WAIT_MS = 3_000;

class Daemon {
  readonly #options: PrivOptions;
  readonly #loop = new EventLoop();
  readonly #launched: Launched;
  readonly #monitor = new LinkMonitor();
  readonly #interfaces = new Map<number, ManagedInterface>();
  readonly #log = privLogger();
  readonly #resolvConf: ResolvConf | null;
  #duid: string | null = null;
  /** The end has begun and waits for releases. */
  #releasing = false;
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
    for (const warning of this.#launched.warnings) this.#log.warning("{warning}", { warning });
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
      for (const managed of this.#interfaces.values()) this.#stop(managed, this.#keep);
    }
    return this.#exitCode;
  }

  /** Whatever fails, the others are stopped too. */
  #stop(managed: ManagedInterface, keep: boolean): void {
    try {
      managed.stop(keep);
    } catch (error) {
      const { name } = managed;
      this.#log.error("Cannot stop {name}: {reason}", { name, reason: errorText(error) });
    }
  }

  #manage({ link, calf }: LaunchedInterface): void {
    const managed = new ManagedInterface(
      {
        loop: this.#loop,
        netlink: this.#launched.netlink,
        resolvConf: this.#resolvConf,
        options: this.#options,
        host: { name: getHostName, duid: () => this.#hostDuid() },
        onReleased: () => this.#released(),
        onConfigured: () => this.#configured(),
        onUnavailable: () => this.#end(ExitCode.UNAVAILABLE),
        onReplaced: () => this.#replaced(),
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
      const name = signalName(signal);
      if (signal === Signal.SIGUSR1) return this.#request("renew", name);
      if (signal === Signal.SIGUSR2) return this.#request("release", name);
      if (!ENDING_SIGNALS.includes(signal)) return this.#log.debug("{name} ignored", { name });
      this.#log.info("{name}: ending", { name });
      this.#keep = this.#options.persistent;
      const release = this.#options.release && signal !== Signal.SIGQUIT && !this.#releasing;
      if (release) this.#releaseAndEnd(name);
      else this.#loop.stop();
    });
  }

  #request(what: ClientRequest, why: string): void {
    if (this.#releasing) return;
    this.#log.info("{why}: {what}", { why, what });
    for (const managed of this.#interfaces.values()) managed.request(what);
  }

  #releaseAndEnd(why: string): void {
    this.#request("release", why);
    this.#releasing = true;
    this.#loop.after(RELEASE_WAIT_MS, () => this.#loop.stop());
    this.#released();
  }

  #released(): void {
    if (!this.#releasing) return;
    if ([...this.#interfaces.values()].every((managed) => managed.released)) this.#loop.stop();
  }

  /** Null when there can be none now: it may come with the next interface. */
  #hostDuid(): string | null {
    const path = `${this.#options.stateDir}/duid`;
    try {
      this.#duid ??= hostDuid(path, (warning) => this.#log.warning("{warning}", { warning }));
    } catch (error) {
      this.#log.error("Cannot keep {path}, the hardware address is sent instead: {reason}", {
        path,
        reason: errorText(error),
      });
    }
    return this.#duid;
  }

  /** Reads every interface's state anew, so that a lost event costs nothing. */
  #linksChanged(): void {
    this.#monitor.drain();
    for (const [index, managed] of this.#interfaces) {
      const link = this.#launched.netlink.link(index);
      if (link === null) {
        this.#log.error("{name} is gone", { name: managed.name });
        this.#interfaces.delete(index);
        this.#stop(managed, false);
      } else {
        managed.linkChanged(link);
      }
    }
    if (this.#interfaces.size === 0) this.#end(ExitCode.NOINPUT);
    else this.#configured(); // what is gone is waited for no longer
  }

  #configured(): void {
    if (!this.#options.oneshot) return;
    if ([...this.#interfaces.values()].every((managed) => managed.configured)) this.#loop.stop();
  }

  /** Whoever started the old program can start the new one, which takes over what is configured. */
  #replaced(): void {
    this.#keep = true;
    this.#end(ExitCode.TEMPFAIL);
  }

  #timedOut(): void {
    const without = [...this.#interfaces.values()].filter((managed) => !managed.configured);
    if (without.length === 0) return this.#loop.stop();
    const names = without.map((managed) => managed.name).join(", ");
    this.#log.error("no lease in time for {names}", { names });
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
