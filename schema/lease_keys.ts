/**
 * The rows that the DHCPv4 calf writes: its state, and what a lease brings.
 *
 * @module
 */

import type { KeyRow } from "./key_row.ts";
import { HexBytes, PlainText, Uri } from "./text_values.ts";
import type { ValueType } from "./value_type.ts";
import {
  DomainName,
  DomainNameList,
  Ipv4Address,
  Ipv4Broadcast,
  Ipv4Cidr,
  Ipv4Route,
  Mtu,
  Seconds,
  ServerName,
} from "./values.ts";
import { ClientState, Origin, Switch } from "./word_values.ts";

const DHCP4_WRITES: KeyRow["rights"] = { "calf:dhcp4": "w", operator: "r" };

/** A row that a lease brings: meaningless without an address. */
function leaseRow(
  pattern: string,
  type: ValueType<unknown>,
  meaning: string,
  unit: string = "",
): KeyRow {
  return { ...statusRow(pattern, type, meaning, unit), requires: "/ip" };
}

/** A row that a server may bring without an address. */
function statusRow(
  pattern: string,
  type: ValueType<unknown>,
  meaning: string,
  unit: string = "",
): KeyRow {
  return { pattern, rights: DHCP4_WRITES, type, unit, meaning, file: true };
}

/** The rows. */
export const LEASE_ROWS: readonly KeyRow[] = [
  {
    pattern: "/state",
    rights: DHCP4_WRITES,
    type: ClientState,
    unit: "",
    meaning: "state of the client (RFC 2131 §4.4)",
    survivesDeleteAll: true,
    file: true,
  },
  {
    pattern: "/ip",
    rights: DHCP4_WRITES,
    type: Ipv4Cidr,
    unit: "",
    meaning: "the leased address (yiaddr) and netmask (option 1)",
    requires: "/lease/time",
    file: true,
  },
  leaseRow("/origin", Origin, "where the address comes from; `dhcp` when not set"),
  leaseRow("/broadcast", Ipv4Broadcast, "broadcast address (option 28)"),
  leaseRow("/gateway", Ipv4Address, "first router (option 3, or the default route of 121 or 249)"),
  leaseRow("/route/{001..032}", Ipv4Route, "further routes (option 121, else 249, else 33)"),
  leaseRow("/mtu", Mtu, "interface MTU (option 26)", "bytes"),
  leaseRow("/hostname", DomainName, "name of this host (option 12)"),
  leaseRow("/fqdn", DomainName, "name of this host in the DNS (option 81)"),
  leaseRow("/domain", DomainName, "domain name (option 15)"),
  leaseRow(
    "/search",
    DomainNameList,
    "domains to search (option 119, or several names in option 15)",
  ),
  leaseRow("/nameserver/{001..016}", Ipv4Address, "name servers in order (option 6)"),
  leaseRow("/ntp/{001..016}", Ipv4Address, "time servers in order (option 42)"),
  leaseRow("/captive-portal", Uri, "API of the captive portal (option 114, RFC 8910)"),
  statusRow("/ipv6-only", Seconds, "how long to do without IPv4 (option 108, RFC 8925)", "s"),
  statusRow("/auto-configure", Switch, "whether link-local addresses may be chosen (option 116)"),
  leaseRow("/timezone/posix", PlainText, "time zone as POSIX has it (option 100)"),
  leaseRow("/timezone/name", PlainText, "time zone by its name in the tz database (option 101)"),
  leaseRow("/boot/next-server", Ipv4Address, "server of the next boot stage (siaddr)"),
  leaseRow("/boot/server-name", PlainText, "TFTP server's name (option 66, or sname)"),
  leaseRow("/boot/file", PlainText, "boot file (option 67, or file)"),
  leaseRow("/boot/tftp/{001..004}", Ipv4Address, "TFTP servers (option 150)"),
  leaseRow("/sip/{001..008}", ServerName, "SIP servers in order (option 120, RFC 3361)"),
  leaseRow("/vendor/class", PlainText, "vendor class of the server (option 60)"),
  leaseRow("/vendor/specific", HexBytes, "vendor specific information (option 43)"),
  leaseRow(
    "/vendor/identifying",
    HexBytes,
    "vendor-identifying information (option 125, RFC 3925)",
  ),
  leaseRow("/message", PlainText, "what the server has to say (option 56)"),
  leaseRow("/wpad", Uri, "proxy configuration (option 252)"),
  leaseRow("/provisioning", PlainText, "provisioning of telephones (option 160)"),
  leaseRow("/lease/server", Ipv4Address, "server identifier (option 54)"),
  leaseRow("/lease/time", Seconds, "lease time (option 51), from the acknowledgement on", "s"),
  leaseRow("/lease/t1", Seconds, "renewal time (option 58 or 0.5 of the lease)", "s"),
  leaseRow("/lease/t2", Seconds, "rebinding time (option 59 or 0.875 of the lease)", "s"),
];
