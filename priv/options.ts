/**
 * The command line of `--mode=priv`, read by its table and checked as a whole.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { PlainText } from "../schema/text_values.ts";
import { Ipv4Cidr, type Seconds } from "../schema/values.ts";
import type { AcdMode, FallbackMode, FqdnMode } from "../schema/word_values.ts";
import { OPTION_TABLE } from "./option_table.ts";
import { LOG_LEVELS, type ServiceOptions } from "./service_options.ts";
import {
  type ClientIdChoice,
  type HostNameChoice,
  parseClientId,
  parseHostName,
  parseInterface,
  parseLeaseTime,
  parseNumber,
  parsePath,
  parseStatic,
  parseTyped,
  parseWord,
  type StaticConfig,
  usageError,
} from "./option_values.ts";

/** When the host takes the name that a server gives it. */
export type ApplyHostName = "auto" | "always" | "never";

/** What an interface's calf is told (see `settings.ts`). */
export interface DhcpOptions {
  /** When an address is probed for conflicts. */
  readonly acd: AcdMode;
  /** The client identifier. */
  readonly clientId: ClientIdChoice;
  /** The host name to send. */
  readonly hostName: HostNameChoice;
  /** What option 81 asks for; null = option 12 is sent instead. */
  readonly fqdn: FqdnMode | null;
  /** Option 60, or null. */
  readonly vendorClass: PlainText | null;
  /** Option 77, or null. */
  readonly userClass: PlainText | null;
  /** Offer exchanges of two messages. */
  readonly rapidCommit: boolean;
  /** RFC 7844. */
  readonly anonymity: boolean;
  /** Set the BROADCAST flag. */
  readonly broadcast: boolean;
  /** Take routes from servers. */
  readonly classlessRoutes: boolean;
  /** RFC 8925. */
  readonly ipv6Only: boolean;
  /** Lease time to ask for; null = none. */
  readonly leaseTime: Seconds | null;
  /** What to do without a server. */
  readonly fallback: FallbackMode;
  /** Seconds to wait for a server first; null = the calf's default. */
  readonly fallbackAfter: Seconds | null;
  /** For `fallback` static, and null otherwise. */
  readonly static: StaticConfig | null;
  /** The address of DHCPINFORM, or null. */
  readonly inform: Ipv4Cidr | null;
}

/** The checked command line of `--mode=priv`. */
export interface PrivOptions {
  /** Interface names and patterns in the order given, each once. */
  readonly interfaces: readonly string[];
  /** Exit once every interface has a lease. */
  readonly oneshot: boolean;
  /** Milliseconds that `--oneshot` waits for a lease; null = for ever. */
  readonly timeoutMs: number | null;
  /** Leave the configuration in place at exit. */
  readonly persistent: boolean;
  /** Give the leases back at exit. */
  readonly release: boolean;
  /** Directory of the results. */
  readonly runDir: string;
  /** Directory of what survives a restart. */
  readonly stateDir: string;
  /** Path of the resolver configuration; null = not managed. */
  readonly resolvConf: string | null;
  /** When the host takes the name that a server gives it. */
  readonly applyHostName: ApplyHostName;
  /** Metric of the routes; null = by the interface's index. */
  readonly metric: number | null;
  /** Log, audit log, metrics, socket. */
  readonly services: ServiceOptions;
  /** What the calves are told. */
  readonly dhcp: DhcpOptions;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly options: PrivOptions }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** A day in seconds: a larger time-out is a slip of the keyboard. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** Priorities of routes have 32 bits. */
const MAX_METRIC = 0xffffffff;

const STATE_DIR = "/var/lib/dhcp-client";
const DEFAULT_AUDIT_BYTES = 10 * 1024 * 1024;
const DEFAULT_AUDIT_FILES = 4;

/** What `--anonymity` leaves out, and so cannot be given besides. */
const REVEALING = ["client-id", "hostname", "fqdn", "vendor-class", "user-class"];

/** The options that were given, by name. */
class Given {
  readonly #values: Readonly<Record<string, string | boolean | undefined>>;

  constructor(values: Readonly<Record<string, string | boolean | undefined>>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string, fallback: string): string {
    const value = this.#values[name];
    return typeof value === "string" ? value : fallback;
  }

  /** What `parse` makes of the text, or null when the option was not given. */
  optional<T>(name: string, parse: (text: string) => T): T | null {
    return this.has(name) ? parse(this.text(name, "")) : null;
  }
}

function parseTable(argv: readonly string[]): { given: Given; positionals: string[] } {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const row of OPTION_TABLE) {
    options[row.name] = { type: row.value === undefined ? "boolean" : "string" };
    if (row.short !== undefined) options[row.name].short = row.short;
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return { given: new Given(values as Record<string, string | boolean>), positionals };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // parseArgs explains at length how to pass a positional that begins with a dash.
    throw usageError(text.split(". To ")[0].split("\n")[0]);
  }
}

function parseDhcp(given: Given): DhcpOptions {
  const plain = (name: string) => given.optional(name, (text) => parseTyped(name, text, PlainText));
  const fqdn = parseWord("fqdn", given.text("fqdn", "disable"), ["disable", "none", "ptr", "both"]);
  return {
    acd: parseWord("acd", given.text("acd", "after"), ["after", "before", "off"]),
    clientId: parseClientId(given.text("client-id", "mac")),
    hostName: parseHostName(given.text("hostname", "auto")),
    fqdn: fqdn === "disable" ? null : fqdn,
    vendorClass: plain("vendor-class"),
    userClass: plain("user-class"),
    rapidCommit: !given.has("no-rapid-commit"),
    anonymity: given.has("anonymity"),
    broadcast: given.has("broadcast"),
    classlessRoutes: !given.has("no-classless-routes"),
    ipv6Only: given.has("ipv6-only"),
    leaseTime: given.optional("lease-time", parseLeaseTime),
    fallback: parseWord("fallback", given.text("fallback", "none"), ["none", "ipv4ll", "static"]),
    fallbackAfter: given.optional(
      "fallback-after",
      (text) =>
        parseNumber("fallback-after", text, { min: 1, max: MAX_TIMEOUT_SECONDS, unit: "seconds" }),
    ),
    static: given.optional("static", parseStatic),
    inform: given.optional("inform", (text) => parseTyped("inform", text, Ipv4Cidr)),
  };
}

function parseServices(
  given: Given,
  path: (name: string, fallback: string) => string,
): ServiceOptions {
  return {
    log: {
      level: parseWord("log-level", given.text("log-level", "info"), LOG_LEVELS),
      format: "text",
      file: null,
      syslog: null,
    },
    audit: {
      file: `${path("state-dir", STATE_DIR)}/audit.log`,
      maxBytes: DEFAULT_AUDIT_BYTES,
      keep: DEFAULT_AUDIT_FILES,
    },
    metrics: { socket: true, address: null, textfile: null },
    control: { socket: true, group: null },
    noWait: false,
  };
}

/** Options that contradict each other, or that would mean nothing. @throws {ExitError} */
function checkTogether(given: Given, dhcp: DhcpOptions, names: readonly string[]): void {
  const { fallback, inform, hostName } = dhcp;
  const several = names.length > 1 || names.some(isPattern);
  const wrong: readonly (readonly [boolean, string])[] = [
    [given.has("timeout") && !given.has("oneshot"), "--timeout without --oneshot"],
    [given.has("release") && given.has("oneshot"), "--release with --oneshot"],
    [given.has("release") && given.has("persistent"), "--release with --persistent"],
    [given.has("static") && fallback !== "static", "--static without --fallback=static"],
    [!given.has("static") && fallback === "static", "--fallback=static without --static"],
    [given.has("fallback-after") && fallback === "none", "--fallback-after without --fallback"],
    [inform !== null && fallback !== "none", "--inform with --fallback"],
    [given.has("fqdn") && hostName === "none", "--fqdn with --hostname=none"],
    [inform !== null && given.has("lease-time"), "--inform with --lease-time"],
    [inform !== null && given.has("release"), "--inform with --release"],
    [inform !== null && several, "--inform for several interfaces: an address belongs to one"],
    [given.has("static") && several, "--static for several interfaces: an address belongs to one"],
    ...REVEALING.map((name) =>
      [given.has("anonymity") && given.has(name), `--anonymity with --${name}`] as const
    ),
  ];
  const found = wrong.find(([isWrong]) => isWrong);
  if (found !== undefined) throw usageError(`Cannot use ${found[1]}`);
}

/** Whether an interface is named by a pattern. */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

function parseTimeout(text: string): number | null {
  const range = { min: 0, max: MAX_TIMEOUT_SECONDS, unit: "seconds" };
  const seconds = parseNumber("timeout", text, range);
  return seconds === 0 ? null : seconds * 1000;
}

/**
 * Reads the command line of `--mode=priv` (without the program's name).
 *
 * @throws {ExitError} with USAGE for an unknown option, a bad value, options that contradict each
 * other, or no interface.
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const { given, positionals } = parseTable(argv);
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };
  const interfaces = [...new Set(positionals.map(parseInterface))];
  if (interfaces.length === 0) throw usageError("Cannot start: no interface named");
  const dhcp = parseDhcp(given);
  const path = (name: string, fallback: string) => parsePath(name, given.text(name, fallback));
  const options: PrivOptions = {
    interfaces,
    oneshot: given.has("oneshot"),
    timeoutMs: parseTimeout(given.text("timeout", "30")),
    persistent: given.has("persistent"),
    release: given.has("release"),
    runDir: path("run-dir", "/var/run/dhcp-client"),
    stateDir: path("state-dir", STATE_DIR),
    resolvConf: given.text("resolv-conf", "") === "none"
      ? null
      : path("resolv-conf", "/etc/resolv.conf"),
    applyHostName: parseWord("apply-hostname", given.text("apply-hostname", "auto"), [
      "auto",
      "always",
      "never",
    ]),
    metric: given.optional(
      "metric",
      (text) => parseNumber("metric", text, { min: 0, max: MAX_METRIC }),
    ),
    services: parseServices(given, path),
    dhcp,
  };
  checkTogether(given, dhcp, interfaces);
  return { kind: "run", options };
}
