/**
 * What a daemon has told of its keys so far, sorted by interface.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { joinPath, type Key, KEYS, splitPath } from "../../schema/keys.ts";
import type { KvWrite } from "../kv/codec.ts";

/** The first part of the path of an interface's keys. */
export const INTERFACE = "interface";
/** The first part of the path of the daemon's own keys. */
export const DAEMON = "daemon";

/** Keys by their path within one store, such as `/lease/time`. */
export type KeyTexts = ReadonlyMap<string, string>;

/** Where a key of the operator's tree belongs. */
export interface Place {
  /** The interface, or null for the daemon's own keys. */
  readonly interfaceName: string | null;
  /** The path within the store, such as `/lease/time`; `/` for the whole. */
  readonly key: string;
}

/** Splits a path of the tree; null when it belongs to neither an interface nor the daemon. */
export function placeOf(path: string): Place | null {
  const [first, ...rest] = splitPath(path);
  if (first === DAEMON) return { interfaceName: null, key: joinPath(rest) };
  if (first !== INTERFACE || rest.length === 0 || rest[0] === "." || rest[0] === "..") return null;
  return { interfaceName: rest[0], key: joinPath(rest.slice(1)) };
}

/** The path of the tree for a place. */
export function pathOf({ interfaceName, key }: Place): string {
  const top = interfaceName === null ? `/${DAEMON}` : `/${INTERFACE}/${interfaceName}`;
  return key === "/" ? top : top + key;
}

/** How an operator writes a place: `eth0/lease/time`, `/daemon/version`. */
export function shownPlace({ interfaceName, key }: Place): string {
  if (interfaceName === null) return pathOf({ interfaceName, key });
  return key === "/" ? interfaceName : interfaceName + key;
}

/** The row of a place's key, if this version knows it. */
export function keyOf({ interfaceName, key }: Place): Key | undefined {
  return (interfaceName === null ? DAEMON_KEYS : KEYS).get(key);
}

/** Whether a text is a value at all: printable ASCII, as every type demands. */
export function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** Everything that a daemon's subscription has told. */
export class Snapshot {
  readonly #interfaces = new Map<string, Map<string, string>>();
  readonly #daemon = new Map<string, string>();

  /** Starts with what a subscription has told at first. */
  constructor(changes: readonly KvWrite[]) {
    this.apply(changes);
  }

  /**
   * Takes changes in their order. A value with other than printable ASCII, which no type allows, counts as
   * deleted. An interface without a key has gone.
   */
  apply(changes: readonly KvWrite[]): void {
    for (const { path, text } of changes) {
      const place = placeOf(path);
      if (place === null) continue;
      if (text !== null && isPrintable(text)) this.#set(place, text);
      else this.#delete(place);
    }
  }

  /** The interfaces in the order in which they came, with their keys. */
  get interfaces(): ReadonlyMap<string, KeyTexts> {
    return this.#interfaces;
  }

  /** The daemon's own keys. */
  get daemon(): KeyTexts {
    return this.#daemon;
  }

  /** What is set at a place now, or null. */
  get(place: Place): string | null {
    return this.#store(place.interfaceName)?.get(place.key) ?? null;
  }

  #store(interfaceName: string | null): Map<string, string> | undefined {
    return interfaceName === null ? this.#daemon : this.#interfaces.get(interfaceName);
  }

  #set({ interfaceName, key }: Place, text: string): void {
    let store = this.#store(interfaceName);
    if (store === undefined) this.#interfaces.set(String(interfaceName), store = new Map());
    store.set(key, text);
  }

  #delete({ interfaceName, key }: Place): void {
    const store = this.#store(interfaceName);
    store?.delete(key);
    if (interfaceName !== null && store?.size === 0) this.#interfaces.delete(interfaceName);
  }
}
