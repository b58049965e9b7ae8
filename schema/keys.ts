/**
 * The table of keys: what there is, who may do what with it, and of what type it is. Rights checks, validation
 * and KEYS.md all come from here, so a new service is a column of rights and the rows that it needs.
 *
 * @module
 */

import type { ValueType } from "./value_type.ts";
import {
  ClientState,
  DomainName,
  DomainNameList,
  Ipv4Address,
  Ipv4Broadcast,
  Ipv4Cidr,
  LinkStatus,
  MacAddress,
  Mtu,
  Seconds,
  Seed,
} from "./values.ts";

/** A calf by its service. Add `calf:dhcp6`, `calf:ntp` … here and to `rights` of the rows that they need. */
export type Role = "calf:dhcp4";

/** `r`: the calf may read and watch. `w`: it may write and delete, but not read. */
export type Right = "r" | "w";

/** One row of the table. */
export interface KeyRow {
  /** A path, whose last part may be a range such as `{001..016}`. */
  readonly pattern: string;
  /** Each calf's right; a calf that is not listed has none. */
  readonly rights: Readonly<Partial<Record<Role, Right>>>;
  /** What the values must be. */
  readonly type: ValueType<unknown>;
  /** Unit of the value, or "". */
  readonly unit: string;
  /** What it means and where it comes from. */
  readonly meaning: string;
  /** A key without which this one may not be set, as the state is after a whole commit. */
  readonly requires?: string;
  /** Stays when the empty path is deleted. */
  readonly survivesDeleteAll?: true;
}

/** A key that exists: a row with its pattern replaced by one path. */
export interface Key extends KeyRow {
  /** The path, such as `/nameserver/001`. */
  readonly path: string;
  /** Place in the table, for sorting. */
  readonly order: number;
}

/** Most parts of a path. */
export const MAX_PATH_PARTS = 4;
/** Longest part of a path in bytes. */
export const MAX_PART_LENGTH = 64;

const DHCP4_READS: KeyRow["rights"] = { "calf:dhcp4": "r" };
const DHCP4_WRITES: KeyRow["rights"] = { "calf:dhcp4": "w" };

/** A row that a lease brings: written by the DHCP calf, meaningless without an address. */
function leaseRow(
  pattern: string,
  type: ValueType<unknown>,
  unit: string,
  meaning: string,
): KeyRow {
  return { pattern, rights: DHCP4_WRITES, type, unit, meaning, requires: "/ip" };
}

/** The table. */
export const KEY_TABLE: readonly KeyRow[] = [
  {
    pattern: "/mac",
    rights: DHCP4_READS,
    type: MacAddress,
    unit: "",
    meaning: "hardware address of the interface",
  },
  {
    pattern: "/seed",
    rights: DHCP4_READS,
    type: Seed,
    unit: "",
    meaning: "seed of the calf's random numbers, new at each start of a calf",
  },
  {
    pattern: "/link",
    rights: DHCP4_READS,
    type: LinkStatus,
    unit: "",
    meaning: "carrier of the interface",
  },
  {
    pattern: "/state",
    rights: DHCP4_WRITES,
    type: ClientState,
    unit: "",
    meaning: "state of the client (RFC 2131 §4.4)",
    survivesDeleteAll: true,
  },
  {
    pattern: "/ip",
    rights: DHCP4_WRITES,
    type: Ipv4Cidr,
    unit: "",
    meaning: "the leased address (yiaddr) and netmask (option 1)",
    requires: "/lease/time",
  },
  leaseRow("/broadcast", Ipv4Broadcast, "", "broadcast address (option 28); shown, not applied"),
  leaseRow("/gateway", Ipv4Address, "", "first router (option 3)"),
  leaseRow("/mtu", Mtu, "bytes", "interface MTU (option 26)"),
  leaseRow("/domain", DomainName, "", "domain name (option 15)"),
  leaseRow(
    "/search",
    DomainNameList,
    "",
    "domains to search (option 119, or several names in option 15)",
  ),
  leaseRow("/nameserver/{001..016}", Ipv4Address, "", "name servers in order (option 6)"),
  leaseRow("/lease/server", Ipv4Address, "", "server identifier (option 54)"),
  leaseRow("/lease/time", Seconds, "s", "lease time (option 51), from the acknowledgement on"),
  leaseRow("/lease/t1", Seconds, "s", "renewal time (option 58 or 0.5 of the lease)"),
  leaseRow("/lease/t2", Seconds, "s", "rebinding time (option 59 or 0.875 of the lease)"),
];

/** The paths of a pattern: one, or all of its range. */
function expand(pattern: string): string[] {
  const range = /^(.*)\{([0-9]+)\.\.([0-9]+)\}$/.exec(pattern);
  if (range === null) return [pattern];
  const [, stem, first, last] = range;
  const paths: string[] = [];
  for (let n = Number(first); n <= Number(last); n++) {
    paths.push(stem + String(n).padStart(first.length, "0"));
  }
  return paths;
}

/** Every key by its path, in the order of the table. */
export const KEYS: ReadonlyMap<string, Key> = new Map(
  KEY_TABLE.flatMap((row) => expand(row.pattern).map((path) => ({ row, path })))
    .map(({ row, path }, order) => [path, { ...row, path, order }]),
);

/** Parts as one path: `["nameserver", "001"]` is `/nameserver/001`, no parts are `/`. */
export function joinPath(parts: readonly string[]): string {
  return "/" + parts.join("/");
}

/** A path as its parts, the inverse of `joinPath`. */
export function splitPath(path: string): string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}

/** Whether `path` names `key` itself or something above it. */
export function covers(path: string, key: string): boolean {
  return path === "/" || path === key || key.startsWith(path + "/");
}

/** What `role` may do with a key: "r", "w" or nothing. */
export function rightOf(role: Role, key: Key): Right | null {
  return key.rights[role] ?? null;
}
