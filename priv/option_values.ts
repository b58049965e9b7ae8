/**
 * The values of single options, checked. Where a value goes into the key-value store, the store's own
 * type checks it here already, so that a slip ends the start and not a lease.
 *
 * @module
 */

import { HexBytes, PlainText } from "../schema/text_values.ts";
import { parseDecimal, type ValueType } from "../schema/value_type.ts";
import { DomainName, Ipv4Address, Ipv4Cidr, Seconds } from "../schema/values.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { bytesToHex } from "./hex.ts";

/** The address of `--static`, and what belongs to it. */
export interface StaticConfig {
  /** The interface's address and network. */
  readonly address: Ipv4Cidr;
  /** The default router. */
  readonly gateway: Ipv4Address | null;
  /** At most {@link MAX_STATIC_NAMESERVERS}, in order. */
  readonly nameservers: readonly Ipv4Address[];
}

/** What `--client-id` says: a kind, the DUID to use, or the identifier itself. */
export type ClientIdChoice = "mac" | "duid" | "none" | `duid:${HexBytes}` | HexBytes;

/** What `--hostname` says: the kernel's, none, or the name itself. */
export type HostNameChoice = "auto" | "none" | DomainName;

/** Most name servers that /config/static has keys for. */
const MAX_STATIC_NAMESERVERS = 3;

/** A day in seconds: a larger time-out is a slip of the keyboard. */
export const MAX_TIMEOUT_SECONDS = 86_400;

/** Priorities of routes have 32 bits. */
export const MAX_METRIC = 0xffffffff;

/** IFNAMSIZ − 1 (linux/if.h). */
const MAX_INTERFACE_NAME = 15;

/** A wrong command line, explained in one line. */
export function usageError(message: string): ExitError {
  return new ExitError(ExitCode.USAGE, `${message} (see --help)`);
}

/** A value that an option cannot have. */
export class ValueError extends ExitError {
  /** Why, in a few words. */
  readonly reason: string;

  /** `option` is its name without dashes. */
  constructor(option: string, text: string, reason: string) {
    super(
      ExitCode.USAGE,
      `Cannot use --${option} ${JSON.stringify(text)}: ${reason} (see --help)`,
    );
    this.name = "ValueError";
    this.reason = reason;
  }
}

function refuse(option: string, text: string, reason: string): never {
  throw new ValueError(option, text, reason);
}

/** A value of one of the schema's types. @throws {ExitError} */
export function parseTyped<T>(option: string, text: string, type: ValueType<T>): T {
  const parsed = type.parse(text);
  return parsed.ok ? parsed.value : refuse(option, text, parsed.reason);
}

/** One of several words. @throws {ExitError} */
export function parseWord<const W extends string>(
  option: string,
  text: string,
  words: readonly W[],
): W {
  const word = words.find((each) => each === text);
  return word ?? refuse(option, text, `not one of ${words.join(", ")}`);
}

/** A whole number from `min` to `max`; `unit` completes "not a number of …". @throws {ExitError} */
export function parseNumber(
  option: string,
  text: string,
  range: { readonly min: number; readonly max: number; readonly unit?: string },
): number {
  const { min, max, unit } = range;
  const value = parseDecimal(text, max);
  if (value >= min) return value;
  const what = unit === undefined ? "a number" : `a number of ${unit}`;
  return refuse(option, text, `not ${what} from ${min} to ${max}`);
}

/** `--lease-time`. @throws {ExitError} */
export function parseLeaseTime(text: string): Seconds {
  return parseTyped("lease-time", text, Seconds);
}

/** An absolute path without its final slashes. @throws {ExitError} */
export function parsePath(option: string, text: string): string {
  if (!text.startsWith("/") || text.includes("\0")) refuse(option, text, "not an absolute path");
  return text.length > 1 ? text.replace(/\/+$/, "") : text;
}

/** `--client-id`. @throws {ExitError} */
export function parseClientId(text: string): ClientIdChoice {
  if (text === "mac" || text === "duid" || text === "none") return text;
  const [, kind, value] = /^(hex|duid|text):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) {
    refuse("client-id", text, "not one of mac, duid, duid:DIGITS, none, hex:DIGITS, text:TEXT");
  }
  if (kind === "hex") return parseTyped("client-id", value.toLowerCase(), HexBytes);
  if (kind === "duid") return `duid:${parseDuid(text, value.toLowerCase())}`;
  // A type byte of 0 says that it is no hardware address (RFC 2132 §9.14).
  const bytes = [0, ...new TextEncoder().encode(parseTyped("client-id", value, PlainText))];
  return parseTyped("client-id", bytesToHex(Uint8Array.from(bytes)), HexBytes);
}

/** A type and at most 128 bytes (RFC 8415 §11.1). */
function parseDuid(text: string, digits: string): HexBytes {
  const duid = parseTyped("client-id", digits, HexBytes);
  const bytes = digits.length / 2;
  if (bytes < 3 || bytes > 130) refuse("client-id", text, "a DUID has 3 to 130 bytes");
  return duid;
}

/** `--hostname`. @throws {ExitError} */
export function parseHostName(text: string): HostNameChoice {
  return text === "auto" || text === "none" ? text : parseTyped("hostname", text, DomainName);
}

/** `--static`. @throws {ExitError} */
export function parseStatic(text: string): StaticConfig {
  const [address, gateway, ...nameservers] = text.split(",");
  if (nameservers.length > MAX_STATIC_NAMESERVERS) {
    refuse("static", text, `more than ${MAX_STATIC_NAMESERVERS} name servers`);
  }
  const hasNoRouter = gateway === undefined || (gateway === "" && nameservers.length > 0);
  return {
    address: parseTyped("static", address, Ipv4Cidr),
    gateway: hasNoRouter ? null : parseTyped("static", gateway, Ipv4Address),
    nameservers: nameservers.map((each) => parseTyped("static", each, Ipv4Address)),
  };
}

/** `iaid`: a number, or four bytes as `00:11:22:33`. @throws {ExitError} */
export function parseIaid(text: string): number {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){3}$/i.test(text)) {
    return parseNumber("iaid", text, { min: 0, max: 0xffffffff });
  }
  return parseInt(text.replaceAll(":", ""), 16);
}

/**
 * Whether an interface of this name can be managed. It is the kernel's own rule (dev_valid_name in
 * net/core/dev.c), so that a name is safe in a path, but for names that are not printable ASCII: they are
 * no part of a key's path, and several of them may look the same.
 */
export function isInterfaceName(name: string): boolean {
  return name !== "" && name.length <= MAX_INTERFACE_NAME && name !== "." && name !== ".." &&
    !/[^\x21-\x7e]|[/:]/.test(name);
}

/** The name of an interface, or a pattern (see `fnmatch.ts`). @throws {ExitError} */
export function parseInterface(name: string): string {
  if (isInterfaceName(name)) return name;
  throw usageError(`Cannot use ${JSON.stringify(name)}: not an interface name`);
}
