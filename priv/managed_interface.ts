/**
 * One interface and its calf: starts and restarts the calf, relays its frames, answers its requests,
 * and hands the lease that it writes to the {@link LeaseKeeper}.
 *
 * @module
 */

import { KEYS, rightOf, type Role } from "../schema/keys.ts";
import { Errno } from "../ffi/errno.ts";
import { readFd } from "../ffi/fd.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { signalName } from "../ffi/process.ts";
import { receive, send } from "../ffi/socket.ts";
import { Backoff } from "./backoff.ts";
import { CalfLog } from "./calf_log.ts";
import { CalfProcess } from "./calf_process.ts";
import { errorText } from "./error_text.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import { ExitCode } from "./exit_code.ts";
import type { Netlink } from "./handlers/netlink.ts";
import type { ResolvConf } from "./handlers/resolv_conf.ts";
import { RunFiles } from "./handlers/run_files.ts";
import { readLease } from "./kv/lease.ts";
import { KvSession } from "./kv/server.ts";
import { type KvChange, KvStore } from "./kv/store.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import { calfLogger, privLogger } from "./log.ts";
import { macBytes } from "./mac.ts";
import { PacketRelay } from "./packet_relay.ts";

/** Whose rights the calf has. */
const ROLE: Role = "calf:dhcp4";

/** First and longest pause before a dead calf is started again, and when all is forgiven. */
const RESTART_FIRST_MS = 250;
const RESTART_MAX_MS = 60_000;
const RESTART_QUIET_MS = 120_000;

/** Control messages taken in one go before other descriptors have their turn. */
const BATCH = 32;
const MAX_MESSAGE = 8192;

/** What one interface shares with the rest of the daemon. */
export interface InterfaceContext {
  /** The daemon's loop. */
  readonly loop: EventLoop;
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The host's resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** Directory below which the interface's results go. */
  readonly runDir: string;
  /** Called after each successful application of a lease. */
  readonly onConfigured: () => void;
  /** Called when a calf cannot be confined here: a library or a kernel feature is missing. */
  readonly onUnavailable: () => void;
}

/** 128 random bits as 32 hex digits. */
function randomSeed(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** See the module's description. */
export class ManagedInterface {
  readonly #context: InterfaceContext;
  readonly #store = new KvStore();
  readonly #lease: LeaseKeeper;
  readonly #runFiles: RunFiles;
  readonly #restart = new Backoff(RESTART_FIRST_MS, RESTART_MAX_MS, RESTART_QUIET_MS);
  readonly #message = new Uint8Array(MAX_MESSAGE + 1);
  readonly #logBytes = new Uint8Array(4096);
  #link: LinkState;
  #relay: PacketRelay;
  #calf: CalfProcess | null = null;
  #session: KvSession | null = null;
  #calfLog: CalfLog | null = null;
  #restartTimer: Timer | null = null;

  /**
   * Takes over a `calf` that has just been started for `link`.
   *
   * @throws {ErrnoError} and file errors; the calf is ended then
   */
  constructor(context: InterfaceContext, link: LinkState, calf: CalfProcess) {
    this.#context = context;
    this.#link = link;
    this.#publishLink();
    this.#listenTo(calf);
    try {
      this.#runFiles = new RunFiles(`${context.runDir}/${link.name}`);
      this.#relay = this.#openRelay();
      if (!link.up) context.netlink.setLinkUp(link.index);
    } catch (error) {
      this.#dropCalf();
      throw error;
    }
    this.#lease = new LeaseKeeper(
      { ...context, onExpired: () => this.#expired() },
      link,
    );
    this.#store.subscribe((changes) => this.#committed(changes));
  }

  /** The interface's name. */
  get name(): string {
    return this.#link.name;
  }

  /** The interface's index. */
  get index(): number {
    return this.#link.index;
  }

  /** Whether the system follows a lease now. */
  get configured(): boolean {
    return this.#lease.configured;
  }

  /** Takes the interface's state after a link event. */
  linkChanged(link: LinkState): void {
    const log = privLogger(this.name);
    const before = this.#link;
    this.#link = link;
    if (link.mac !== before.mac) {
      log.warning("address changed from {before} to {after}: starting over", {
        before: before.mac,
        after: link.mac,
      });
      this.#startOver();
      return;
    }
    const flapped = link.running && before.running &&
      link.carrierChanges !== before.carrierChanges;
    if (flapped) {
      // It may be another network by now: the calf must see that the carrier was gone.
      log.info("carrier lost for a moment");
      this.#store.set("/link", "down");
    } else if (link.running === before.running && link.up === before.up) {
      return;
    } else {
      log.info(link.running ? "carrier up" : link.up ? "carrier lost" : "interface down");
    }
    // The kernel drops the routes of an interface that goes down, and only those.
    if (link.running && this.#lease.bound) this.#lease.apply();
    this.#publishLink();
  }

  /** Ends the calf; `keep` leaves the configuration and the results in place. */
  stop(keep: boolean): void {
    this.#restartTimer?.cancel();
    this.#dropCalf();
    this.#closeRelay();
    this.#lease.stop();
    if (keep) return;
    this.#lease.set(null);
    this.#attempt("remove the results", () => this.#runFiles.remove());
  }

  /** The filters are locked to the old address: everything but the store is made anew. */
  #startOver(): void {
    this.#restartTimer?.cancel();
    this.#dropCalf();
    this.#closeRelay();
    this.#dropLease();
    this.#publishLink();
    this.#relay = this.#openRelay();
    this.#startCalf();
  }

  #publishLink(): void {
    this.#store.set("/mac", this.#link.mac);
    this.#store.set("/link", this.#link.running ? "up" : "down");
  }

  #openRelay(): PacketRelay {
    const relay = new PacketRelay(this.#link, macBytes(this.#link.mac));
    this.#context.loop.onReadable(relay.fd, () => relay.fromNetwork(this.#calf?.netFd ?? null));
    return relay;
  }

  #closeRelay(): void {
    this.#context.loop.forget(this.#relay.fd);
    this.#relay.close();
  }

  #startCalf(): void {
    this.#listenTo(CalfProcess.start(macBytes(this.#link.mac), this.#link.name));
  }

  #listenTo(calf: CalfProcess): void {
    const { loop } = this.#context;
    const log = privLogger(this.name);
    this.#store.set("/seed", randomSeed());
    this.#calf = calf;
    this.#session = new KvSession(this.#store, {
      send: (message) => send(calf.ctlFd, message, message.length) === message.length,
      role: ROLE,
      audit: ({ operation, reason }) => {
        log.warning("refused to the calf: {operation}: {reason}", { operation, reason });
      },
      onMalformed: (reason) => {
        log.error("calf killed: {reason}", { reason });
        calf.kill();
      },
      nowMs: () => loop.now(),
    });
    const calfLog = calfLogger(this.name);
    this.#calfLog = new CalfLog(
      (level, text) => calfLog[level]("{text}", { text }),
      () => loop.now(),
    );
    loop.onReadable(calf.netFd, () => this.#fromCalfNet(calf));
    loop.onReadable(calf.ctlFd, () => this.#fromCalfCtl(calf));
    loop.onReadable(calf.logFd, () => this.#fromCalfLog(calf));
    loop.onReadable(calf.pidFd, () => this.#calfEnded(calf));
    log.debug("calf started, pid {pid}", { pid: calf.pid });
  }

  #fromCalfNet(calf: CalfProcess): void {
    if (!this.#relay.fromCalf(calf.netFd)) this.#context.loop.forget(calf.netFd);
  }

  #fromCalfCtl(calf: CalfProcess): void {
    for (let i = 0; i < BATCH && this.#calf === calf; i++) {
      const length = receive(calf.ctlFd, this.#message);
      if (length === -Errno.EAGAIN) return;
      if (length <= 0) return this.#context.loop.forget(calf.ctlFd);
      this.#session?.handle(this.#message.subarray(0, length));
    }
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
    const how = "signal" in end
      ? `killed by ${signalName(end.signal)}`
      : `exited with ${end.exitCode}`;
    this.#dropCalf();
    if ("exitCode" in end && end.exitCode === ExitCode.UNAVAILABLE) {
      // Its own last line says what is missing; another attempt would miss it too.
      this.#context.onUnavailable();
    } else {
      this.#restartLater(`calf ${how}`);
    }
  }

  #restartLater(reason: string): void {
    const { loop } = this.#context;
    const delay = this.#restart.failed(loop.now());
    privLogger(this.name).error("{reason}: starting it again in {delay} ms", { reason, delay });
    this.#restartTimer = loop.after(delay, () => {
      try {
        this.#startCalf();
      } catch (error) {
        this.#restartLater(errorText(error));
      }
    });
  }

  #dropCalf(): void {
    const calf = this.#calf;
    if (calf === null) return;
    this.#calf = null;
    this.#session?.close();
    this.#session = null;
    this.#calfLog?.end();
    for (const fd of [calf.pidFd, calf.netFd, calf.ctlFd, calf.logFd]) {
      this.#context.loop.forget(fd);
    }
    calf.endAndClose();
  }

  #committed(changes: readonly KvChange[]): void {
    // A renewal writes the same values again, and the lease's time begins anew.
    if (changes.some(({ path }) => path === "/ip")) this.#lease.set(readLease(this.#store));
    const results = this.#store.snapshot();
    for (const path of results.keys()) {
      if (rightOf(ROLE, KEYS.get(path)!) !== "w") results.delete(path);
    }
    // Last, so that who sees BOUND finds the whole lease.
    const state = results.get("/state");
    if (state !== undefined && results.delete("/state")) results.set("/state", state);
    this.#attempt("write the results", () => this.#runFiles.apply(results));
  }

  /** Takes away all that the calf has written but its state. */
  #dropLease(): void {
    this.#store.commit("priv", [{ path: "/", text: null }]);
  }

  #expired(): void {
    privLogger(this.name).warning("lease expired");
    this.#dropLease();
  }

  #attempt(what: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      privLogger(this.name).error("Cannot {what}: {reason}", { what, reason: errorText(error) });
    }
  }
}
