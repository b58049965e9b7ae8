/**
 * The table of keys: what there is, who may do what with it, and of what type it is. Rights checks, validation
 * and KEYS.md all come from here, so a new service is a column of rights and the rows that it needs.
 *
 * @module
 */

import { CONFIG_ROWS } from "./config_keys.ts";
import { LEASE_ROWS } from "./lease_keys.ts";
import { STATUS_ROWS } from "./status_keys.ts";
import type { KeyRow, Right, Role } from "./key_row.ts";
import { ClientRequest, LinkStatus } from "./word_values.ts";
import { Ipv4Address, Ipv4Cidr, MacAddress, Seconds, Seed } from "./values.ts";

export type { CalfRole, KeyRow, Right, Role } from "./key_row.ts";

/** A key that exists: a row with its pattern replaced by one path. */
export interface Key extends KeyRow {
  /** The path, such as `/nameserver/001`. */
  readonly path: string;
  /** Place in the table, for sorting. */
  readonly order: number;
}

/** Most parts of a path of a calf's. */
export const MAX_PATH_PARTS = 4;
/** Most parts of an operator's path: `/interface`, the interface, and the key's own. */
export const MAX_OPERATOR_PATH_PARTS: number = MAX_PATH_PARTS + 2;
/** Longest part of a path in bytes. */
export const MAX_PART_LENGTH = 64;

const DHCP4_READS: KeyRow["rights"] = { "calf:dhcp4": "r", operator: "r" };

/** The table of one interface's store. */
export const KEY_TABLE: readonly KeyRow[] = [
  {
    pattern: "/mac",
    rights: DHCP4_READS,
    type: MacAddress,
    unit: "",
    meaning: "hardware address of the interface",
  },
  {
    pattern: "/own-mac/{001..064}",
    rights: DHCP4_READS,
    type: MacAddress,
    unit: "",
    meaning: "hardware addresses of the machine's other interfaces, whose ARP is no conflict",
  },
  {
    pattern: "/seed",
    // Not for operators: who knows it can foretell every xid.
    rights: { "calf:dhcp4": "r" },
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
    pattern: "/request",
    rights: { "calf:dhcp4": "r", operator: "rw" },
    type: ClientRequest,
    unit: "",
    meaning: "what the client is to do; `release` stays until something else is asked",
  },
  {
    pattern: "/saved/ip",
    rights: DHCP4_READS,
    type: Ipv4Cidr,
    unit: "",
    meaning: "the address of the last lease, to be asked for again (RFC 2131 §3.2)",
  },
  {
    pattern: "/saved/server",
    rights: DHCP4_READS,
    type: Ipv4Address,
    unit: "",
    meaning: "the server of the last lease",
    requires: "/saved/ip",
  },
  {
    pattern: "/saved/time",
    rights: DHCP4_READS,
    type: Seconds,
    unit: "s",
    meaning: "what is left of the last lease; absent when it is over",
    requires: "/saved/ip",
  },
  ...CONFIG_ROWS,
  ...LEASE_ROWS,
  ...STATUS_ROWS,
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

/** Every key of a table by its path, in the order of the table. */
export function expandTable(table: readonly KeyRow[]): ReadonlyMap<string, Key> {
  return new Map(
    table.flatMap((row) => expand(row.pattern).map((path) => ({ row, path })))
      .map(({ row, path }, order) => [path, { ...row, path, order }]),
  );
}

/** Every key of an interface's store. */
export const KEYS: ReadonlyMap<string, Key> = expandTable(KEY_TABLE);

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

/** What `role` may do with a key, or null for nothing. */
export function rightOf(role: Role, key: Key): Right | null {
  return key.rights[role] ?? null;
}

/** Whether some calf may write a key. */
export function isCalfWritable({ rights }: KeyRow): boolean {
  return Object.entries(rights).some(([role, right]) => role !== "operator" && right.includes("w"));
}
