/**
 * What the operator has decided, as the calf is told: the keys below /config.
 *
 * @module
 */

import { DomainName, Ipv4Cidr, OptionCodes, Seconds } from "../schema/values.ts";
import { macBytes } from "./mac.ts";
import { bytesToHex } from "./hex.ts";
import type { KvWrite } from "./kv/codec.ts";
import type { DhcpOptions } from "./interface_options.ts";
import type { StaticConfig } from "./option_values.ts";

/** What the settings need to know of the host. */
export interface HostIdentity {
  /** The kernel's host name. */
  readonly name: () => string;
  /** The host's DUID as hexadecimal digits; null when there can be none. */
  readonly duid: () => string | null;
}

/** The hardware type of Ethernet in client identifiers (RFC 2132 §9.14). */
const TYPE_ETHERNET = "01";
/** The type of identifiers made of IAID and DUID (RFC 4361 §6.1). */
const TYPE_DUID = "ff";

/** Names that a kernel or a distribution gives to hosts without a name: nobody is called so. */
const NO_NAMES: readonly string[] = ["", "(none)", "localhost", "localhost.localdomain"];

/** Whether a host name says nothing about the host. */
export function isNoName(name: string): boolean {
  return NO_NAMES.includes(name);
}

/** Option 61 of a host that has a DUID. */
function duidClientId(duid: string, mac: Uint8Array, iaid: number | null): string {
  // The IAID only has to differ between the interfaces of a host, and to stay (RFC 4361 §6.1).
  const own = iaid === null ? bytesToHex(mac.subarray(2)) : iaid.toString(16).padStart(8, "0");
  return TYPE_DUID + own + duid;
}

function clientId(options: DhcpOptions, mac: string, host: HostIdentity): string | null {
  const { clientId: choice, iaid } = options;
  const address = macBytes(mac);
  if (choice === "none") return null;
  if (choice === "mac") return TYPE_ETHERNET + bytesToHex(address);
  if (choice.startsWith("duid:")) return duidClientId(choice.slice(5), address, iaid);
  if (choice !== "duid") return choice;
  const duid = host.duid();
  return duid === null
    ? clientId({ ...options, clientId: "mac" }, mac, host)
    : duidClientId(duid, address, iaid);
}

function hostName(options: DhcpOptions, host: HostIdentity): string | null {
  const { hostName: choice, hostNameShort } = options;
  if (choice === "none") return null;
  const name = choice === "auto" ? host.name() : choice;
  if (choice === "auto" && isNoName(name)) return null;
  const parsed = DomainName.parse(hostNameShort ? name.split(".")[0] : name);
  return parsed.ok ? parsed.value : null;
}

function staticKeys({ address, gateway, nameservers }: StaticConfig): [string, string][] {
  return [
    ["static/ip", Ipv4Cidr.format(address)],
    ...(gateway === null ? [] : [["static/gateway", gateway] as [string, string]]),
    ...nameservers.map((each, i): [string, string] => [`static/nameserver/00${i + 1}`, each]),
  ];
}

/** What an anonymous host says: its (random) hardware address, and nothing else (RFC 7844 §3). */
function anonymous(options: DhcpOptions): DhcpOptions {
  return {
    ...options,
    clientId: "mac",
    hostName: "none",
    fqdn: null,
    vendorClass: null,
    userClass: null,
    rapidCommit: false,
  };
}

/**
 * The keys below /config that differ from what a calf takes for granted.
 *
 * @param options what is decided for the interface
 * @param mac address of the interface
 * @param host asked only for what is needed
 */
export function settings(options: DhcpOptions, mac: string, host: HostIdentity): KvWrite[] {
  const told = options.anonymity ? anonymous(options) : options;
  const name = hostName(told, host);
  const keys: readonly (readonly [name: string, text: string | null])[] = [
    ["acd", told.acd === "after" ? null : told.acd],
    ["client-id", clientId(told, mac, host)],
    ["hostname", name],
    ["fqdn", name === null ? null : told.fqdn],
    ["vendor-class", told.vendorClass],
    ["user-class", told.userClass],
    ["rapid-commit", told.rapidCommit ? null : "off"],
    ["anonymity", told.anonymity ? "on" : null],
    ["broadcast", told.broadcast ? "on" : null],
    ["classless-routes", told.classlessRoutes ? null : "off"],
    ["ipv6-only", told.ipv6Only ? "on" : null],
    ["lease-time", told.leaseTime === null ? null : Seconds.format(told.leaseTime)],
    ["fallback", told.fallback === "none" ? null : told.fallback],
    ["fallback-after", told.fallbackAfter === null ? null : String(told.fallbackAfter)],
    ...(told.static === null ? [] : staticKeys(told.static)),
    ["inform", told.inform === null ? null : Ipv4Cidr.format(told.inform)],
    ["require", told.require.length === 0 ? null : OptionCodes.format(told.require)],
    ["no-request", told.noRequest.length === 0 ? null : OptionCodes.format(told.noRequest)],
  ];
  return keys.filter(([, text]) => text !== null).map(([key, text]) => ({
    path: `/config/${key}`,
    text,
  }));
}
