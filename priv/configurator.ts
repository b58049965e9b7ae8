/**
 * Makes an interface's configuration in the system what its lease says, all of it or none of it.
 *
 * @module
 */

import { FOREVER } from "../ffi/netlink.ts";
import { AddressHandler } from "./handlers/address.ts";
import { MtuHandler } from "./handlers/mtu.ts";
import type { Netlink } from "./handlers/netlink.ts";
import { RouteHandler } from "./handlers/route.ts";
import type { Lease } from "./kv/lease.ts";

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

/** The kernel's side of one interface: MTU, address, routes. */
export class Configurator {
  readonly #mtu: MtuHandler;
  readonly #address: AddressHandler;
  readonly #route: RouteHandler;
  readonly #now: () => number;
  #applied: TimedLease | null = null;

  /** `index` is the interface's; `now` gives milliseconds of CLOCK_BOOTTIME. */
  constructor(netlink: Netlink, index: number, now: () => number) {
    this.#mtu = new MtuHandler(netlink, index);
    this.#address = new AddressHandler(netlink, index);
    this.#route = new RouteHandler(netlink, index);
    this.#now = now;
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
      try {
        this.#converge(before);
      } catch {
        this.#applied = null;
        this.#removeAll();
      }
      throw error;
    }
  }

  #converge(wanted: TimedLease | null): void {
    const lease = wanted?.lease ?? null;
    this.#mtu.apply(lease);
    this.#address.apply(lease, wanted === null ? 0 : secondsLeft(wanted, this.#now()));
    // After the address: the kernel drops routes whose source address goes, and refuses unknown ones.
    this.#route.apply(lease);
  }

  #removeAll(): void {
    const steps = [
      () => this.#route.apply(null),
      () => this.#address.apply(null, 0),
      () => this.#mtu.apply(null),
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
