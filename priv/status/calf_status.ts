/**
 * What is known of an interface's calf, as keys: which it is, how the last one ended, what it asked for
 * and what passed between it and the network.
 *
 * @module
 */

import { isCalfWritable, KEYS } from "../../schema/keys.ts";
import { MAX_VALUE_LENGTH } from "../../schema/value_type.ts";
import { escapeText } from "../escape.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { RequestResult } from "../kv/server.ts";
import type { KvStore } from "../kv/store.ts";
import type { RelayCounters } from "../packet_relay.ts";
import { lookAtConfinement, type SeenConfinement } from "./confinement.ts";

/** The keys that a calf writes about itself, which say nothing of its successor. */
const OF_ONE_CALF: readonly string[] = [...KEYS.values()]
  .filter((key) => isCalfWritable(key) && (key.volatile || key.path.startsWith("/sandbox/")))
  .map(({ path }) => path);

/** The key of each counter of the relay. */
const RELAY_KEYS: readonly (readonly [keyof RelayCounters, string])[] = [
  ["received", "/packets/received"],
  ["sent", "/packets/sent"],
  ["droppedVlan", "/packets/dropped/vlan"],
  ["droppedSize", "/packets/dropped/size"],
  ["droppedCalfBusy", "/packets/dropped/calf-busy"],
  ["droppedRate", "/packets/dropped/calf-rate"],
  ["sendErrors", "/packets/dropped/send-error"],
];

/** See the module's description. */
export class CalfStatus {
  readonly #store: KvStore;
  readonly #requests = new Map<RequestResult, number>();
  /** Of packet sockets that are closed. */
  readonly #passed = new Map<string, number>();
  #pid: number | null = null;
  /** The kernel has been asked about this calf. */
  #isLookedAt = false;
  #starts = 0;

  /** Writes into `store`. */
  constructor(store: KvStore) {
    this.#store = store;
  }

  /** A calf has been started. */
  started(pid: number): void {
    this.#pid = pid;
    this.#isLookedAt = false;
    this.#publish([
      ...OF_ONE_CALF.map((path) => ({ path, text: null })),
      { path: "/sandbox/kind", text: "v8" },
      { path: "/sandbox/verified", text: null },
      { path: "/calf/pid", text: String(pid) },
      { path: "/calf/since", text: new Date().toISOString() },
      { path: "/calf/restarts", text: String(this.#starts++) },
    ]);
  }

  /**
   * The calf says that it is confined: what the kernel says of it is published too. What it says again later is
   * of no interest, since no process gets rid of what is looked at.
   *
   * @returns what the kernel says; null when that cannot be known, or was returned already
   */
  confined(): SeenConfinement | null {
    const seen = this.#pid === null || this.#isLookedAt ? null : lookAtConfinement(this.#pid);
    if (seen === null) return null;
    this.#isLookedAt = true;
    this.#publish([{ path: "/sandbox/verified", text: seen.text }]);
    return seen;
  }

  /** The calf has ended. */
  ended(how: string): void {
    this.#pid = null;
    this.#publish([
      { path: "/calf/pid", text: null },
      { path: "/calf/since", text: null },
      { path: "/calf/last-end", text: escapeText(how).slice(0, MAX_VALUE_LENGTH) },
    ]);
  }

  /** A request of the calf has ended so. */
  count(result: RequestResult): void {
    this.#requests.set(result, (this.#requests.get(result) ?? 0) + 1);
  }

  /** A packet socket is about to be closed: its successor counts from 0. */
  relayClosed(counters: RelayCounters): void {
    for (const [name, path] of RELAY_KEYS) {
      this.#passed.set(path, (this.#passed.get(path) ?? 0) + counters[name]);
    }
  }

  /** The counters as they are now; `relay` = null while there is no packet socket. */
  measurements(relay: RelayCounters | null): KvWrite[] {
    const packets = RELAY_KEYS.map(([name, path]) => ({
      path,
      text: String((this.#passed.get(path) ?? 0) + (relay?.[name] ?? 0)),
    }));
    const requests = [...this.#requests].map(([result, count]) => ({
      path: `/requests/${result}`,
      text: String(count),
    }));
    return [...packets, ...requests];
  }

  #publish(writes: readonly KvWrite[]): void {
    const refused = this.#store.commit("priv", writes);
    if (refused !== null) throw new TypeError(`Cannot publish: ${refused.message}`);
  }
}
