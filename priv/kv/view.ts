/**
 * What a session needs of a store: one interface's, or the tree of all of them.
 *
 * @module
 */

import type { Role } from "../../schema/keys.ts";
import type { KvWrite } from "./codec.ts";
import type { Actor, ChangeListener, Refusal } from "./store.ts";

/** Keys by path, each as canonical text. */
export interface KvView {
  /** Adds a listener; listeners are called in the order in which they were added. */
  subscribe(listener: ChangeListener): void;
  /** Removes a listener. */
  unsubscribe(listener: ChangeListener): void;
  /** The canonical text of a key, or null when it is not set or does not exist. */
  get(path: string): string | null;
  /** Reads a key with the rights of a role. */
  read(by: Role, path: string): string | Refusal;
  /** Why a role may not read or watch a key, or null. */
  checkReadable(by: Role, path: string): Refusal | null;
  /** Why a role may not subscribe to a path, or null. */
  checkReadableBelow(by: Role, path: string): Refusal | null;
  /** What is set at or below a path and may be read by a role, in order. */
  readBelow(by: Role, path: string): KvWrite[];
  /** Applies changes in their order, all or none; null after success, or the first refusal. */
  commit(by: Actor, writes: readonly KvWrite[]): Refusal | null;
}
