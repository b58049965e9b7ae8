/**
 * The life of one interface's lease in the system: applied when the calf has written it, applied
 * again when that failed, ended when it is over even if no calf is there to say so.
 *
 * @module
 */

import { INFINITE_SECONDS, Ipv4Cidr, Seconds } from "../schema/values.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { Backoff } from "./backoff.ts";
import { Configurator, type TimedLease } from "./configurator.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import type { Netlink } from "./handlers/netlink.ts";
import type { ResolvConf } from "./handlers/resolv_conf.ts";
import { Journal } from "./journal.ts";
import type { Lease } from "./kv/lease.ts";
import { errorText } from "./error_text.ts";
import { privLogger } from "./log.ts";

/** Pauses between attempts to apply a lease that the system refused. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const RETRY_QUIET_MS = 120_000;

/** No interface name has a colon, so that this is not the directory of another one. */
const JOURNAL_SUFFIX = ":owned";

/** The calf drops an expired lease itself; priv does it when the calf has not by then. */
const EXPIRY_GRACE_MS = 1_000;

/** What a keeper needs of its surroundings. */
export interface LeaseKeeperContext {
  /** The daemon's loop. */
  readonly loop: EventLoop;
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The host's resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** Directory in which what is ours is written down. */
  readonly runDir: string;
  /** Called after each successful application of a lease. */
  readonly onConfigured: () => void;
  /** Called when the lease is over and the calf has not said so. */
  readonly onExpired: () => void;
}

function textOf(timed: TimedLease | null): string | null {
  return timed === null ? null : Ipv4Cidr.format(timed.lease.address);
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
  #retryTimer: Timer | null = null;
  #expiryTimer: Timer | null = null;

  /** Keeps the lease of the interface `link`. */
  constructor(context: LeaseKeeperContext, link: LinkState) {
    this.#context = context;
    this.#name = link.name;
    this.#configurator = new Configurator({
      netlink: context.netlink,
      index: link.index,
      journal: new Journal(`${context.runDir}/${link.name}${JOURNAL_SUFFIX}`, link.index),
      now: () => context.loop.now(),
      warn: (text) => this.#warnOnce(text),
    });
  }

  /** Whether the calf holds a lease. */
  get bound(): boolean {
    return this.#wanted !== null;
  }

  /** Whether the system follows a lease now. */
  get configured(): boolean {
    return this.#configurator.applied !== null;
  }

  /** Takes a new or renewed lease, whose time begins now; null = there is none any more. */
  set(lease: Lease | null): void {
    const now = this.#context.loop.now();
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
        const delay = expiresMs - now + EXPIRY_GRACE_MS;
        this.#expiryTimer = this.#context.loop.after(delay, () => this.#context.onExpired());
      }
    }
    this.apply();
  }

  /** Makes the system follow the lease, if it does not already. */
  apply(): void {
    const { loop, onConfigured } = this.#context;
    this.#retryTimer?.cancel();
    const configured = this.#configure();
    const resolved = this.#resolve();
    if (!configured || !resolved) {
      this.#retryTimer = loop.after(this.#retry.failed(loop.now()), () => this.apply());
    }
    if (configured && this.#wanted !== null) onConfigured();
  }

  /** Forgets the timers; what is configured stays. */
  stop(): void {
    this.#retryTimer?.cancel();
    this.#expiryTimer?.cancel();
  }

  #configure(): boolean {
    const log = privLogger(this.#name);
    const wanted = this.#wanted;
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
      log.info("configured {address} from {server}, lease {time} s", {
        address,
        server: wanted.lease.server ?? "an unnamed server",
        time: Seconds.format(wanted.lease.leaseSeconds),
      });
    }
    if (address === null && before !== null) log.info("removed {address}", { address: before });
    return true;
  }

  #resolve(): boolean {
    const log = privLogger(this.#name);
    const lease = this.#configurator.applied?.lease ?? null;
    try {
      if (this.#context.resolvConf?.apply(this.#name, lease) === "changed by somebody else") {
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
