/**
 * The store of one interface: what priv tells its calf and what the calf has dropped off. Every change passes
 * the table of keys, and a commit happens as a whole or not at all.
 *
 * @module
 */

import { covers, isCalfWritable, type Key, KEYS, rightOf, type Role } from "../../schema/keys.ts";
import type { ValueType } from "../../schema/value_type.ts";
import type { KvWrite } from "./codec.ts";

/** Who changes the store. priv may set every key. */
export type Actor = Role | "priv";

/** Why a request was refused. */
export type RefusalCode =
  | "unknown"
  | "denied"
  | "value"
  | "duplicate"
  | "inconsistent"
  | "unset"
  | "limit"
  | "unsupported";

/** A refused request. */
export interface Refusal {
  /** The kind of refusal, for counters. */
  readonly code: RefusalCode;
  /** The key in question. */
  readonly path: string;
  /** Short printable ASCII for the calf and the audit log; never repeats a value. */
  readonly message: string;
}

/** What a commit did to one key. `text` and `previous` are equal when the same value was written again. */
export interface KvChange {
  /** The key. */
  readonly path: string;
  /** The value now, in canonical form, or null when the key is not set any more. */
  readonly text: string | null;
  /** The value before, or null. */
  readonly previous: string | null;
}

/** Called once after each successful commit, with its changes in the order of the table of keys. */
export type ChangeListener = (changes: readonly KvChange[], by: Actor) => void;

function refusal(code: RefusalCode, path: string, message: string): Refusal {
  return { code, path, message };
}

function effectiveRight(by: Actor, key: Key, wanted: "r" | "w"): boolean {
  return by === "priv" || rightOf(by, key)?.includes(wanted) === true;
}

/** The keys that are set, as canonical text. */
export class KvStore {
  readonly #keys: ReadonlyMap<string, Key>;
  /** The keys that some calf may write: what a delete of a path above them removes. */
  readonly #calfWritable: ReadonlySet<Key>;
  #texts: Map<string, string> = new Map();
  #listeners: ChangeListener[] = [];
  #pending: { changes: readonly KvChange[]; by: Actor }[] = [];
  #notifying = false;

  /** Makes an empty store; `keys` is its table. */
  constructor(keys: ReadonlyMap<string, Key> = KEYS) {
    this.#keys = keys;
    this.#calfWritable = keys === KEYS ? CALF_WRITABLE : calfWritable(keys);
  }

  /** Adds a listener; listeners are called in the order in which they were added. */
  subscribe(listener: ChangeListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  /** Removes a listener. */
  unsubscribe(listener: ChangeListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  /** The canonical text of a key, or null when it is not set or does not exist. */
  get(path: string): string | null {
    return this.#texts.get(path) ?? null;
  }

  /** The value of a key, or null when it is not set. Throws when `type` is not the key's. */
  value<T>(path: string, type: ValueType<T>): T | null {
    const text = this.#texts.get(path);
    if (text === undefined) return null;
    const parsed = type.parse(text);
    if (!parsed.ok) throw new TypeError(`Cannot read ${path} as ${type.name}: ${parsed.reason}`);
    return parsed.value;
  }

  /** All keys that are set and their canonical texts, in the order of the table of keys. */
  snapshot(): Map<string, string> {
    return new Map([...this.#texts].sort(([a], [b]) => this.#byTable(a, b)));
  }

  /** Sets one key for priv. Throws when the key or value is wrong, which is an error in our own code. */
  set(path: string, text: string): void {
    const refused = this.commit("priv", [{ path, text }]);
    if (refused !== null) throw new TypeError(`Cannot set ${path}: ${refused.message}`);
  }

  /** Reads a key with the rights of a calf. */
  read(by: Role, path: string): string | Refusal {
    const denied = this.checkReadable(by, path);
    if (denied !== null) return denied;
    return this.get(path) ?? refusal("unset", path, `not set: ${path}`);
  }

  /** Why a calf may not read or watch a key, or null. */
  checkReadable(by: Role, path: string): Refusal | null {
    const key = this.#keys.get(path);
    if (key === undefined) return refusal("unknown", path, `unknown key: ${path}`);
    if (effectiveRight(by, key, "r")) return null;
    const why = rightOf(by, key) === "w" ? "is write-only" : "may not be read";
    return refusal("denied", path, `denied: ${path} ${why}`);
  }

  /** Why a calf may not subscribe to a path, or null: it must cover a key that the calf may read. */
  checkReadableBelow(by: Role, path: string): Refusal | null {
    if (this.#keys.has(path)) return this.checkReadable(by, path);
    const keys = [...this.#keys.values()].filter((key) => covers(path, key.path));
    if (keys.length === 0) return refusal("unknown", path, `unknown key: ${path}`);
    if (keys.some((key) => effectiveRight(by, key, "r"))) return null;
    return refusal("denied", path, `denied: nothing below ${path} may be read`);
  }

  /** What is set at or below a path and may be read by a calf, in the order of the table of keys. */
  readBelow(by: Role, path: string): KvWrite[] {
    return [...this.snapshot()].map(([path, text]) => ({ path, text }))
      .filter((write) => covers(path, write.path) && this.checkReadable(by, write.path) === null);
  }

  /**
   * Applies changes in their order, all or none, with the rights of `by`. A delete removes the key, or every key
   * below the path that a calf may write (the empty path spares those that survive it). The same key may not be
   * written twice. After the whole, no key may be set without the key that it requires.
   *
   * @returns null after success and after all listeners have been told, or the first refusal.
   */
  commit(by: Actor, writes: readonly KvWrite[]): Refusal | null {
    const texts = new Map(this.#texts);
    const touched = new Set<string>();
    const written = new Set<string>();
    for (const write of writes) {
      const refused = write.text === null
        ? this.#delete(by, write.path, texts, touched)
        : this.#write(by, write.path, write.text, texts, written);
      if (refused !== null) return refused;
    }
    for (const path of texts.keys()) {
      const required = this.#keys.get(path)?.requires;
      if (required !== undefined && !texts.has(required)) {
        return refusal("inconsistent", path, `inconsistent: ${path} needs ${required}`);
      }
    }
    for (const path of written) touched.add(path);
    const changes = [...touched].sort((a, b) => this.#byTable(a, b)).map((path) => ({
      path,
      text: texts.get(path) ?? null,
      previous: this.get(path),
    })).filter((change) => change.text !== null || change.previous !== null);
    this.#texts = texts;
    this.#notify(changes, by);
    return null;
  }

  #write(
    by: Actor,
    path: string,
    text: string,
    texts: Map<string, string>,
    written: Set<string>,
  ): Refusal | null {
    const key = this.#keys.get(path);
    if (key === undefined) return refusal("unknown", path, `unknown key: ${path}`);
    if (!effectiveRight(by, key, "w")) return readOnly(path);
    if (written.has(path)) return refusal("duplicate", path, `duplicate write: ${path}`);
    const parsed = key.type.parse(text);
    if (!parsed.ok) return refusal("value", path, `bad value for ${path}: ${parsed.reason}`);
    written.add(path);
    texts.set(path, key.type.format(parsed.value));
    return null;
  }

  #delete(
    by: Actor,
    path: string,
    texts: Map<string, string>,
    touched: Set<string>,
  ): Refusal | null {
    const refused = this.#checkDeletable(by, path);
    if (refused !== null) return refused;
    for (const set of [...texts.keys()]) {
      const key = this.#keys.get(set);
      if (key === undefined || !covers(path, set) || !effectiveRight(by, key, "w")) continue;
      if (path !== set && !this.#calfWritable.has(key)) continue;
      const survives = key.survivesDeleteAll === true || key.volatile === true;
      if (path === "/" && survives) continue;
      texts.delete(set);
      touched.add(set);
    }
    return null;
  }

  /** Why nothing at or below a path may be deleted, or null: whether anything is set is no matter. */
  #checkDeletable(by: Actor, path: string): Refusal | null {
    const mayWrite = (key: Key) => covers(path, key.path) && effectiveRight(by, key, "w");
    for (const key of this.#calfWritable) {
      if (mayWrite(key)) return null;
    }
    const covered = [...this.#keys.values()].filter((key) => covers(path, key.path));
    if (covered.length === 0) return refusal("unknown", path, `unknown key: ${path}`);
    return covered.some(mayWrite) ? null : readOnly(path);
  }

  #byTable(a: string, b: string): number {
    return (this.#keys.get(a)?.order ?? 0) - (this.#keys.get(b)?.order ?? 0);
  }

  /** Tells the listeners. What a listener commits itself is told after this, so that all see one order. */
  #notify(changes: readonly KvChange[], by: Actor): void {
    this.#pending.push({ changes, by });
    if (this.#notifying) return;
    this.#notifying = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        for (const listener of this.#listeners) listener(next.changes, next.by);
      }
    } finally {
      this.#notifying = false;
    }
  }
}

function calfWritable(keys: ReadonlyMap<string, Key>): ReadonlySet<Key> {
  return new Set([...keys.values()].filter(isCalfWritable));
}

const CALF_WRITABLE = calfWritable(KEYS);

function readOnly(path: string): Refusal {
  return refusal("denied", path, `denied: ${path} is read-only`);
}
