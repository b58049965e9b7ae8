/**
 * The privileged daemon: the interfaces of the command line, the signals, and the end.
 *
 * @module
 */

import { LinkMonitor } from "../ffi/netlink.ts";
import { signalName } from "../ffi/process.ts";
import { openSignalFd, readSignal, Signal } from "../ffi/signal.ts";
import { AuditLog } from "./audit/audit_log.ts";
import { AuditedNetlink } from "./audit/audited_netlink.ts";
import { type AuditAction, type AuditResult, type AuditSink, NO_AUDIT } from "./audit/event.ts";
import type { ClientRequest } from "../schema/word_values.ts";
import { confineDaemon } from "./confinement/confine_daemon.ts";
import { EventLoop } from "./event_loop.ts";
import { errorText } from "./error_text.ts";
import { ExitCode } from "./exit_code.ts";
import { groupId } from "./group.ts";
import type { Netlink } from "./handlers/netlink.ts";
import { changedInterfaces, isSame } from "./interface_changes.ts";
import { interfaceOptions } from "./interface_options.ts";
import { InterfaceSelection } from "./interface_selection.ts";
import { HostState } from "./host_state.ts";
import { InterfaceSet } from "./interface_set.ts";
import type { StartedInterface } from "./interface_start.ts";
import { ENDING_SIGNALS, HANDLED_SIGNALS, type Launched } from "./launch.ts";
import { rehearse } from "./kv/rehearsal.ts";
import { Listeners } from "./listeners.ts";
import { configureLog, type Log, privLogger } from "./log.ts";
import { ManagedInterface } from "./managed_interface.ts";
import { HandlerStatistics } from "./metrics/statistics.ts";
import type { Observers } from "./observers.ts";
import { Notifier } from "./notify.ts";
import { OperatorSide } from "./operator_side.ts";
import type { PrivOptions } from "./options.ts";
import { Readiness } from "./readiness.ts";
import { ReadyMarker } from "./ready_marker.ts";
import { routeMetric } from "./preference.ts";
import { timeoutText } from "./timeout_text.ts";
import { VERSION } from "./version.ts";

/** Without a lease, what operators need is loaded after this: calves have come into being by then. */
const OBSERVERS_AFTER_MS = 300;

/** How long the end waits for calves to give their leases back. */
const RELEASE_WAIT_MS = 3_000;

class Daemon {
  #options: PrivOptions;
  /** Null until they listen. */
  #listeners: Listeners | null = null;
  /** Null until they are loaded. */
  #observers: Observers | null = null;
  /** Why the configuration is to be read again once they are. */
  #reloadWanted: string | null = null;
  #logSinks: Log;
  readonly #loop = new EventLoop();
  readonly #launched: Launched;
  readonly #monitor = new LinkMonitor();
  readonly #interfaces: InterfaceSet;
  readonly #log = privLogger();
  readonly #operators: OperatorSide;
  readonly #audit: AuditLog | null;
  readonly #netlink: Netlink;
  readonly #handlers = new HandlerStatistics();
  readonly #readiness: Readiness;
  readonly #host: HostState;
  /** Whose members may use the sockets. */
  readonly #group: number | null;
  /** The end has begun and waits for releases. */
  #releasing = false;
  #exitCode: ExitCode = ExitCode.OK;
  #keep: boolean;

  constructor(options: PrivOptions, launched: Launched) {
    this.#options = options;
    this.#logSinks = this.#configureLog();
    this.#launched = launched;
    const { runDir } = options;
    this.#group = this.#controlGroup();
    this.#audit = this.#openAudit();
    const audit: AuditSink = this.#audit ?? NO_AUDIT;
    launched.audit.handOver(audit);
    this.#netlink = new AuditedNetlink(launched.netlink, audit);
    this.#host = new HostState(options, audit);
    this.#interfaces = new InterfaceSet({
      ...launched,
      netlink: this.#netlink,
      audit,
      loop: this.#loop,
      runDir,
      manage: (started) => this.#manage(started),
    });
    this.#operators = new OperatorSide({
      loop: this.#loop,
      version: VERSION,
      audit,
      auditStatus: () => this.#audit?.status ?? null,
      waiting: () => this.#interfaces.missing,
      onReload: () => this.#reload("an operator asks"),
      debug: (text) => this.#log.debug("{text}", { text }),
      warn: (text) => this.#warn(text),
    });
    this.#readiness = new Readiness({
      notifier: this.#makeNotifier(),
      tree: this.#operators.tree,
      onTurnEnd: (run) => this.#loop.onTurnEnd(run),
      noWait: options.services.noWait,
      waiting: () => this.#interfaces.missing,
    });
    this.#keep = options.persistent || options.oneshot;
  }

  #makeNotifier(): Notifier | ReadyMarker {
    if (this.#options.layers.line.dhcpcd?.marksReady === true) return new ReadyMarker();
    return new Notifier({
      env: (name) => Deno.env.get(name),
      pid: Deno.pid,
      loop: this.#loop,
      warn: (text) => this.#warn(text),
    });
  }

  #configureLog(): Log {
    return configureLog(this.#options.services.log, {
      onProblem: (name, _, text) => this.#noteProblem(name, text),
    });
  }

  /** Not yet while the daemon is being made. */
  #noteProblem(name: string | null, text: string): void {
    const interfaces: InterfaceSet | undefined = this.#interfaces;
    const managed = interfaces?.all.find((each) => each.name === name);
    if (managed !== undefined) managed.status.noteProblem(text);
    else this.#operators?.status.noteProblem(name === null ? text : `${name}: ${text}`);
  }

  /** A group that cannot be found costs its members the sockets, and nobody a lease. */
  #controlGroup(): number | null {
    const { group } = this.#options.services.control;
    try {
      return group === null ? null : groupId(group);
    } catch (error) {
      const reason = errorText(error);
      this.#log.error("{reason}: only root may use the sockets", { reason });
      return null;
    }
  }

  #openAudit(): AuditLog | null {
    const { file, maxBytes, keep } = this.#options.services.audit;
    if (file === null) return null;
    const audit = AuditLog.open({
      ...{ file, maxBytes, keep, group: this.#group, loop: this.#loop, now: Date.now },
      warn: (text) => this.#warn(text),
    });
    const detail = `version ${VERSION}, pid ${Deno.pid}`;
    audit.record({ actor: "priv", action: "daemon-start", result: "ok", detail });
    this.#loop.onTurnEnd(() => {
      if (audit.waiting > 0) this.#handlers.measure("audit", () => audit.flush());
    });
    return audit;
  }

  /** Runs the loop twice: for the first lease, and then with all that operators need. */
  async run(): Promise<ExitCode> {
    try {
      this.#begin();
      this.#loop.run();
      if (!this.#loop.stopped) {
        const { Observers } = await import("./observers.ts");
        this.#observe(Observers);
        this.#loop.run();
      }
    } finally {
      this.#finish();
    }
    return this.#exitCode;
  }

  #begin(): void {
    this.#log.info("mirage-dhcp {version} begins", { version: VERSION });
    this.#operators.status.publish({
      "/command-line": Deno.args.join(" ") || null,
      "/resolv-conf": this.#options.resolvConf,
    });
    this.#tellConfiguration(this.#options.warnings);
    this.#watchSignals();
    this.#readiness.start();
    this.#interfaces.adopt(this.#launched.interfaces);
    this.#loop.onReadable(this.#monitor.fd, () => this.#linksChanged());
    // What changed between the look-up at launch and the subscription is seen now.
    this.#linksChanged();
    const { oneshot, timeoutMs } = this.#options;
    if (oneshot && timeoutMs !== null) this.#loop.after(timeoutMs, () => this.#timedOut());
    this.#loop.after(OBSERVERS_AFTER_MS, () => this.#loadObservers());
    rehearse(); // the calves are not there yet
    const warn = (text: string) => this.#warn(text);
    this.#listeners = new Listeners({ options: this.#options, group: this.#group, warn });
    confineDaemon(this.#options, {
      hostName: this.#host.hostName.mayChange,
      group: this.#group,
      log: this.#log,
      record: (detail) => this.#record("privilege-drop", "ok", { detail }),
      publish: (layers) => this.#operators.status.publish({ "/sandbox/layers": layers }),
    });
    this.#audit?.flush();
  }

  #warn(text: string): void {
    this.#log.warning("{text}", { text });
  }

  #loadObservers(): void {
    if (this.#observers === null) this.#loop.pause();
  }

  #observe(Loaded: typeof Observers): void {
    this.#observers = new Loaded({
      loop: this.#loop,
      operators: this.#operators,
      handlers: this.#handlers,
      options: this.#options,
      group: this.#group,
      listeners: this.#listeners!,
      warn: (text) => this.#warn(text),
    });
    if (this.#reloadWanted !== null) this.#reload(this.#reloadWanted);
  }

  #finish(): void {
    this.#interfaces.stop(this.#keep);
    this.#observers?.close();
    this.#listeners?.close();
    this.#record("daemon-end", "ok", { detail: `exit code ${this.#exitCode}` });
    this.#audit?.close();
  }

  #manage({ link, calf, rank }: StartedInterface): ManagedInterface {
    const { metric: base, interfaces } = this.#options;
    const metric = interfaceOptions(this.#options, link.name).metric ??
      routeMetric(base, interfaces, { rank, index: link.index });
    return new ManagedInterface(
      {
        loop: this.#loop,
        netlink: this.#netlink,
        audit: this.#audit ?? NO_AUDIT,
        handlers: this.#handlers,
        resolvConf: this.#host.resolvConf,
        hostName: this.#host.hostName,
        preference: { rank, metric },
        options: this.#options,
        host: this.#host.identity,
        onReleased: () => this.#released(),
        onConfigured: () => {
          this.#readiness.configured();
          this.#loadObservers();
          this.#configured();
        },
        tree: this.#operators.tree,
        onRefused: (name, record) => this.#operators.refusedToCalf(name, record),
        onUnavailable: () => this.#end(ExitCode.UNAVAILABLE),
        startCalf: this.#launched.startCalf,
        onNoMoreCalves: () => this.#startAnew(),
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
      if (signal === Signal.SIGHUP) return this.#reload(name);
      if (!ENDING_SIGNALS.includes(signal)) return this.#log.debug("{name} ignored", { name });
      this.#log.info("{name}: ending", { name });
      this.#readiness.stopping();
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

  #reload(why: string): void {
    // Another calf would ask for what is being given back.
    if (this.#releasing) return this.#log.info("{why}: ending, nothing is read again", { why });
    const observers = this.#observers;
    if (observers === null) {
      this.#reloadWanted = why;
      return this.#loadObservers();
    }
    this.#readiness.reloading();
    this.#logSinks.reopen();
    // The same error may come again, and whoever waits for it must hear it.
    this.#operators.status.publish({ "/config/error": null });
    this.#readConfiguration(observers, why);
    this.#readiness.reloaded();
  }

  /** A file that is wrong changes nothing. */
  #readConfiguration(observers: Observers, why: string): void {
    const result = observers.reload(this.#options);
    const detail = result.ok ? {} : { detail: result.reason };
    this.#record("config-load", result.ok ? "ok" : "failed", detail);
    if (!result.ok) {
      const { reason } = result;
      this.#log.error("{why}: the configuration stays as it was: {reason}", { why, reason });
      return this.#operators.status.publish({ "/config/error": reason });
    }
    const file = result.options.configFile ?? "there is no file";
    this.#log.info("{why}: the configuration has been read again: {file}", { why, file });
    this.#adoptOptions(result.options, result.warnings);
  }

  #adoptOptions(options: PrivOptions, warnings: readonly string[]): void {
    const before = this.#options;
    this.#options = options;
    this.#keep = options.persistent || options.oneshot;
    if (!isSame(before.services.log, options.services.log)) this.#logSinks = this.#configureLog();
    this.#tellConfiguration(warnings);
    this.#interfaces.select(new InterfaceSelection(options.interfaces, options.denied));
    this.#interfaces.refresh();
    const names = this.#interfaces.all.map(({ name }) => name);
    for (const name of changedInterfaces(before, options, names)) this.#interfaces.restart(name);
  }

  #tellConfiguration(warnings: readonly string[]): void {
    for (const warning of warnings) this.#log.warning("{warning}", { warning });
    this.#operators.status.configured(this.#options.configFile, warnings);
  }

  #record(action: AuditAction, result: AuditResult, more: { detail?: string } = {}): void {
    this.#audit?.record({ actor: "priv", action, result, ...more });
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

  #linksChanged(): void {
    this.#monitor.drain();
    this.#interfaces.refresh();
    this.#configured(); // a pattern may be fitted by fewer now
  }

  #configured(): void {
    const { oneshot, layers: { line } } = this.#options;
    if (oneshot && this.#interfaces.isSettled(line.dhcpcd !== undefined)) this.#end(ExitCode.OK);
  }

  /** Whoever started this daemon can start another one, which takes over what is configured. */
  #startAnew(): void {
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
    this.#readiness.stopping();
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
export async function runDaemon(options: PrivOptions, launched: Launched): Promise<ExitCode> {
  return await new Daemon(options, launched).run();
}
