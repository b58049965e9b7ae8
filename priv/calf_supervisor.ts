/**
 * Keeps a calf running for one interface: takes over the first, listens to its descriptors, kills it
 * when it breaks the rules or hangs, and starts another one when it has ended.
 *
 * @module
 */

import type { Role } from "../schema/keys.ts";
import { Errno } from "../ffi/errno.ts";
import { readFd } from "../ffi/fd.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { isExecutableDeleted, signalName } from "../ffi/process.ts";
import { receive, send, unreadBytes } from "../ffi/socket.ts";
import type { AuditAction, AuditResult, AuditSink } from "./audit/event.ts";
import { Backoff } from "./backoff.ts";
import { CalfLog, calfLogLimit } from "./calf_log.ts";
import type { CalfEnd, CalfProcess, StartCalf } from "./calf_process.ts";
import { admitCalf, startCalfProcess } from "./calf_start.ts";
import { CalfWatchdog } from "./calf_watchdog.ts";
import { errorText } from "./error_text.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import { ExitCode } from "./exit_code.ts";
import { bytesToHex } from "./hex.ts";
import { type AuditRecord, KvSession } from "./kv/server.ts";
import type { KvStore } from "./kv/store.ts";
import type { TokenBucket } from "./kv/token_bucket.ts";
import { SpawnerGoneError } from "./spawner/spawner.ts";
import { calfLogger, privLogger } from "./log.ts";
import { macBytes } from "./mac.ts";
import { PacketRelay, type RelayCounters } from "./packet_relay.ts";
import { CalfStatus } from "./status/calf_status.ts";

/** Whose rights the calf has. */
const ROLE: Role = "calf:dhcp4";

/** First and longest pause before a dead calf is started again, and when all is forgiven. */
const RESTART_FIRST_MS = 250;
const RESTART_MAX_MS = 60_000;
const RESTART_QUIET_MS = 120_000;

/** Control messages taken in one go before other descriptors have their turn. */
const BATCH = 32;
const MAX_MESSAGE = 16384;

/** A calf that sends so many frames too fast, without being asked, is killed. */
const MAX_UNPROVOKED_FRAMES = 10_000;

/** What a supervisor needs of its surroundings. */
export interface CalfSupervisorContext {
  /** The daemon's loop. */
  readonly loop: EventLoop;
  /** Called before a calf is listened to: what it is told is to be made up to date. */
  readonly onStart: () => void;
  /** Told of starts and ends. */
  readonly audit: AuditSink;
  /** Told of each request of the calf that was refused. */
  readonly onRefused: (record: AuditRecord) => void;
  /** Called when a calf cannot be confined here: a library or a kernel feature is missing. */
  readonly onUnavailable: () => void;
  /** Starts calves. */
  readonly startCalf: StartCalf;
  /** Called when no calf can be started any more: the executable file is another one, or no spawner is left. */
  readonly onNoMoreCalves: () => void;
}

/** 128 random bits as 32 hex digits. */
function randomSeed(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
}

function describeEnd(end: CalfEnd): string {
  if (end === "unknown") return "calf ended";
  if ("exitCode" in end) return `calf exited with ${end.exitCode}`;
  return `calf killed by ${signalName(end.signal)}`;
}

/** See the module's description. */
export class CalfSupervisor {
  readonly #context: CalfSupervisorContext;
  readonly #store: KvStore;
  readonly #restart = new Backoff(RESTART_FIRST_MS, RESTART_MAX_MS, RESTART_QUIET_MS);
  readonly #logLimit: TokenBucket;
  readonly #status: CalfStatus;
  readonly #message = new Uint8Array(MAX_MESSAGE + 1);
  readonly #logBytes = new Uint8Array(4096);
  #link: LinkState;
  /** The address that the interface has from its calf, for which the calf may speak. */
  #own: string | null = null;
  #relay: PacketRelay | null = null;
  #calf: CalfProcess | null = null;
  #session: KvSession | null = null;
  #calfLog: CalfLog | null = null;
  #watchdog: CalfWatchdog | null = null;
  #killed = false;
  /** The calf has asked for something: it is confined, and nothing was missing. */
  #spoke = false;
  #unprovokedBefore = 0;
  #timer: Timer | null = null;

  /**
   * Takes over a `calf` that has just been started for `link`, and opens the packet socket.
   *
   * @throws {ErrnoError} when that fails; the calf is ended then
   */
  constructor(
    context: CalfSupervisorContext,
    store: KvStore,
    link: LinkState,
    calf: CalfProcess,
  ) {
    this.#context = context;
    this.#store = store;
    this.#link = link;
    this.#status = new CalfStatus(store);
    this.#logLimit = calfLogLimit(() => context.loop.now());
    this.#listenTo(calf);
    try {
      this.#relay = this.#openRelay();
    } catch (error) {
      this.#dropCalf();
      throw error;
    }
  }

  /** What is known of the calf. */
  get status(): CalfStatus {
    return this.#status;
  }

  /** What has passed between the network and the calf; null while nothing can. */
  get counters(): RelayCounters | null {
    return this.#relay?.counters ?? null;
  }

  /** The calf says that it is confined: what the kernel says of it is published and recorded, once. */
  confirmConfinement(): void {
    const seen = this.#status.confined();
    if (seen === null) return;
    this.#record("calf-confined", seen.text, seen.complete ? "ok" : "failed");
    // No calf of ours gets here without these layers: it is not one of ours any more.
    if (!seen.complete) this.kill(`it is not confined: ${seen.text}`);
  }

  /** Starts a calf for `link` behind new filters, which are locked to its address. After {@link halt}. */
  start(link: LinkState): void {
    this.#link = link;
    this.#start();
  }

  /**
   * The interface's address from its calf is now `own` (null = none): the calf, and those after it, may
   * send ARP and DHCP with it and with no other one.
   */
  setOwnAddress(own: string | null): void {
    if (own === this.#own) return;
    this.#own = own;
    if (this.#calf === null || this.#killed) return;
    try {
      admitCalf(this.#calf, this.#link, this.#context.audit, own);
    } catch (error) {
      this.kill(`its filter cannot be changed: ${errorText(error)}`);
    }
  }

  /** Ends the calf, and starts no other one until {@link start}. */
  halt(): void {
    this.#timer?.cancel();
    try {
      this.#dropCalf();
    } finally {
      this.#closeRelay();
    }
  }

  #closeRelay(): void {
    const relay = this.#relay;
    if (relay === null) return;
    this.#relay = null;
    this.#context.loop.forget(relay.fd);
    this.#status.relayClosed(relay.counters);
    relay.close();
  }

  /** Kills the calf; another one is started after a pause. Nothing happens while there is none. */
  kill(reason: string): void {
    if (this.#calf === null || this.#killed) return;
    privLogger(this.#link.name).error("calf killed: {reason}", { reason });
    this.#record("process-kill", reason);
    this.#killNow(this.#calf);
  }

  /** Of what it has sent, only the log matters from now on. */
  #killNow(calf: CalfProcess): void {
    this.#killed = true;
    this.#watchdog?.stop();
    this.#context.loop.forget(calf.netFd);
    this.#context.loop.forget(calf.ctlFd);
    try {
      calf.kill();
    } catch (error) {
      // It may not be killed: then without its channels it ends, or the daemon does.
      this.#dropCalf();
      this.#startLater(errorText(error));
    }
  }

  #record(action: AuditAction, detail: string, result: AuditResult = "ok"): void {
    const { name } = this.#link;
    this.#context.audit.record({ actor: "priv", interface: name, action, result, detail });
  }

  #openRelay(): PacketRelay {
    const { loop } = this.#context;
    const relay = new PacketRelay(this.#link, macBytes(this.#link.mac), () => loop.now());
    loop.onReadable(relay.fd, () => relay.fromNetwork(this.#calf?.netFd ?? null));
    return relay;
  }

  #start(): void {
    try {
      if (isExecutableDeleted()) {
        privLogger(this.#link.name).error(
          "Cannot start a calf: the executable has been replaced, and must be started anew",
        );
        return this.#context.onNoMoreCalves();
      }
      this.#relay ??= this.#openRelay();
      const { startCalf, audit } = this.#context;
      this.#listenTo(startCalfProcess(this.#link, startCalf, audit, this.#own));
    } catch (error) {
      if (!(error instanceof SpawnerGoneError)) return this.#startLater(errorText(error));
      privLogger(this.#link.name).error("{reason}", { reason: errorText(error) });
      this.#context.onNoMoreCalves();
    }
  }

  #startLater(reason: string): void {
    const { loop } = this.#context;
    const delay = this.#restart.failed(loop.now());
    const log = privLogger(this.#link.name);
    log.error("{reason}: next start in {delay} ms", { reason, delay });
    this.#timer = loop.after(delay, () => this.#start());
  }

  #listenTo(calf: CalfProcess): void {
    const { loop } = this.#context;
    this.#context.onStart();
    this.#store.set("/seed", randomSeed());
    this.#status.started(calf.pid);
    const log = privLogger(this.#link.name);
    const logger = calfLogger(this.#link.name);
    this.#calf = calf;
    this.#killed = false;
    this.#spoke = false;
    this.#unprovokedBefore = this.#relay?.unprovoked ?? 0;
    this.#calfLog = new CalfLog(
      (level, text) => logger[level]("{text}", { text }),
      this.#logLimit,
    );
    this.#session = new KvSession(this.#store, {
      send: (message) => send(calf.ctlFd, message, message.length) === message.length,
      role: ROLE,
      count: (result) => this.#status.count(result),
      audit: (record) => {
        this.#context.onRefused(record);
        if (!this.#logLimit.take()) return;
        const { operation, reason } = record;
        log.warning("refused to the calf: {operation}: {reason}", { operation, reason });
      },
      onMalformed: (reason) => this.kill(reason),
      nowMs: () => loop.now(),
    });
    this.#watchdog = new CalfWatchdog(loop, {
      poke: () => this.#session?.poke(),
      unread: () => unreadBytes(calf.ctlFd),
      spoke: () => this.#spoke,
      onHang: (reason) => this.kill(reason),
    });
    loop.onReadable(calf.netFd, () => this.#fromCalfNet(calf));
    loop.onReadable(calf.ctlFd, () => this.#fromCalfCtl(calf));
    loop.onReadable(calf.logFd, () => this.#fromCalfLog(calf));
    loop.onReadable(calf.pidFd, () => this.#calfEnded(calf));
    log.debug("calf started, pid {pid}", { pid: calf.pid });
  }

  #fromCalfNet(calf: CalfProcess): void {
    const relay = this.#relay;
    if (relay === null) return;
    if (!relay.fromCalf(calf.netFd)) return this.#channelEnded(calf);
    const unprovoked = relay.unprovoked - this.#unprovokedBefore;
    if (unprovoked > MAX_UNPROVOKED_FRAMES) this.kill("too many frames");
    if (relay.orphaned) this.#reopen();
  }

  /** The interface was away, in another namespace say, and is back before anybody has looked. */
  #reopen(): void {
    privLogger(this.#link.name).warning("the interface was gone for a moment");
    this.#closeRelay();
    try {
      this.#relay = this.#openRelay();
      this.#unprovokedBefore = 0;
    } catch (error) {
      this.kill(errorText(error));
    }
  }

  #fromCalfCtl(calf: CalfProcess): void {
    for (let i = 0; i < BATCH && this.#calf === calf && !this.#killed; i++) {
      const length = receive(calf.ctlFd, this.#message);
      if (length === -Errno.EAGAIN) return;
      if (length <= 0) return this.#channelEnded(calf);
      this.#spoke = true;
      this.#session?.handle(this.#message.subarray(0, length));
    }
  }

  /**
   * It has closed a channel or sent an empty message. Or it is dying by itself, and then the signal
   * comes too late to change how it ends.
   */
  #channelEnded(calf: CalfProcess): void {
    if (this.#killed) return;
    privLogger(this.#link.name).debug("a channel of the calf has ended");
    this.#killNow(calf);
  }

  #fromCalfLog(calf: CalfProcess): void {
    const length = readFd(calf.logFd, this.#logBytes);
    if (length > 0) this.#calfLog?.write(this.#logBytes.subarray(0, length));
    else if (length !== -Errno.EAGAIN) this.#context.loop.forget(calf.logFd);
  }

  #calfEnded(calf: CalfProcess): void {
    const end = calf.end();
    if (end === null) return;
    this.#fromCalfLog(calf);
    const how = describeEnd(end);
    this.#status.ended(how);
    this.#record("process-end", how);
    this.#dropCalf();
    const code = end !== "unknown" && "exitCode" in end ? end.exitCode : null;
    if (code === ExitCode.UNAVAILABLE && !this.#spoke) {
      // Its own last line says what is missing; another attempt would miss it too. Later on it is
      // no excuse: a calf that has been taken over could end the daemon with it.
      this.#context.onUnavailable();
    } else {
      this.#startLater(how);
    }
  }

  #dropCalf(): void {
    const calf = this.#calf;
    if (calf === null) return;
    this.#calf = null;
    this.#watchdog?.stop();
    this.#session?.close();
    this.#session = null;
    this.#calfLog?.end();
    for (const fd of [calf.pidFd, calf.netFd, calf.ctlFd, calf.logFd]) {
      this.#context.loop.forget(fd);
    }
    calf.endAndClose();
  }
}
