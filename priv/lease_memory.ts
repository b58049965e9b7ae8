/**
 * What an interface remembers of its last lease, on disk and for a calf that is started anew: the keys
 * below /saved.
 *
 * @module
 */

import { INFINITE_SECONDS, Ipv4Cidr, Seconds } from "../schema/values.ts";
import { errorText } from "./error_text.ts";
import type { KvWrite } from "./kv/codec.ts";
import type { Lease } from "./kv/lease.ts";
import type { LeaseFile, SavedLease } from "./lease_file.ts";
import type { HandlerStatistics } from "./metrics/statistics.ts";

/** A lease that ends so soon before its time has ended by itself: the calf counts from its request on. */
const EXPIRY_SLACK_MS = 5_000;

/** What a memory needs of its surroundings. */
export interface LeaseMemoryContext {
  /** The file; null = nothing is kept. */
  readonly file: Pick<LeaseFile, "load" | "save" | "remove" | "path"> | null;
  /** How long the file takes, and how often it fails. */
  readonly handlers: Pick<HandlerStatistics, "measure">;
  /** Milliseconds of CLOCK_BOOTTIME. */
  readonly now: () => number;
  /** Told of a file that cannot be used. */
  readonly warn: (text: string) => void;
}

/** A lease with its end by CLOCK_BOOTTIME, which nobody sets back. */
interface Remembered {
  readonly lease: SavedLease;
  /** Infinity = never; in the past when it is over. */
  readonly expiresMs: number;
}

/** See the module's description. */
export class LeaseMemory {
  readonly #context: LeaseMemoryContext;
  #mac: string;
  #last: Remembered | null = null;
  /** The lease is in use, not only remembered. */
  #live = false;

  /** Recalls what the file knows of the interface with the address `mac`. */
  constructor(context: LeaseMemoryContext, mac: string) {
    this.#context = context;
    this.#mac = mac;
    this.recall(mac);
  }

  /** Takes what the file knows of a hardware address, in place of all before. */
  recall(mac: string): void {
    const { file, warn } = this.#context;
    this.#mac = mac;
    this.#last = null;
    this.#live = false;
    const loaded = file?.load(mac) ?? null;
    if (loaded === null) return;
    if (loaded.lease !== null) this.#last = this.#timed(loaded.lease);
    else if (loaded.reason !== null) warn(`${file?.path} ignored: ${loaded.reason}`);
  }

  /**
   * Takes the present lease: a new one, a renewed one, or none any more. A lease that the calf gives up
   * before its time (refused, released, declined) is forgotten; one that has ended by itself, or that
   * priv takes away, is worth being asked for again.
   */
  take(lease: Lease | null, by: "calf" | "priv"): void {
    if (lease !== null && lease.origin === "dhcp") this.#keep(lease);
    else if (this.#live) this.#end(by);
  }

  /** The keys below /saved as they are now, for one commit of priv. */
  keys(): KvWrite[] {
    const last = this.#last;
    const left = last === null ? 0 : this.#secondsLeft(last);
    return [
      { path: "/saved/ip", text: last === null ? null : Ipv4Cidr.format(last.lease.address) },
      { path: "/saved/server", text: last?.lease.server ?? null },
      { path: "/saved/time", text: left >= 1 ? Seconds.format(left) : null },
    ];
  }

  #keep(lease: Lease): void {
    const { address, server, leaseSeconds } = lease;
    const saved: SavedLease = { address, server, secondsLeft: leaseSeconds };
    this.#last = this.#timed(saved);
    this.#live = true;
    this.#onDisk("saved", (file) => file.save(this.#mac, saved));
  }

  #end(by: "calf" | "priv"): void {
    this.#live = false;
    const { now } = this.#context;
    const expired = this.#last !== null && now() >= this.#last.expiresMs - EXPIRY_SLACK_MS;
    if (by === "priv" || expired) return;
    this.#last = null;
    this.#onDisk("removed", (file) => file.remove());
  }

  #timed(lease: SavedLease): Remembered {
    const { secondsLeft } = lease;
    const ms = secondsLeft === INFINITE_SECONDS ? Infinity : (secondsLeft ?? 0) * 1000;
    return { lease, expiresMs: this.#context.now() + ms };
  }

  #secondsLeft({ expiresMs }: Remembered): number {
    if (expiresMs === Infinity) return INFINITE_SECONDS;
    return Math.floor((expiresMs - this.#context.now()) / 1000);
  }

  /** On a full disk the next daemon will know less: nothing that could not be lived with. */
  #onDisk(done: string, step: (file: Pick<LeaseFile, "save" | "remove">) => void): void {
    const { file, handlers, warn } = this.#context;
    if (file === null) return;
    try {
      handlers.measure("lease_file", () => step(file));
    } catch (error) {
      warn(`the lease cannot be ${done} on disk: ${errorText(error)}`);
    }
  }
}
