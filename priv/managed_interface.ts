/**
 * One interface: publishes its state to its calf, hands the lease that the calf writes to the
 * {@link LeaseKeeper}, and shows it as {@link Results}.
 *
 * @module
 */

import type { Ipv4AddressEntry, LinkState } from "../ffi/netlink.ts";
import type { CalfProcess } from "./calf_process.ts";
import { CalfSupervisor, type CalfSupervisorContext } from "./calf_supervisor.ts";
import { KEYS } from "../schema/keys.ts";
import type { ClientRequest } from "../schema/word_values.ts";
import { errorText } from "./error_text.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import type { Netlink } from "./handlers/netlink.ts";
import type { HostNameHandler } from "./handlers/host_name.ts";
import type { ResolvConf } from "./handlers/resolv_conf.ts";
import { RESULT_PATHS, resultsOf, RunFiles } from "./handlers/run_files.ts";
import type { KvWrite } from "./kv/codec.ts";
import { type Lease, readLease } from "./kv/lease.ts";
import type { AuditRecord } from "./kv/server.ts";
import {
  adaptLease,
  type DhcpOptions,
  type InterfaceOptions,
  interfaceOptions,
} from "./interface_options.ts";
import { type Actor, type KvChange, KvStore } from "./kv/store.ts";
import { interfacePlace, type KvTree } from "./kv/tree.ts";
import { LeaseFile } from "./lease_file.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import { LeaseMemory } from "./lease_memory.ts";
import { LeasePace, stepsBetween } from "./lease_pace.ts";
import { carrierText } from "./link_text.ts";
import { privLogger } from "./log.ts";
import type { PrivOptions } from "./options.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";
import { MAX_OWN_MACS, ownMacPath } from "./own_macs.ts";
import type { Preference } from "./preference.ts";
import { Results } from "./results.ts";
import { type HostIdentity, settings } from "./settings.ts";
import { InterfaceStatus } from "./status/interface_status.ts";

/** What one interface shares with the rest of the daemon. */
export interface InterfaceContext extends Omit<CalfSupervisorContext, "onStart" | "onRefused"> {
  /** The command line. */
  readonly options: PrivOptions;
  /** Who this host is. */
  readonly host: HostIdentity;
  /** Requests to the kernel. */
  readonly netlink: Netlink;
  /** The host's resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** The host's name. */
  readonly hostName: HostNameHandler;
  /** The interface's place among the others, and the metric of its routes. */
  readonly preference: Preference;
  /** Called after each successful application of a lease. */
  readonly onConfigured: () => void;
  /** Called when the calf says that it has given its lease back. */
  readonly onReleased: () => void;
  /** How long handlers take, and how often they fail. */
  readonly handlers: HandlerStatistics;
  /** Where operators see the interface's keys. */
  readonly tree: Pick<KvTree, "mount" | "unmount">;
  /** Told of each request of the calf that was refused. */
  readonly onRefused: (interfaceName: string, record: AuditRecord) => void;
}

function openResults({ loop, options, handlers }: InterfaceContext, name: string): Results {
  const directory = `${options.runDir}/${name}`;
  try {
    return new Results({ loop, handlers, name }, new RunFiles(directory, RESULT_PATHS));
  } catch (error) {
    throw new ExitError(
      ExitCode.CANTCREAT,
      `Cannot prepare ${directory}: ${errorText(error)}`,
    );
  }
}

function openMemory(
  { loop, options, audit, handlers }: InterfaceContext,
  { name, mac }: LinkState,
  dhcp: DhcpOptions,
): LeaseMemory {
  const { stateDir } = options;
  // Which addresses a host had elsewhere is what RFC 7844 is to hide; DHCPINFORM leases nothing.
  const forgetful = dhcp.anonymity || dhcp.inform !== null;
  const path = `${stateDir}/${name}.lease`;
  const file = forgetful ? null : new LeaseFile(path, () => Math.floor(Date.now() / 1000), audit);
  const warn = (text: string): void => privLogger(name).warning("{text}", { text });
  return new LeaseMemory({ file, handlers, now: () => loop.now(), warn }, mac);
}

/** States in which the calf has a lease and a clock that ends it. */
const HOLDING: ReadonlySet<string> = new Set(["BOUND", "RENEWING", "REBINDING"]);

/** See the module's description. */
export class ManagedInterface {
  readonly #context: InterfaceContext;
  readonly #store = new KvStore();
  /** What the operator has decided for this interface. */
  readonly #own: InterfaceOptions;
  readonly #memory: LeaseMemory;
  readonly #lease: LeaseKeeper;
  readonly #pace: LeasePace;
  readonly #results: Results;
  readonly #calf: CalfSupervisor;
  readonly #status: InterfaceStatus;
  #link: LinkState;
  /** The captive portal that was last spoken of. */
  #portal: string | null = null;

  /**
   * Takes over a `calf` that has just been started for `link`.
   *
   * @throws {ExitError} when the results cannot be written
   * @throws {ErrnoError} and netlink errors. The calf is ended then.
   */
  constructor(context: InterfaceContext, link: LinkState, calf: CalfProcess) {
    this.#context = context;
    this.#link = link;
    try {
      this.#own = interfaceOptions(context.options, link.name);
      this.#memory = openMemory(context, link, this.#own.dhcp);
      this.#pace = new LeasePace(context.loop, () => this.#follow("calf"));
      this.#publishLink();
      this.#publishSettings();
    } catch (error) {
      calf.endAndClose();
      throw error;
    }
    const onStart = () => this.#publishMemory();
    const onRefused = (record: AuditRecord) => context.onRefused(link.name, record);
    this.#calf = new CalfSupervisor({ ...context, onStart, onRefused }, this.#store, link, calf);
    this.#status = new InterfaceStatus(this.#store);
    try {
      this.#results = openResults(context, link.name);
      const { runDir } = context.options;
      this.#lease = new LeaseKeeper({
        ...context,
        runDir,
        onApplied: (address, succeeded) => this.#applied(address, succeeded),
        onExpiry: () => this.#publishLink(),
        onExpired: () => this.#expired(),
      }, link);
      const text = carrierText(null, link);
      if (text !== null) privLogger(link.name).info("{text}", { text });
      if (!link.up) context.netlink.setLinkUp(link.index);
    } catch (error) {
      this.#calf.halt();
      throw error;
    }
    this.#store.subscribe((changes, by) => this.#committed(changes, by));
    context.tree.mount(interfacePlace(link.name), this.#store, () => this.#measure());
  }

  /** The interface's name. */
  get name(): string {
    return this.#link.name;
  }

  /** The interface's index. */
  get index(): number {
    return this.#link.index;
  }

  /**
   * Whether the system has what is worth waiting for: not a link-local address, and not one of the
   * operator's own while a DHCPINFORM is unanswered.
   */
  get settled(): boolean {
    const { origin } = this.#lease;
    if (origin === "inform") return this.#store.get("/state") === "BOUND";
    return origin !== null && origin !== "ipv4ll";
  }

  /** Whether the calf says that it has given its lease back. */
  get released(): boolean {
    return this.#store.get("/state") === "RELEASED";
  }

  /** What is known of it beside its lease. */
  get status(): InterfaceStatus {
    return this.#status;
  }

  /** Before the calf is told that its commit was accepted: it announces its address then. */
  #applied(cidr: string | null, succeeded: boolean): void {
    this.#calf.setOwnAddress(cidr === null ? null : cidr.replace(/\/.*/, ""));
    this.#status.applied(cidr, succeeded);
  }

  #measure(): void {
    let present: readonly Ipv4AddressEntry[] | null = null;
    this.#attempt("look at the addresses", () => {
      present = this.#context.netlink.addresses(this.index);
    });
    this.#status.measure(present, this.#lease, this.#calf);
  }

  /** Tells the calf what to do now: a release is in force until something else is asked. */
  request(what: ClientRequest): void {
    this.#store.set("/request", what);
    this.#requested(what);
  }

  /** What is asked for once must not be found there by the next calf. */
  #requested(what: string): void {
    if (what !== "release") this.#publish([{ path: "/request", text: null }]);
  }

  /** Tells the calf the hardware addresses of all interfaces of the machine. */
  othersChanged(macs: readonly string[]): void {
    const others = macs.filter((mac) => mac !== this.#link.mac);
    const writes: KvWrite[] = [];
    for (let n = 0; n < MAX_OWN_MACS; n++) {
      const path = ownMacPath(n);
      const text = others.at(n) ?? null;
      if (text !== this.#store.get(path)) writes.push({ path, text });
    }
    if (writes.length > 0) this.#publish(writes);
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
    const text = carrierText(before, link);
    const flapped = link.running && before.running &&
      link.carrierChanges !== before.carrierChanges;
    if (flapped) {
      // It may be another network by now: the calf must see that the carrier was gone.
      log.info("carrier lost for a moment");
      this.#store.set("/link", "down");
    } else if (text === null) {
      return;
    } else {
      log.info("{text}", { text });
    }
    this.#lease.setCarrier(link.running);
    this.#publishLink();
  }

  /**
   * Ends the calf. `keep` leaves the configuration in place, and the results of a lease that the system
   * follows; a link-local address is not left, for nobody would defend it (RFC 3927 §2.5). What fails is
   * reported, and the rest is done.
   */
  stop(keep: boolean): void {
    this.#attempt("end the calf", () => this.#calf.halt());
    this.#pace.stop();
    const kept = keep && this.#lease.origin !== "ipv4ll";
    if (!kept) this.#attempt("remove the lease", () => this.#lease.end());
    this.#lease.stop();
    if (kept && this.#lease.origin !== null) this.#results.stop();
    else this.#results.remove();
    this.#context.tree.unmount(interfacePlace(this.name));
  }

  /** The filters are locked to the old address, and the lease is the old address's. */
  #startOver(): void {
    this.#attempt("end the calf", () => this.#calf.halt());
    this.#dropLease();
    this.#memory.recall(this.#link.mac);
    this.#publishLink();
    this.#publishSettings();
    this.#calf.start(this.#link);
  }

  #publishLink(): void {
    const { mac, running } = this.#link;
    this.#publish([
      { path: "/mac", text: mac },
      { path: "/link", text: running ? "up" : "down" },
    ]);
  }

  #publishSettings(): void {
    this.#publish(settings(this.#own.dhcp, this.#link.mac, this.#context.host));
  }

  #publishMemory(): void {
    this.#publish(this.#memory.keys());
  }

  #publish(writes: readonly KvWrite[]): void {
    const refused = this.#store.commit("priv", writes);
    if (refused !== null) throw new TypeError(`Cannot publish: ${refused.message}`);
  }

  #committed(changes: readonly KvChange[], by: Actor): void {
    const changed = new Map(changes.map((change) => [change.path, change]));
    if (by === "operator") this.#askedByOperator(changed.get("/request")?.text ?? null);
    if (changed.has("/sandbox/layers") && by !== "priv") this.#calf.confirmConfinement();
    // A renewal writes the same values again, and the lease's time begins anew.
    if (!changed.has("/ip") && !changed.has("/captive-portal")) {
      const isShown = changes.some(({ path }) => KEYS.get(path)?.file === true);
      if (isShown) this.#results.show(resultsOf(this.#store.snapshot()));
    } else if (by === "priv") {
      this.#pace.stop();
      this.#follow("priv");
    } else {
      this.#pace.changed(changed.has("/ip") && this.#store.get("/ip") === null);
    }
    // A predecessor's configuration was left for the lease that has just been refused.
    const refused = changed.get("/state")?.text === "INIT" && !this.#lease.bound;
    if (refused) this.#lease.apply();
    if (changed.has("/state") && this.released) this.#context.onReleased();
  }

  #askedByOperator(what: string | null): void {
    if (what === null) return;
    privLogger(this.name).info("an operator asks: {what}", { what });
    this.#requested(what);
  }

  /** Makes the system and the results what the store says, which `by` has changed. Gives the steps. */
  #follow(by: "calf" | "priv"): number {
    const lease = this.#readLease();
    const steps = stepsBetween(this.#lease.wanted, lease);
    this.#lease.set(lease);
    this.#results.show(resultsOf(this.#store.snapshot()));
    // Last: the disk may take its time.
    this.#memory.take(lease, by);
    const portal = this.#store.get("/captive-portal");
    if (portal !== this.#portal) this.#sayPortal(portal);
    this.#portal = portal;
    return steps;
  }

  /** A calf that has been taken over may write what the operator does not want. */
  #readLease(): Lease | null {
    const lease = readLease(this.#store);
    return lease === null ? null : adaptLease(lease, this.#own);
  }

  #sayPortal(uri: string | null): void {
    const log = privLogger(this.name);
    if (uri === null) log.info("no captive portal any more");
    else log.info("captive portal: {uri}", { uri });
  }

  /** Takes away all that the calf has written but its state. */
  #dropLease(): void {
    this.#store.commit("priv", [{ path: "/", text: null }]);
  }

  /** A calf that says it has a lease should have ended it; one that was started since knows of none. */
  #expired(): void {
    privLogger(this.name).warning("lease expired");
    const hangs = HOLDING.has(this.#store.get("/state") ?? "");
    this.#dropLease();
    if (hangs) this.#calf.kill("it did not end its lease");
  }

  #attempt(what: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      privLogger(this.name).error("Cannot {what}: {reason}", { what, reason: errorText(error) });
    }
  }
}
