/**
 * The life of one interface's lease in the system: applied when the calf has written it, applied
 * again when that failed, ended when it is over even if no calf is there to say so.
 *
 * @module
 */

import { INFINITE_SECONDS, Ipv4Cidr, Seconds } from "../schema/values.ts";
import type { Origin } from "../schema/word_values.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { type AuditSink, NO_AUDIT } from "./audit/event.ts";
import { Backoff } from "./backoff.ts";
import { Configurator, type TimedLease } from "./configurator.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import type { HostNameHandler } from "./handlers/host_name.ts";
import type { Netlink } from "./handlers/netlink.ts";
import type { ResolvConf } from "./handlers/resolv_conf.ts";
import { Journal } from "./journal.ts";
import type { Lease } from "./kv/lease.ts";
import { errorText } from "./error_text.ts";
import { privLogger } from "./log.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";
import type { Preference } from "./preference.ts";

/** Pauses between attempts to apply a lease that the system refused. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const RETRY_QUIET_MS = 120_000;

/** No interface name has a colon, so that this is not the directory of another one. */
const JOURNAL_SUFFIX = ":owned";

/** How often is tried to take everything back when there is no later. */
const END_TRIES = 3;

/** The calf drops an expired lease itself; priv does it when the calf has not by then. */
const EXPIRY_GRACE_MS = 1_000;

/** What a keeper needs of its surroundings. */
export interface LeaseKeeperContext {
  /** The daemon's loop. */
  readonly loop: Pick<EventLoop, "now" | "after">;
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The host's resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** The host's name. */
  readonly hostName: HostNameHandler;
  /** The interface's place among the others, and the metric of its routes. */
  readonly preference: Preference;
  /** Directory in which what is ours is written down. */
  readonly runDir: string;
  /** Told of what is written there; nobody by default. */
  readonly audit?: AuditSink;
  /** How long handlers take, and how often they fail. */
  readonly handlers: Pick<HandlerStatistics, "measure" | "failed">;
  /** Called after each successful application of a lease. */
  readonly onConfigured: () => void;
  /** Called after each attempt, with the address that the system has from us (null = none). */
  readonly onApplied: (address: string | null, succeeded: boolean) => void;
  /** Called when the lease is over: the calf may have slept with the machine. */
  readonly onExpiry: () => void;
  /** Called when the lease is over and the calf has not said so. */
  readonly onExpired: () => void;
}

function textOf(timed: TimedLease | null): string | null {
  return timed === null ? null : Ipv4Cidr.format(timed.lease.address);
}

/** What is left of a lease while there is no carrier. */
function withoutRoutes(timed: TimedLease | null): TimedLease | null {
  return timed === null ? null : { ...timed, lease: { ...timed.lease, gateway: null, routes: [] } };
}

/** Where an address comes from, for the log. */
function sourceText({ origin, server, leaseSeconds }: Lease): string {
  const from = server ?? "an unnamed server";
  switch (origin) {
    case "dhcp":
      return `from ${from}, lease ${Seconds.format(leaseSeconds)} s`;
    case "inform":
      return server === null ? "as given" : `as given, the rest from ${server}`;
    case "ipv4ll":
      return "link-local, no server answers";
    case "static":
      return "as given, no server answers";
  }
}

/** See the module's description. */
export class LeaseKeeper {
  readonly #context: LeaseKeeperContext;
  readonly #name: string;
  readonly #configurator: Configurator;
  readonly #retry = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_QUIET_MS);
  /** What has been said of the present lease. */
  readonly #warnings = new Set<string>();
  #wanted: TimedLease | null = null;
  /** When its time began, milliseconds of CLOCK_BOOTTIME. */
  #beganMs = 0;
  #carrier: boolean;
  /** Whether the system is what it should be. */
  #succeeded = true;
  #retryTimer: Timer | null = null;
  #expiryTimer: Timer | null = null;

  /** Keeps the lease of the interface `link`. */
  constructor(context: LeaseKeeperContext, link: LinkState) {
    this.#context = context;
    this.#name = link.name;
    this.#carrier = link.running;
    const journal = `${context.runDir}/${link.name}${JOURNAL_SUFFIX}`;
    this.#configurator = new Configurator({
      netlink: context.netlink,
      index: link.index,
      metric: context.preference.metric,
      journal: new Journal(journal, link.index, context.audit ?? NO_AUDIT),
      handlers: context.handlers,
      now: () => context.loop.now(),
      warn: (text) => this.#warnOnce(text),
      info: (text) => privLogger(link.name).info("{text}", { text }),
    });
  }

  /** Whether the calf holds a lease. */
  get bound(): boolean {
    return this.#wanted !== null;
  }

  /** The lease that the calf holds; null = none. */
  get wanted(): Lease | null {
    return this.#wanted?.lease ?? null;
  }

  /** Where the address comes from that the system has now; null = it has none. */
  get origin(): Origin | null {
    return this.#configurator.applied?.lease.origin ?? null;
  }

  /** Whole seconds until `after` seconds of the lease are over; null without one, or when it never ends. */
  secondsUntil(after: (lease: Lease) => number | null): number | null {
    const seconds = this.#wanted === null ? null : after(this.#wanted.lease);
    if (seconds === null || seconds === INFINITE_SECONDS) return null;
    return Math.max(0, Math.round((this.#beganMs - this.#context.loop.now()) / 1000 + seconds));
  }

  /** Takes a new or renewed lease, whose time begins now; null = there is none any more. */
  set(lease: Lease | null): void {
    const now = this.#context.loop.now();
    this.#beganMs = now;
    this.#expiryTimer?.cancel();
    if (lease === null) {
      this.#wanted = null;
      this.#warnings.clear();
    } else {
      const expiresMs = lease.leaseSeconds === INFINITE_SECONDS
        ? null
        : now + lease.leaseSeconds * 1000;
      this.#wanted = { lease, expiresMs };
      if (expiresMs !== null) {
        this.#expiryTimer = this.#context.loop.after(expiresMs - now, () => this.#expire());
      }
    }
    this.apply();
  }

  /**
   * The carrier has come or gone. Without one the address stays, but nothing leads this way: the kernel
   * itself would go on using routes into a cable that is not there, and never those of another uplink.
   */
  setCarrier(carrier: boolean): void {
    this.#carrier = carrier;
    if (this.bound) this.apply();
  }

  /** The calf gets its grace from now, however long the machine has slept. */
  #expire(): void {
    const { loop, onExpiry, onExpired } = this.#context;
    this.#expiryTimer = loop.after(EXPIRY_GRACE_MS, onExpired);
    onExpiry();
  }

  /** Takes everything back, for good: a request that was lost is repeated at once. */
  end(): void {
    this.set(null);
    for (let n = 1; n < END_TRIES && !this.#succeeded; n++) this.apply();
    this.stop();
  }

  /** Makes the system follow the lease, if it does not already. */
  apply(): void {
    const { loop, onApplied, onConfigured } = this.#context;
    this.#retryTimer?.cancel();
    const configured = this.#configure();
    const resolved = this.#resolve();
    if (!configured || !resolved) {
      this.#retryTimer = loop.after(this.#retry.failed(loop.now()), () => this.apply());
    }
    this.#succeeded = configured && resolved;
    onApplied(textOf(this.#configurator.applied), this.#succeeded);
    if (configured && this.#wanted !== null) onConfigured();
  }

  /** Forgets the timers; what is configured stays. */
  stop(): void {
    this.#retryTimer?.cancel();
    this.#expiryTimer?.cancel();
  }

  #configure(): boolean {
    const log = privLogger(this.#name);
    const wanted = this.#carrier ? this.#wanted : withoutRoutes(this.#wanted);
    const before = textOf(this.#configurator.applied);
    const address = textOf(wanted);
    try {
      this.#configurator.apply(wanted);
    } catch (error) {
      const reason = errorText(error);
      log.error("Cannot configure {address}: {reason}", { address: address ?? "nothing", reason });
      return false;
    }
    if (wanted !== null && address !== before) {
      log.info("configured {address} {source}", { address, source: sourceText(wanted.lease) });
    }
    if (address === null && before !== null) log.info("removed {address}", { address: before });
    return true;
  }

  #resolve(): boolean {
    const log = privLogger(this.#name);
    const { resolvConf, hostName, preference, handlers } = this.#context;
    const lease = this.#configurator.applied?.lease ?? null;
    handlers.measure("host_name", () => hostName.apply(this.#name, lease, preference));
    try {
      const reachable = this.#carrier ? lease : null;
      const written = resolvConf === null ? "done" : handlers.measure(
        "resolv_conf",
        () => resolvConf.apply(this.#name, reachable, preference),
      );
      if (written === "changed by somebody else") {
        log.warning("the resolver configuration was changed by somebody else: left alone");
      }
      return true;
    } catch (error) {
      log.error("Cannot write the resolver configuration: {reason}", { reason: errorText(error) });
      return false;
    }
  }

  #warnOnce(text: string): void {
    if (this.#warnings.has(text)) return;
    this.#warnings.add(text);
    privLogger(this.#name).warning("{text}", { text });
  }
}
