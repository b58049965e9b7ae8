/**
 * The rows below /config: what the operator has decided, told to the calf.
 *
 * @module
 */

import type { KeyRow } from "./key_row.ts";
import { HexBytes, PlainText } from "./text_values.ts";
import type { ValueType } from "./value_type.ts";
import { DomainName, Ipv4Address, Ipv4Cidr, OptionCodes, Seconds } from "./values.ts";
import { AcdMode, FallbackMode, FqdnMode, Switch } from "./word_values.ts";

const DHCP4_READS: KeyRow["rights"] = { "calf:dhcp4": "r", operator: "r" };

function configRow(
  name: string,
  type: ValueType<unknown>,
  meaning: string,
  more: { readonly unit?: string; readonly requires?: string } = {},
): KeyRow {
  const pattern = `/config/${name}`;
  return { pattern, rights: DHCP4_READS, type, unit: "", meaning, ...more };
}

const NEEDS_STATIC = { requires: "/config/static/ip" };

/** The rows. A key that is not set means the default. */
export const CONFIG_ROWS: readonly KeyRow[] = [
  configRow("acd", AcdMode, "address conflict detection (RFC 5227); `after` by default"),
  configRow("client-id", HexBytes, "client identifier (option 61), none by default"),
  configRow("hostname", DomainName, "host name to send (option 12 or 81), none by default"),
  configRow("fqdn", FqdnMode, "send the name in option 81 with these wishes, not in option 12"),
  configRow("vendor-class", PlainText, "vendor class identifier (option 60), none by default"),
  configRow("user-class", PlainText, "user class (option 77), none by default"),
  configRow("rapid-commit", Switch, "offer two-message exchanges (option 80); `on` by default"),
  configRow("anonymity", Switch, "tell servers as little as possible (RFC 7844); `off` by default"),
  configRow("broadcast", Switch, "ask for answers by broadcast (BROADCAST flag); `off` by default"),
  configRow("classless-routes", Switch, "take routes (options 121, 249 and 33); `on` by default"),
  configRow("ipv6-only", Switch, "do without IPv4 when told to (option 108); `off` by default"),
  configRow(
    "lease-time",
    Seconds,
    "lease time to ask for (option 51), and to assume when a server names none",
    { unit: "s" },
  ),
  configRow("require", OptionCodes, "options without which a DHCPOFFER or DHCPACK is ignored"),
  configRow("request", OptionCodes, "options to ask for besides those that are read (option 55)"),
  configRow(
    "no-request",
    OptionCodes,
    "options not to ask for, and to ignore unless they are required or steer the exchange",
  ),
  configRow("fallback", FallbackMode, "what to do without a server; `none` by default"),
  configRow("fallback-after", Seconds, "how long to wait for a server first; 10 by default", {
    unit: "s",
  }),
  configRow("static/ip", Ipv4Cidr, "address of the static fallback"),
  configRow("static/gateway", Ipv4Address, "its router", NEEDS_STATIC),
  configRow("static/nameserver/{001..003}", Ipv4Address, "its name servers", NEEDS_STATIC),
  configRow("inform", Ipv4Cidr, "address that is ours already: ask for options only (DHCPINFORM)"),
];
