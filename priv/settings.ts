/**
 * What the operator has decided, as the calf is told: the keys below /config.
 *
 * @module
 */

import { DomainName, Ipv4Cidr, Seconds } from "../schema/values.ts";
import { macBytes } from "./mac.ts";
import { bytesToHex } from "./hex.ts";
import type { KvWrite } from "./kv/codec.ts";
import type { DhcpOptions } from "./options.ts";
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

function clientId(choice: DhcpOptions["clientId"], mac: string, host: HostIdentity): string | null {
  const address = macBytes(mac);
  switch (choice) {
    case "none":
      return null;
    case "mac":
      return TYPE_ETHERNET + bytesToHex(address);
    case "duid": {
      const duid = host.duid();
      // The IAID only has to differ between the interfaces of a host, and to stay (RFC 4361 §6.1).
      return duid === null ? clientId("mac", mac, host) : TYPE_DUID +
        bytesToHex(address.subarray(2)) + duid;
    }
    default:
      return choice;
  }
}

function hostName(choice: DhcpOptions["hostName"], host: HostIdentity): string | null {
  if (choice === "none") return null;
  if (choice !== "auto") return choice;
  const name = host.name();
  const parsed = DomainName.parse(name);
  return isNoName(name) || !parsed.ok ? null : parsed.value;
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
 * @param options the command line
 * @param mac address of the interface
 * @param host asked only for what is needed
 */
export function settings(options: DhcpOptions, mac: string, host: HostIdentity): KvWrite[] {
  const told = options.anonymity ? anonymous(options) : options;
  const name = hostName(told.hostName, host);
  const keys: readonly (readonly [name: string, text: string | null])[] = [
    ["acd", told.acd === "after" ? null : told.acd],
    ["client-id", clientId(told.clientId, mac, host)],
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
  ];
  return keys.filter(([, text]) => text !== null).map(([key, text]) => ({
    path: `/config/${key}`,
    text,
  }));
}
