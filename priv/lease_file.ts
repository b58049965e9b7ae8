/**
 * The last lease of an interface on disk, so that the next daemon, or the next boot, asks for the same
 * address (RFC 2131 §3.2). Times are of the wall clock: no other one outlives the machine.
 *
 * @module
 */

import { INFINITE_SECONDS, Ipv4Address, Ipv4Cidr, MacAddress } from "../schema/values.ts";
import type { ValueType } from "../schema/value_type.ts";
import { auditedRemove, auditedWrite } from "./audit/audited.ts";
import { type AuditSink, NO_AUDIT } from "./audit/event.ts";
import { readIfThere, writeAtomically } from "./handlers/files.ts";

/** What a lease leaves for the next time. */
export interface SavedLease {
  /** The address and its network. */
  readonly address: Ipv4Cidr;
  /** The server that gave it, if it said who it is. */
  readonly server: Ipv4Address | null;
  /** Seconds that are left: at least 1, `INFINITE_SECONDS`, or null when it is over or nobody knows. */
  readonly secondsLeft: number | null;
}

/** What came of {@link LeaseFile.load}. */
export type LoadedLease =
  | { readonly lease: SavedLease }
  /** There is none, or none of use, for this reason; null when there is no file. */
  | { readonly lease: null; readonly reason: string | null };

/** The file's content; every text as the schema writes it. */
interface Entry {
  readonly version: 1;
  readonly origin: "dhcp";
  /** Hardware address of the interface. */
  readonly mac: string;
  readonly address: string;
  readonly server: string | null;
  /** Seconds since 1970. */
  readonly obtained: number;
  /** Seconds since 1970; null = never. */
  readonly expires: number | null;
}

class UnusableError extends Error {}

function checked<T>(type: ValueType<T>, value: unknown, name: string): T {
  const parsed = type.parse(typeof value === "string" ? value : "");
  if (!parsed.ok) throw new UnusableError(`bad ${name}: ${parsed.reason}`);
  return parsed.value;
}

function seconds(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new UnusableError(`bad ${name}`);
  return Number(value);
}

/** What is left at `now`. A clock that has gone back since says nothing about that. */
function secondsLeft(obtained: number, expires: number | null, now: number): number | null {
  if (expires === null) return INFINITE_SECONDS;
  if (obtained > now || expires <= now) return null;
  return Math.min(expires - now, INFINITE_SECONDS - 1);
}

function read(text: string, mac: string, now: number): SavedLease {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnusableError("not JSON");
  }
  if (typeof value !== "object" || value === null) throw new UnusableError("not an object");
  const entry: Record<string, unknown> = { ...value };
  if (entry.version !== 1) throw new UnusableError("of another version");
  if (entry.origin !== "dhcp") throw new UnusableError("of another origin");
  if (checked(MacAddress, entry.mac, "mac") !== mac) {
    throw new UnusableError("of another hardware address");
  }
  const obtained = seconds(entry.obtained, "obtained");
  const expires = entry.expires === null ? null : seconds(entry.expires, "expires");
  return {
    address: checked(Ipv4Cidr, entry.address, "address"),
    server: entry.server === null ? null : checked(Ipv4Address, entry.server, "server"),
    secondsLeft: secondsLeft(obtained, expires, now),
  };
}

/** The file of one interface. */
export class LeaseFile {
  readonly #path: string;
  readonly #nowSeconds: () => number;
  readonly #audit: AuditSink;

  /** `nowSeconds` gives the wall clock's whole seconds since 1970. */
  constructor(path: string, nowSeconds: () => number, audit: AuditSink = NO_AUDIT) {
    this.#path = path;
    this.#nowSeconds = nowSeconds;
    this.#audit = audit;
  }

  /** Where it is. */
  get path(): string {
    return this.#path;
  }

  /** The lease that was saved for the hardware address `mac`. Never throws. */
  load(mac: string): LoadedLease {
    try {
      const bytes = readIfThere(this.#path);
      if (bytes === null) return { lease: null, reason: null };
      return { lease: read(new TextDecoder().decode(bytes), mac, this.#nowSeconds()) };
    } catch (error) {
      return { lease: null, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * Saves a lease that begins now. It is on the disk afterwards.
   *
   * @throws file errors
   */
  save(mac: string, lease: SavedLease): void {
    const obtained = this.#nowSeconds();
    const entry: Entry = {
      version: 1,
      origin: "dhcp",
      mac,
      address: Ipv4Cidr.format(lease.address),
      server: lease.server,
      obtained,
      expires: lease.secondsLeft === INFINITE_SECONDS ? null : obtained + (lease.secondsLeft ?? 0),
    };
    const bytes = new TextEncoder().encode(JSON.stringify(entry) + "\n");
    auditedWrite(this.#audit, this.#path, bytes, () => {
      writeAtomically(this.#path, bytes, { mode: 0o644, durable: true });
    });
  }

  /** Forgets the lease. @throws file errors */
  remove(): void {
    auditedRemove(this.#audit, this.#path);
  }
}
