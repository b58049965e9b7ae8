/**
 * The privileged daemon: the interfaces of the command line, the signals, and the end.
 *
 * @module
 */

import { getHostName, setHostName } from "../ffi/host_name.ts";
import { LinkMonitor } from "../ffi/netlink.ts";
import { signalName } from "../ffi/process.ts";
import { openSignalFd, readSignal, Signal } from "../ffi/signal.ts";
import type { ClientRequest } from "../schema/word_values.ts";
import { hostDuid } from "./duid.ts";
import { EventLoop } from "./event_loop.ts";
import { errorText } from "./error_text.ts";
import { ExitCode } from "./exit_code.ts";
import { HostNameHandler } from "./handlers/host_name.ts";
import { LoanRecord } from "./handlers/loan_record.ts";
import { ResolvConf } from "./handlers/resolv_conf.ts";
import { InterfaceSet } from "./interface_set.ts";
import type { StartedInterface } from "./interface_start.ts";
import { ENDING_SIGNALS, HANDLED_SIGNALS, type Launched } from "./launch.ts";
import { rehearse } from "./kv/rehearsal.ts";
import { configureLog, privLogger } from "./log.ts";
import { ManagedInterface } from "./managed_interface.ts";
import type { PrivOptions } from "./options.ts";
import { routeMetric } from "./preference.ts";
import { timeoutText } from "./timeout_text.ts";
import { VERSION } from "./version.ts";

/** How long the end waits for calves to give their leases back. */
const RELEASE_WAIT_MS = 3_000;

/** No interface's name has a colon, so that this is not the directory of one. */
const HOST_NAME_RECORD = ":hostname";

class Daemon {
  readonly #options: PrivOptions;
  readonly #loop = new EventLoop();
  readonly #launched: Launched;
  readonly #monitor = new LinkMonitor();
  readonly #interfaces: InterfaceSet;
  readonly #log = privLogger();
  readonly #resolvConf: ResolvConf | null;
  readonly #hostName: HostNameHandler;
  #duid: string | null = null;
  /** The end has begun and waits for releases. */
  #releasing = false;
  #exitCode: ExitCode = ExitCode.OK;
  #keep: boolean;

  constructor(options: PrivOptions, launched: Launched) {
    this.#options = options;
    this.#launched = launched;
    const { resolvConf, runDir, applyHostName } = options;
    this.#resolvConf = resolvConf === null
      ? null
      : new ResolvConf(resolvConf, this.#resolvConfRecord());
    this.#hostName = new HostNameHandler({
      mode: applyHostName,
      record: `${runDir}/${HOST_NAME_RECORD}`,
      kernel: { get: getHostName, set: setHostName },
      info: (text) => this.#log.info("{text}", { text }),
      warn: (text) => this.#log.warning("{text}", { text }),
    });
    this.#interfaces = new InterfaceSet({
      ...launched,
      loop: this.#loop,
      runDir,
      manage: (started) => this.#manage(started),
    });
    this.#keep = options.persistent || options.oneshot;
  }

  /** On a read-only system the original of resolv.conf is kept as long as the machine runs. */
  #resolvConfRecord(): LoanRecord {
    const { stateDir, runDir } = this.#options;
    // No interface's name has a colon.
    const paths = [`${stateDir}/resolv.conf.saved`, `${runDir}/:resolv.conf.saved`];
    return new LoanRecord(paths, (_, error) => {
      this.#log.warning("nothing can be kept in {stateDir}: {reason}", {
        stateDir,
        reason: errorText(error),
      });
    });
  }

  run(): ExitCode {
    this.#log.info("mirage-dhcp {version} begins", { version: VERSION });
    this.#watchSignals();
    try {
      this.#interfaces.adopt(this.#launched.interfaces);
      this.#loop.onReadable(this.#monitor.fd, () => this.#linksChanged());
      // What changed between the look-up at launch and the subscription is seen now.
      this.#linksChanged();
      const { oneshot, timeoutMs } = this.#options;
      if (oneshot && timeoutMs !== null) this.#loop.after(timeoutMs, () => this.#timedOut());
      rehearse(); // the calves are not there yet
      this.#loop.run();
    } finally {
      this.#interfaces.stop(this.#keep);
    }
    return this.#exitCode;
  }

  #manage({ link, calf, rank }: StartedInterface): ManagedInterface {
    const { metric: base, interfaces } = this.#options;
    const metric = routeMetric(base, interfaces, { rank, index: link.index });
    return new ManagedInterface(
      {
        loop: this.#loop,
        netlink: this.#launched.netlink,
        resolvConf: this.#resolvConf,
        hostName: this.#hostName,
        preference: { rank, metric },
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
    for (const managed of this.#interfaces.all) managed.request(what);
  }

  #releaseAndEnd(why: string): void {
    this.#request("release", why);
    this.#releasing = true;
    this.#loop.after(RELEASE_WAIT_MS, () => this.#loop.stop());
    this.#released();
  }

  #released(): void {
    if (!this.#releasing) return;
    if (this.#interfaces.all.every((managed) => managed.released)) this.#loop.stop();
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

  #linksChanged(): void {
    this.#monitor.drain();
    this.#interfaces.refresh();
    this.#configured(); // a pattern may be fitted by fewer now
  }

  #configured(): void {
    if (this.#options.oneshot && this.#interfaces.unsettled.length === 0) this.#loop.stop();
  }

  /** Whoever started the old program can start the new one, which takes over what is configured. */
  #replaced(): void {
    this.#keep = true;
    this.#end(ExitCode.TEMPFAIL);
  }

  #timedOut(): void {
    const { unsettled, missing } = this.#interfaces;
    const reason = timeoutText(unsettled, missing);
    this.#log.error("{reason}", { reason });
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
  configureLog(options.services.log);
  return new Daemon(options, launched).run();
}
