/**
 * What is known of an interface beside its lease, as keys: what the system has of ours, how much time is
 * left, what has passed, what was amiss.
 *
 * @module
 */

import type { Ipv4AddressEntry } from "../../ffi/netlink.ts";
import type { CalfSupervisor } from "../calf_supervisor.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { KvStore } from "../kv/store.ts";
import type { LeaseKeeper } from "../lease_keeper.ts";
import { RecentProblems } from "./recent_problems.ts";

/** See the module's description. */
export class InterfaceStatus {
  readonly #store: KvStore;
  readonly #problems: RecentProblems;
  #applied: string | null = null;
  #succeeded = true;

  /** Writes into `store`. */
  constructor(store: KvStore) {
    this.#store = store;
    this.#problems = new RecentProblems(store);
  }

  /** Something was amiss. */
  noteProblem(text: string): void {
    this.#problems.add(text);
  }

  /** The system was made to follow the lease, or was tried to; `address` is what it has from us. */
  applied(address: string | null, succeeded: boolean): void {
    this.#applied = address;
    this.#succeeded = succeeded;
    this.#publishApplied(address, succeeded);
  }

  /** Somebody else may have taken the address away meanwhile. */
  #lookAtAddress(present: readonly Ipv4AddressEntry[]): void {
    const applied = this.#applied;
    if (applied === null) return;
    const isThere = present.some(({ address, prefixLength }) =>
      `${address}/${prefixLength}` === applied
    );
    this.#publishApplied(isThere ? applied : null, isThere && this.#succeeded);
  }

  #publishApplied(address: string | null, succeeded: boolean): void {
    this.#publish([
      { path: "/applied/ip", text: address },
      { path: "/applied/health", text: succeeded ? "ok" : "failing" },
    ]);
  }

  /**
   * Brings the keys up to date that are measured; `present` are the addresses that the kernel has, null when it
   * would not say.
   */
  measure(
    present: readonly Ipv4AddressEntry[] | null,
    lease: Pick<LeaseKeeper, "secondsUntil">,
    calf: Pick<CalfSupervisor, "status" | "counters">,
  ): void {
    if (present !== null) this.#lookAtAddress(present);
    const timers: readonly (readonly [string, number | null])[] = [
      ["renew", lease.secondsUntil(({ t1Seconds }) => t1Seconds)],
      ["rebind", lease.secondsUntil(({ t2Seconds }) => t2Seconds)],
      ["expire", lease.secondsUntil(({ leaseSeconds }) => leaseSeconds)],
    ];
    this.#publish([
      ...timers.map(([name, seconds]) => ({
        path: `/timer/${name}`,
        text: seconds === null ? null : String(seconds),
      })),
      ...calf.status.measurements(calf.counters),
    ]);
  }

  /** What is the same as before is no change. */
  #publish(writes: readonly KvWrite[]): void {
    const changed = writes.filter(({ path, text }) => text !== this.#store.get(path));
    const refused = changed.length === 0 ? null : this.#store.commit("priv", changed);
    if (refused !== null) throw new TypeError(`Cannot publish: ${refused.message}`);
  }
}
