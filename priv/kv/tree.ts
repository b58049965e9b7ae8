/**
 * All stores of the daemon as the operator sees them: one tree, in which each store has its place,
 * `/daemon` or `/interface/NAME`.
 *
 * @module
 */

import { covers, type Key, type Role, splitPath } from "../../schema/keys.ts";
import type { KvWrite } from "./codec.ts";
import type { Actor, ChangeListener, KvChange, KvStore, Refusal } from "./store.ts";
import type { KvView } from "./view.ts";

/** Above the places of the interfaces' stores. */
export const INTERFACES = "/interface";
/** The place of the daemon's own store. */
export const DAEMON = "/daemon";

/** The place of an interface's store. */
export function interfacePlace(name: string): string {
  return `${INTERFACES}/${name}`;
}

interface Mount {
  readonly store: KvStore;
  readonly listener: ChangeListener;
  /** Brings what is measured up to date. */
  readonly measure: () => void;
}

function below(place: string, path: string): string {
  return path === "/" ? place : place + path;
}

/** A path within the store at `place`; the place itself is the store's `/`. */
function within(place: string, path: string): string {
  return path === place ? "/" : path.slice(place.length);
}

function refusal(path: string): Refusal {
  return { code: "unknown", path, message: `unknown key: ${path}` };
}

/** What a store has refused, with the path that the tree has for it. */
function moved(place: string, refused: Refusal): Refusal {
  const path = below(place, refused.path);
  // Every message of a store ends or goes on with the path; see store.ts.
  return { code: refused.code, path, message: refused.message.replace(refused.path, () => path) };
}

/** See the module's description. */
export class KvTree implements KvView {
  readonly #mounts = new Map<string, Mount>();
  readonly #interfaceKeys: ReadonlyMap<string, Key>;
  #listeners: readonly ChangeListener[] = [];

  /** `interfaceKeys` is the table of every interface's store, whether it is there now or not. */
  constructor(interfaceKeys: ReadonlyMap<string, Key>) {
    this.#interfaceKeys = interfaceKeys;
  }

  /**
   * Gives a store its place, and tells the listeners what is set there.
   *
   * @param measure is called before the store is read by an operator
   */
  mount(place: string, store: KvStore, measure: () => void = () => {}): void {
    this.unmount(place);
    const listener: ChangeListener = (changes, by) => this.#tell(place, changes, by);
    store.subscribe(listener);
    this.#mounts.set(place, { store, listener, measure });
    const set = [...store.snapshot()].map(([path, text]) => ({ path, text, previous: null }));
    this.#tell(place, set, "priv");
  }

  /** Takes a store out, and tells the listeners that its keys are gone. */
  unmount(place: string): void {
    const mount = this.#mounts.get(place);
    if (mount === undefined) return;
    mount.store.unsubscribe(mount.listener);
    const gone = [...mount.store.snapshot()].map(([path, previous]) => ({
      path,
      text: null,
      previous,
    }));
    // Before it is out: whoever is told asks whether he may know.
    this.#tell(place, gone, "priv");
    this.#mounts.delete(place);
  }

  /** Brings everything up to date that is measured. */
  measure(): void {
    for (const { measure } of this.#mounts.values()) measure();
  }

  /** The stores and their places. */
  get stores(): ReadonlyMap<string, KvStore> {
    return new Map([...this.#mounts].map(([place, { store }]) => [place, store]));
  }

  /** Adds a listener; see {@link KvView}. */
  subscribe(listener: ChangeListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  /** Removes a listener. */
  unsubscribe(listener: ChangeListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  /** The canonical text of a key, or null. */
  get(path: string): string | null {
    const found = this.#find(path);
    return found === null ? null : found.store.get(found.path);
  }

  /** Reads a key, which is measured now if it can be. */
  read(by: Role, path: string): string | Refusal {
    const found = this.#find(path);
    if (found === null) return refusal(path);
    found.measure();
    const result = found.store.read(by, found.path);
    return typeof result === "string" ? result : moved(found.place, result);
  }

  /** Why a role may not read or watch a key, or null. */
  checkReadable(by: Role, path: string): Refusal | null {
    const found = this.#find(path);
    if (found === null) return refusal(path);
    const refused = found.store.checkReadable(by, found.path);
    return refused === null ? null : moved(found.place, refused);
  }

  /** An interface need not be there yet; what lies below it must be in the table. */
  checkReadableBelow(by: Role, path: string): Refusal | null {
    if (path === "/" || path === INTERFACES) return null;
    const found = this.#find(path);
    if (found !== null) {
      const refused = found.store.checkReadableBelow(by, found.path);
      return refused === null ? null : moved(found.place, refused);
    }
    const [top, name, ...rest] = splitPath(path);
    if (`/${top}` !== INTERFACES || name === undefined) return refusal(path);
    const key = "/" + rest.join("/");
    const known = [...this.#interfaceKeys.keys()].some((each) => covers(key, each));
    return known ? null : refusal(path);
  }

  /** What is set at or below a path and may be read by a role, measured now. */
  readBelow(by: Role, path: string): KvWrite[] {
    const found = this.#find(path);
    const mounts = found !== null
      ? [found]
      : [...this.#mounts].filter(([place]) => covers(path, place))
        .map(([place, mount]) => ({ ...mount, place, path: "/" }));
    return mounts.flatMap(({ store, place, path, measure }) => {
      measure();
      return store.readBelow(by, path).map((write) => ({
        path: below(place, write.path),
        text: write.text,
      }));
    });
  }

  /** All changes must be in one store, because two could not be changed at once. */
  commit(by: Actor, writes: readonly KvWrite[]): Refusal | null {
    const targets = writes.map(({ path }) => this.#find(path));
    const [first] = targets;
    if (first === undefined) return null;
    const lost = targets.indexOf(null);
    if (first === null || lost >= 0) return refusal(writes[Math.max(0, lost)].path);
    const stray = targets.findIndex((target) => target?.place !== first.place);
    if (stray >= 0) {
      const { path } = writes[stray];
      return { code: "inconsistent", path, message: `not in one store: ${path}` };
    }
    const { store, place } = first;
    const inner = writes.map(({ path, text }) => ({ path: within(place, path), text }));
    const refused = store.commit(by, inner);
    return refused === null ? null : moved(place, refused);
  }

  #find(path: string): (Mount & { readonly place: string; readonly path: string }) | null {
    for (const [place, mount] of this.#mounts) {
      if (covers(place, path)) return { ...mount, place, path: within(place, path) };
    }
    return null;
  }

  #tell(place: string, changes: readonly KvChange[], by: Actor): void {
    if (changes.length === 0) return;
    const told = changes.map((change) => ({ ...change, path: below(place, change.path) }));
    for (const listener of this.#listeners) listener(told, by);
  }
}
