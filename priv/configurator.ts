/**
 * Makes an interface's configuration in the kernel what its lease says, all of it or none of it, and
 * keeps the book of what is ours.
 *
 * @module
 */

import { FOREVER } from "../ffi/netlink.ts";
import { AddressHandler } from "./handlers/address.ts";
import { MtuHandler } from "./handlers/mtu.ts";
import type { Netlink } from "./handlers/netlink.ts";
import { RouteHandler } from "./handlers/route.ts";
import { errorText } from "./error_text.ts";
import type { Journal, Owned } from "./journal.ts";
import type { Lease } from "./kv/lease.ts";
import type { HandlerName, HandlerStatistics } from "./metrics/statistics.ts";

/** A lease with the moment at which it ends. */
export interface TimedLease {
  /** What the calf wrote. */
  readonly lease: Lease;
  /** Milliseconds of CLOCK_BOOTTIME; null = never. */
  readonly expiresMs: number | null;
}

/** Seconds from `nowMs` until `timed` ends, for the kernel: at least 1, or {@link FOREVER}. */
export function secondsLeft(timed: TimedLease, nowMs: number): number {
  if (timed.expiresMs === null) return FOREVER;
  return Math.min(FOREVER - 1, Math.max(1, Math.ceil((timed.expiresMs - nowMs) / 1000)));
}

/** What a configurator needs of its surroundings. */
export interface ConfiguratorContext {
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The interface's index. */
  readonly index: number;
  /** Metric of its routes. */
  readonly metric: number;
  /** Where what is ours is written down. */
  readonly journal: Journal;
  /** How long each handler takes, and how often it fails. */
  readonly handlers: Pick<HandlerStatistics, "measure" | "failed">;
  /** Milliseconds of CLOCK_BOOTTIME. */
  readonly now: () => number;
  /** Told of what a lease asks for and cannot have. */
  readonly warn: (text: string) => void;
  /** Told of each route that comes or goes. */
  readonly info: (text: string) => void;
}

/** The kernel's side of one interface: MTU, address, routes. */
export class Configurator {
  readonly #context: ConfiguratorContext;
  readonly #mtu: MtuHandler;
  readonly #address: AddressHandler;
  readonly #route: RouteHandler;
  #applied: TimedLease | null = null;

  /** Takes over what a predecessor has left; the first {@link apply} makes it right. */
  constructor(context: ConfiguratorContext) {
    const { netlink, index, metric, warn, info, journal, handlers } = context;
    const warnOf = (handler: HandlerName) => (text: string): void => {
      handlers.failed(handler);
      warn(text);
    };
    this.#context = context;
    this.#mtu = new MtuHandler(netlink, index, warnOf("mtu"));
    this.#address = new AddressHandler(netlink, index, metric);
    this.#route = new RouteHandler(netlink, index, metric, { warn: warnOf("route"), info });
    const left = journal.load();
    this.#mtu.adopt(left.mtu);
    this.#address.adopt(left.addresses);
    this.#route.adopt(left.routes);
  }

  /** The lease that the system was last made to follow. */
  get applied(): TimedLease | null {
    return this.#applied;
  }

  /**
   * Converges on `wanted` (null = nothing of ours). When a step fails, what was there before is put
   * back, and when even that fails, everything of ours is removed.
   *
   * @throws the first failure, after the way back
   */
  apply(wanted: TimedLease | null): void {
    const before = this.#applied;
    try {
      this.#converge(wanted);
      this.#applied = wanted;
    } catch (error) {
      // There is no way back from giving up: what could not be removed is tried again.
      if (wanted === null) this.#applied = null;
      else this.#goBack(before);
      throw error;
    }
  }

  #converge(wanted: TimedLease | null): void {
    const { handlers, now } = this.#context;
    const lease = wanted?.lease ?? null;
    const seconds = wanted === null ? 0 : secondsLeft(wanted, now());
    // First: as a rule a renewal is this and nothing else.
    const renewed = handlers.measure("address", () => this.#address.renew(lease, seconds));
    this.#writeDown({
      addresses: this.#address.plan(lease, seconds),
      routes: this.#route.plan(lease),
      mtu: this.#mtu.plan(lease),
    });
    // With the address the kernel would drop its routes, and nobody would be told.
    if (lease === null) handlers.measure("route", () => this.#route.apply(null));
    handlers.measure("mtu", () => this.#mtu.apply(lease));
    if (!renewed) handlers.measure("address", () => this.#address.apply(lease, seconds));
    // After the address: the kernel drops routes whose source address goes, and refuses unknown ones.
    handlers.measure("route", () => this.#route.apply(lease));
    this.#settle();
  }

  #settle(): void {
    this.#writeDown({
      addresses: this.#address.owned,
      routes: this.#route.owned,
      mtu: this.#mtu.owned,
    });
  }

  /** On a full disk a successor will know less: no reason to go without an address now. */
  #writeDown(owned: Owned): void {
    try {
      this.#context.journal.save(owned);
    } catch (error) {
      this.#context.warn(`what is ours cannot be written down: ${errorText(error)}`);
    }
  }

  #goBack(before: TimedLease | null): void {
    try {
      this.#converge(before);
    } catch {
      this.#applied = null;
      this.#removeAll();
    }
  }

  #removeAll(): void {
    const steps = [
      () => this.#route.apply(null),
      () => this.#address.apply(null, 0),
      () => this.#mtu.apply(null),
      () => this.#settle(),
    ];
    for (const step of steps) {
      try {
        step();
      } catch {
        // The interface may be gone; the next step may still succeed.
      }
    }
  }
}
