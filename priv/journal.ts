/**
 * What of an interface's configuration is ours, kept in a file beside the results, so that a daemon
 * that is started after a crash, or after one that left its configuration in place, knows it.
 *
 * It needs to outlive the process, not the machine: after a reboot nothing in the kernel is ours.
 *
 * @module
 */

import type { Ipv4AddressEntry, Ipv4RouteEntry } from "../ffi/netlink.ts";
import { auditedRemove, auditedWrite } from "./audit/audited.ts";
import { type AuditSink, NO_AUDIT } from "./audit/event.ts";
import { readIfThere, writeAtomically } from "./handlers/files.ts";

/** The MTU before us, and what we have set. Both in bytes. */
export interface MtuChange {
  /** To be given back. */
  readonly original: number;
  /** As long as the interface has this one. */
  readonly applied: number;
}

/** What may be ours. Whatever of it the kernel does not know (any more) is not. */
export interface Owned {
  /** Addresses that were added. */
  readonly addresses: readonly Ipv4AddressEntry[];
  /** Routes that were added. */
  readonly routes: readonly Ipv4RouteEntry[];
  /** Null when the MTU is as it was. */
  readonly mtu: MtuChange | null;
}

/** Nothing. */
export const OWNED_NOTHING: Owned = { addresses: [], routes: [], mtu: null };

interface Entry extends Owned {
  readonly version: 1;
  readonly index: number;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

/** Whether a value is an object whose members are what `types` says. */
function isObject(value: unknown, types: Record<string, (member: unknown) => boolean>): boolean {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return Object.entries(types).every(([name, isIt]) => isIt(members[name]));
}

function isListOf(types: Record<string, (member: unknown) => boolean>) {
  return (value: unknown) => Array.isArray(value) && value.every((each) => isObject(each, types));
}

/** The types of {@link Owned}, for what comes from a file. */
const ENTRY: Record<string, (member: unknown) => boolean> = {
  version: (value) => value === 1,
  index: isCount,
  addresses: isListOf({
    ...{ index: isCount, address: isText, prefixLength: isCount, broadcast: isTextOrNull },
    ...{ validSeconds: isCount, preferredSeconds: isCount },
  }),
  routes: isListOf({
    ...{ index: isCount, destination: isText, gateway: isTextOrNull, source: isTextOrNull },
    ...{ metric: isCount, scope: isText, protocol: isCount },
  }),
  mtu: (value) => value === null || isObject(value, { original: isCount, applied: isCount }),
};

function isEntry(value: unknown): value is Entry {
  return isObject(value, ENTRY);
}

/** The file of one interface. */
export class Journal {
  readonly #path: string;
  readonly #index: number;
  readonly #audit: AuditSink;
  #text = "";

  /** `index` is the interface's: another one of the same name is not ours. */
  constructor(path: string, index: number, audit: AuditSink = NO_AUDIT) {
    this.#path = path;
    this.#index = index;
    this.#audit = audit;
  }

  /** What a predecessor may have left. A file that cannot be understood is as good as none. */
  load(): Owned {
    try {
      const bytes = readIfThere(this.#path);
      const value: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
      if (isEntry(value) && value.index === this.#index) return value;
    } catch {
      // As good as none.
    }
    return OWNED_NOTHING;
  }

  /**
   * Writes down what may be ours from now on: before it is added, and again when it is settled.
   *
   * @throws file errors
   */
  save(owned: Owned): void {
    const empty = owned.addresses.length === 0 && owned.routes.length === 0 && owned.mtu === null;
    const entry: Entry = { version: 1, index: this.#index, ...owned };
    const text = empty ? "" : JSON.stringify(entry) + "\n";
    if (text === this.#text) return;
    if (empty) auditedRemove(this.#audit, this.#path);
    else {
      const bytes = new TextEncoder().encode(text);
      auditedWrite(this.#audit, this.#path, bytes, () => {
        writeAtomically(this.#path, bytes, { mode: 0o600, durable: false });
      });
    }
    this.#text = text;
  }
}
