/**
 * One interface: publishes its state to its calf, hands the lease that the calf writes to the
 * {@link LeaseKeeper}, and shows it as {@link Results}.
 *
 * @module
 */

import type { LinkState } from "../ffi/netlink.ts";
import type { CalfProcess } from "./calf_process.ts";
import { CalfSupervisor, type CalfSupervisorContext } from "./calf_supervisor.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import type { Netlink } from "./handlers/netlink.ts";
import type { ResolvConf } from "./handlers/resolv_conf.ts";
import { RESULT_PATHS, RunFiles } from "./handlers/run_files.ts";
import { readLease } from "./kv/lease.ts";
import { type KvChange, KvStore } from "./kv/store.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import { privLogger } from "./log.ts";
import { Results } from "./results.ts";

/** What one interface shares with the rest of the daemon. */
export interface InterfaceContext extends CalfSupervisorContext {
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The host's resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** Directory below which the interface's results go. */
  readonly runDir: string;
  /** Called after each successful application of a lease. */
  readonly onConfigured: () => void;
}

function openResults(context: InterfaceContext, name: string): Results {
  try {
    return new Results(
      context.loop,
      new RunFiles(`${context.runDir}/${name}`, RESULT_PATHS),
      name,
    );
  } catch (error) {
    throw new ExitError(
      ExitCode.CANTCREAT,
      `Cannot prepare ${context.runDir}/${name}: ${errorText(error)}`,
    );
  }
}

/** See the module's description. */
export class ManagedInterface {
  readonly #store = new KvStore();
  readonly #lease: LeaseKeeper;
  readonly #results: Results;
  readonly #calf: CalfSupervisor;
  #link: LinkState;

  /**
   * Takes over a `calf` that has just been started for `link`.
   *
   * @throws {ExitError} when the results cannot be written
   * @throws {ErrnoError} and netlink errors. The calf is ended then.
   */
  constructor(context: InterfaceContext, link: LinkState, calf: CalfProcess) {
    this.#link = link;
    this.#publishLink();
    this.#calf = new CalfSupervisor(context, this.#store, link, calf);
    try {
      this.#results = openResults(context, link.name);
      this.#lease = new LeaseKeeper({ ...context, onExpired: () => this.#expired() }, link);
      if (!link.up) context.netlink.setLinkUp(link.index);
    } catch (error) {
      this.#calf.halt();
      throw error;
    }
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

  /**
   * Ends the calf. `keep` leaves the configuration in place, and the results of a lease that the system
   * follows. What fails is reported, and the rest is done.
   */
  stop(keep: boolean): void {
    this.#attempt("end the calf", () => this.#calf.halt());
    if (!keep) this.#attempt("remove the lease", () => this.#lease.set(null));
    this.#lease.stop();
    if (keep && this.configured) this.#results.stop();
    else this.#results.remove();
  }

  /** The filters are locked to the old address, and the lease is the old address's. */
  #startOver(): void {
    this.#attempt("end the calf", () => this.#calf.halt());
    this.#dropLease();
    this.#publishLink();
    this.#calf.start(this.#link);
  }

  #publishLink(): void {
    this.#store.set("/mac", this.#link.mac);
    this.#store.set("/link", this.#link.running ? "up" : "down");
  }

  #committed(changes: readonly KvChange[]): void {
    // A renewal writes the same values again, and the lease's time begins anew.
    if (changes.some(({ path }) => path === "/ip")) this.#lease.set(readLease(this.#store));
    this.#results.show(this.#store.snapshot());
  }

  /** Takes away all that the calf has written but its state. */
  #dropLease(): void {
    this.#store.commit("priv", [{ path: "/", text: null }]);
  }

  /** The calf should have said so itself, so it hangs. */
  #expired(): void {
    privLogger(this.name).warning("lease expired");
    this.#dropLease();
    this.#calf.kill("it did not end its lease");
  }

  #attempt(what: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      privLogger(this.name).error("Cannot {what}: {reason}", { what, reason: errorText(error) });
    }
  }
}
