/**
 * What is decided for one interface: by the command line, by its blocks of the configuration file, and
 * by what the file says for all.
 *
 * @module
 */

import { PlainText } from "../schema/text_values.ts";
import type { ValueType } from "../schema/value_type.ts";
import {
  DomainName,
  DomainNameList,
  Ipv4Address,
  Ipv4Cidr,
  Mtu,
  type OptionCodes,
  type Seconds,
} from "../schema/values.ts";
import type { AcdMode, FallbackMode, FqdnMode } from "../schema/word_values.ts";
import { namedOption } from "./config/dhcp_names.ts";
import { fitsAny } from "./fnmatch.ts";
import { Given, type Settings } from "./given.ts";
import type { CommandLine } from "./options.ts";
import type { Lease } from "./kv/lease.ts";
import { settleContradictions } from "./option_rules.ts";
import {
  type ClientIdChoice,
  type HostNameChoice,
  MAX_METRIC,
  MAX_TIMEOUT_SECONDS,
  parseClientId,
  parseHostName,
  parseIaid,
  parseLeaseTime,
  parseNumber,
  parseStatic,
  parseTyped,
  parseWord,
  type StaticConfig,
} from "./option_values.ts";

/** What an interface's calf is told (see `settings.ts`). */
export interface DhcpOptions {
  /** When an address is probed for conflicts. */
  readonly acd: AcdMode;
  /** The client identifier. */
  readonly clientId: ClientIdChoice;
  /** The IAID of a client identifier with a DUID; null = from the hardware address. */
  readonly iaid: number | null;
  /** The host name to send. */
  readonly hostName: HostNameChoice;
  /** Send only what stands before its first dot. */
  readonly hostNameShort: boolean;
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
  /** Options without which no offer and no acknowledgement counts. */
  readonly require: OptionCodes;
  /** Options that are neither asked for nor obeyed. */
  readonly noRequest: OptionCodes;
}

/** Which parts of a lease the system takes from a server; all by default. */
export interface ApplyOptions {
  /** The interface's MTU (option 26). */
  readonly mtu: boolean;
  /** Name servers in resolv.conf (option 6). */
  readonly nameservers: boolean;
  /** The domain in resolv.conf (option 15). */
  readonly domain: boolean;
  /** The search list in resolv.conf (option 119). */
  readonly search: boolean;
  /** The host's name (option 12). */
  readonly hostName: boolean;
  /** Time servers (option 42). */
  readonly ntp: boolean;
  /** Further routes (options 121, 249 and 33). */
  readonly routes: boolean;
  /** The default route (option 3, or that of option 121 or 249). */
  readonly gateway: boolean;
}

/** What stands in for a server's values (`static NAME=VALUE`); null = the server's count. */
export interface ReplaceOptions {
  /** Name servers. */
  readonly nameservers: readonly Ipv4Address[] | null;
  /** The domain. */
  readonly domain: DomainName | null;
  /** The search list. */
  readonly search: DomainNameList | null;
  /** The default router. */
  readonly gateway: Ipv4Address | null;
  /** The MTU. */
  readonly mtu: Mtu | null;
  /** Time servers. */
  readonly ntp: readonly Ipv4Address[] | null;
}

/** All that is decided for one interface. */
export interface InterfaceOptions {
  /** What its calf is told. */
  readonly dhcp: DhcpOptions;
  /** Exactly this metric; null = as `--metric` says for all (see `preference.ts`). */
  readonly metric: number | null;
  /** What the system takes. */
  readonly apply: ApplyOptions;
  /** What stands in for it. */
  readonly replace: ReplaceOptions;
}

/** An `interface` block of the configuration file. */
export interface InterfaceBlock {
  /** Names and patterns after `interface`. */
  readonly patterns: readonly string[];
  /** Its line. */
  readonly line: number;
  /** What it decides. */
  readonly settings: Settings;
}

/** All that was decided, and where. */
export interface Layers {
  /** By the command line. */
  readonly line: CommandLine;
  /** By the configuration file, for all interfaces. */
  readonly file: Settings;
  /** By its blocks, in their order. */
  readonly blocks: readonly InterfaceBlock[];
}

/** Reads what calves are told. @throws {ExitError} for a bad value */
export function readDhcp(given: Given): DhcpOptions {
  const plain = (name: string) => given.optional(name, (text) => parseTyped(name, text, PlainText));
  const fqdn = parseWord("fqdn", given.text("fqdn"), ["disable", "none", "ptr", "both"]);
  const seconds = { min: 1, max: MAX_TIMEOUT_SECONDS, unit: "seconds" };
  return {
    acd: parseWord("acd", given.text("acd"), ["after", "before", "off"]),
    clientId: parseClientId(given.text("client-id")),
    iaid: given.optional("iaid", parseIaid),
    hostName: parseHostName(given.text("hostname")),
    hostNameShort: given.has("hostname_short"),
    fqdn: fqdn === "disable" ? null : fqdn,
    vendorClass: plain("vendor-class"),
    userClass: plain("user-class"),
    rapidCommit: !given.has("no-rapid-commit"),
    anonymity: given.has("anonymity"),
    broadcast: given.has("broadcast"),
    classlessRoutes: !given.has("no-classless-routes"),
    ipv6Only: given.has("ipv6-only"),
    leaseTime: given.optional("lease-time", parseLeaseTime),
    fallback: parseWord("fallback", given.text("fallback"), ["none", "ipv4ll", "static"]),
    fallbackAfter: given.optional(
      "fallback-after",
      (text) => parseNumber("fallback-after", text, seconds) as Seconds,
    ),
    static: given.optional("static", parseStatic),
    inform: given.optional("inform", (text) => parseTyped("inform", text, Ipv4Cidr)),
    require: listOf(given, "require").map(Number),
    noRequest: listOf(given, "nooption").map((name) => namedOption(name)?.code ?? 0)
      .filter((code) => code > 0),
  };
}

/** The words of a setting that is a list. */
export function listOf(given: Given, name: string): string[] {
  return given.text(name).split(/[\s,]+/).filter((word) => word !== "");
}

function readApply(given: Given): ApplyOptions {
  const ignored = listOf(given, "nooption");
  const unhooked = listOf(given, "nohook");
  const resolver = !unhooked.includes("resolv.conf");
  const takes = (option: string): boolean => !ignored.includes(option);
  return {
    mtu: takes("interface_mtu") && !unhooked.includes("mtu"),
    nameservers: takes("domain_name_servers") && resolver,
    domain: takes("domain_name") && resolver,
    search: takes("domain_search") && resolver,
    hostName: takes("host_name") && !unhooked.includes("hostname"),
    ntp: takes("ntp_servers"),
    routes: !given.has("no-classless-routes"),
    gateway: takes("routers") && !given.has("nogateway"),
  };
}

function readReplace(given: Given): ReplaceOptions {
  const one = <T>(option: string, type: ValueType<T>) =>
    given.optional(`static ${option}`, (text) => parseTyped("static", text, type));
  const several = (option: string) =>
    given.optional(
      `static ${option}`,
      () =>
        listOf(given, `static ${option}`).map((each) => parseTyped("static", each, Ipv4Address)),
    );
  return {
    nameservers: several("domain_name_servers"),
    domain: one("domain_name", DomainName),
    search: one("domain_search", DomainNameList),
    gateway: one("routers", Ipv4Address),
    mtu: one("interface_mtu", Mtu),
    ntp: several("ntp_servers"),
  };
}

/** `--metric`. @throws {ExitError} */
export function readMetric(given: Given): number | null {
  return given.optional(
    "metric",
    (text) => parseNumber("metric", text, { min: 0, max: MAX_METRIC }),
  );
}

/** Reads all that an interface may have of its own. @throws {ExitError} for a bad value */
export function readInterface(given: Given): InterfaceOptions {
  return {
    dhcp: readDhcp(given),
    metric: readMetric(given),
    apply: readApply(given),
    replace: readReplace(given),
  };
}

/**
 * What counts for one interface. With several blocks that it fits, the later ones count first.
 *
 * @throws {ExitError} when settings contradict each other; it has been seen when the file was read
 */
export function interfaceOptions(
  { layers }: { readonly layers: Layers },
  name: string,
): InterfaceOptions {
  const blocks = layers.blocks.filter(({ patterns }) => fitsAny(patterns, name));
  const given = interfaceGiven(layers, blocks);
  const options = readInterface(given);
  // The metric of the command line and of the file's beginning is the first of several.
  const own = blocks.some(({ settings }) => settings.has("metric"));
  return own && !given.onCommandLine("metric") ? options : { ...options, metric: null };
}

/** What these blocks and the rest decide, without what a stronger decision contradicts. @throws {ExitError} */
export function interfaceGiven(layers: Layers, blocks: readonly InterfaceBlock[]): Given {
  const own = blocks.map(({ settings }) => settings).reverse();
  const given = new Given([layers.line.settings, ...own, layers.file]);
  // How many interfaces an address is for has been looked at where it is given.
  return settleContradictions(given, []);
}

/** A lease as the system is to take it. */
export function adaptLease(lease: Lease, { apply, replace }: InterfaceOptions): Lease {
  return {
    ...lease,
    mtu: replace.mtu ?? (apply.mtu ? lease.mtu : null),
    nameservers: replace.nameservers ?? (apply.nameservers ? lease.nameservers : []),
    domain: replace.domain ?? (apply.domain ? lease.domain : null),
    search: replace.search ?? (apply.search ? lease.search : []),
    hostName: apply.hostName ? lease.hostName : null,
    timeServers: replace.ntp ?? (apply.ntp ? lease.timeServers : []),
    routes: apply.routes ? lease.routes : [],
    gateway: apply.gateway ? replace.gateway ?? lease.gateway : null,
  };
}
