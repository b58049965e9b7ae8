/**
 * The interfaces that are managed now: those that the command line means and that are there. They may
 * come, go and change their names, and the trouble of one is not the others'.
 *
 * @module
 */

import { NetlinkError, type RouteSocket } from "../ffi/netlink.ts";
import type { AuditSink } from "./audit/event.ts";
import type { StartCalf } from "./calf_process.ts";
import { Backoff } from "./backoff.ts";
import { errorText } from "./error_text.ts";
import type { EventLoop, Timer } from "./event_loop.ts";
import { descriptorsNeeded } from "./inherited.ts";
import type { InterfaceLock } from "./interface_lock.ts";
import { type InterfaceSelection, isEthernet, type SelectedLink } from "./interface_selection.ts";
import { startCalf, type StartedInterface, takeInterface } from "./interface_start.ts";
import { privLogger } from "./log.ts";
import type { ManagedInterface } from "./managed_interface.ts";
import { commandHint } from "./operator/command_hint.ts";
import { hardwareAddresses } from "./own_macs.ts";

/** Pauses between attempts to manage interfaces that could not be. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const RETRY_QUIET_MS = 120_000;

/** On a host with many interfaces that come and go, not all of them are looked at each time. */
const OTHERS_PAUSE_MS = 1_000;

/** What a set needs of its surroundings. */
export interface InterfaceSetContext {
  /** The daemon's loop. */
  readonly loop: Pick<EventLoop, "now" | "after">;
  /** Requests to the kernel. */
  readonly netlink: Pick<RouteSocket, "link" | "links">;
  /** Which interfaces are meant. */
  readonly selection: InterfaceSelection;
  /** Directory of the results. */
  readonly runDir: string;
  /** How many descriptors are allowed. */
  readonly descriptors: number;
  /** Begins to manage an interface. What fails has ended the calf. */
  readonly manage: (started: StartedInterface) => ManagedInterface;
  /** Starts calves. */
  readonly startCalf: StartCalf;
  /** Locks an interface and starts its calf; {@link start} outside of tests. */
  readonly start?: (context: InterfaceSetContext, selected: SelectedLink) => StartedInterface;
  /** Told of starts. */
  readonly audit: AuditSink;
}

interface Entry extends SelectedLink {
  readonly managed: ManagedInterface;
  readonly lock: InterfaceLock;
}

/** Locks an interface that has just come and starts its calf. @throws as its two parts */
function start(
  { runDir, startCalf: process, audit }: InterfaceSetContext,
  selected: SelectedLink,
): StartedInterface {
  return startCalf(takeInterface(runDir, selected), process, audit);
}

/** See the module's description. */
export class InterfaceSet {
  readonly #context: InterfaceSetContext;
  #selection: InterfaceSelection;
  readonly #entries = new Map<number, Entry>();
  /** Indexes of interfaces that are there, but cannot be managed now. */
  readonly #failed = new Set<number>();
  /** Indexes of interfaces that are there, but of a kind that can never be managed. */
  readonly #odd = new Set<number>();
  readonly #retry = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_QUIET_MS);
  /** Names and patterns for which nothing is there, and of which this has been said. */
  #missing: ReadonlySet<string> = new Set();
  #timer: Timer | null = null;
  #othersTimer: Timer | null = null;
  #othersChanged = false;

  /** Manages nothing yet. */
  constructor(context: InterfaceSetContext) {
    this.#context = context;
    this.#selection = context.selection;
  }

  /** Those that are managed. */
  get all(): ManagedInterface[] {
    return [...this.#entries.values()].map(({ managed }) => managed);
  }

  /** What `--oneshot` still waits for: interfaces without an address, names without an interface. */
  get unsettled(): string[] {
    const present = [...this.#entries.values()];
    return [
      ...this.all.filter((managed) => !managed.settled).map(({ name }) => name),
      ...this.#selection.missing(present),
    ];
  }

  /** Whether there is nothing to wait for: no interface is unsettled, or, for `one`, one is settled. */
  isSettled(one: boolean): boolean {
    return this.unsettled.length === 0 || one && this.all.some(({ settled }) => settled);
  }

  /** Names and patterns for which nothing is there. */
  get missing(): string[] {
    return [...this.#missing];
  }

  /**
   * Takes over what was started before the daemon was there.
   *
   * @throws the first failure when not one of them can be managed, and no other one may come
   */
  adopt(interfaces: readonly StartedInterface[]): void {
    const failures: unknown[] = [];
    for (const started of interfaces) {
      try {
        this.#manage(started);
      } catch (error) {
        failures.push(error);
        this.#note(started, error);
      }
    }
    const mayCome = this.#selection.missing(interfaces).length > 0;
    if (failures.length > 0 && failures.length === interfaces.length && !mayCome) throw failures[0];
  }

  /**
   * Makes the set what the system and the command line say, so that a lost event costs nothing. When the
   * kernel does not tell, all stays as it is and is looked at again later.
   */
  refresh(): void {
    this.#looking(() => this.#refresh());
  }

  #refresh(): void {
    const { netlink } = this.#context;
    const selection = this.#selection;
    const found = selection.find(netlink);
    const present = new Map(found.map((selected) => [selected.link.index, selected]));
    for (const entry of [...this.#entries.values()]) this.#update(entry, present);
    for (const left of [this.#failed, this.#odd]) {
      for (const index of left) if (!present.has(index)) left.delete(index);
    }
    const managed = this.#entries.size;
    for (const selected of found) {
      const { index } = selected.link;
      if (this.#entries.has(index) || this.#failed.has(index)) continue;
      if (isEthernet(selected.link)) this.#begin(selected);
      else this.#refuse(selected);
    }
    this.#sayMissing(selection.missing(found));
    this.#othersChanged = true;
    // A new calf may have an address to probe before the pause is over, and the others answer.
    const hasNew = this.#entries.size > managed;
    if (hasNew) this.#othersTimer?.cancel();
    if (hasNew || this.#othersTimer === null) this.#tellOthers();
  }

  /**
   * Other interfaces are meant from now on. What is not meant any more is stopped with the next
   * {@link refresh}, and its configuration is taken back.
   */
  select(selection: InterfaceSelection): void {
    this.#selection = selection;
    this.#failed.clear();
  }

  /**
   * Manages an interface anew, because what the operator wants of it has changed. Its configuration stays
   * in place until the new calf has asked for it again.
   */
  restart(name: string): void {
    const entry = [...this.#entries.values()].find(({ managed }) => managed.name === name);
    if (entry === undefined) return;
    this.#end(entry, true);
    const { link } = entry;
    this.#looking(() => {
      const now = this.#selection.find(this.#context.netlink)
        .find((selected) => selected.link.index === link.index && selected.link.name === name);
      if (now !== undefined) this.#begin(now);
    });
  }

  /** Ends all. */
  stop(keep: boolean): void {
    this.#timer?.cancel();
    this.#othersTimer?.cancel();
    for (const entry of this.#entries.values()) this.#end(entry, keep);
  }

  #update(entry: Entry, present: ReadonlyMap<number, SelectedLink>): void {
    const { managed } = entry;
    const { index } = entry.link;
    const now = present.get(index)?.link ?? this.#context.netlink.link(index);
    const log = privLogger(managed.name);
    if (now === null) {
      log.warning("the interface is gone");
    } else if (now.name !== managed.name) {
      log.warning("the interface is called {name} now", { name: now.name });
    } else if (!present.has(index)) {
      log.info("not to be managed any more");
    } else {
      try {
        return managed.linkChanged(now);
      } catch (error) {
        this.#note(entry, error);
      }
    }
    this.#end(entry, false);
  }

  #begin(selected: SelectedLink): void {
    const { descriptors, start: begin = start } = this.#context;
    const { link } = selected;
    try {
      if (descriptorsNeeded(this.#entries.size + 1) > descriptors) {
        throw new Error(`Cannot manage ${link.name}: too few descriptors (RLIMIT_NOFILE)`);
      }
      this.#manage(begin(this.#context, selected));
    } catch (error) {
      this.#note(selected, error);
    }
  }

  #refuse({ link }: SelectedLink): void {
    if (this.#odd.has(link.index)) return;
    this.#odd.add(link.index);
    privLogger(link.name).warning("not an Ethernet interface: left alone");
  }

  #manage(started: StartedInterface): void {
    const { link, rank, lock } = started;
    if (lock.warning !== null) {
      privLogger(link.name).warning("{warning}", { warning: lock.warning });
    }
    try {
      const managed = this.#context.manage(started);
      this.#entries.set(link.index, { link, rank, lock, managed });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #end({ link, managed, lock }: Entry, keep: boolean): void {
    this.#entries.delete(link.index);
    try {
      managed.stop(keep);
    } catch (error) {
      privLogger(managed.name).error("Cannot stop: {reason}", { reason: errorText(error) });
    }
    lock.release();
  }

  /** Remembers that an interface cannot be managed, and tries all of these again after a pause. */
  #note({ link }: SelectedLink, error: unknown): void {
    const reason = errorText(error);
    this.#failed.add(link.index);
    privLogger(link.name).error("{reason}: tried again later", { reason });
    this.#tryLater();
  }

  /** Does what asks the kernel for interfaces: a request that was lost is no reason to end the daemon. */
  #looking(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      privLogger().error("{reason}: tried again later", { reason: error.message });
      this.#tryLater();
    }
  }

  #tryLater(): void {
    const { loop } = this.#context;
    this.#timer ??= loop.after(this.#retry.failed(loop.now()), () => this.#tryAgain());
  }

  #tryAgain(): void {
    this.#timer = null;
    this.#failed.clear();
    this.refresh();
  }

  /** Tells the calves of the machine's other interfaces, and not again before a pause. */
  #tellOthers(): void {
    this.#othersTimer = null;
    if (!this.#othersChanged || this.#entries.size === 0) return;
    const { loop, netlink } = this.#context;
    this.#othersTimer = loop.after(OTHERS_PAUSE_MS, () => this.#tellOthers());
    this.#looking(() => {
      const macs = hardwareAddresses(netlink.links());
      this.#othersChanged = false;
      for (const { managed } of this.#entries.values()) managed.othersChanged(macs);
    });
  }

  #sayMissing(missing: readonly string[]): void {
    for (const name of missing) {
      if (!this.#missing.has(name)) {
        privLogger(name).warning("waiting for the interface{hint}", { hint: commandHint(name) });
      }
    }
    this.#missing = new Set(missing);
  }
}
