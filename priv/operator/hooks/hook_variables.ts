/**
 * The variables of a hook script, by the names that dhcpcd-run-hooks(8) and dhcpcd's own table of options give
 * them. A value goes from the store into the environment as it is, and nowhere else.
 *
 * @module
 */

import { INFINITE_SECONDS, Ipv4Cidr } from "../../../schema/values.ts";
import { networkOf, subnetBroadcast } from "../../handlers/ipv4.ts";
import { isPrintable, type KeyTexts } from "../snapshot.ts";
import type { HookReason } from "./hook_event.ts";

/** A variable whose name is prefixed by `new_` or `old_`. */
export interface LeaseVariable {
  /** Without the prefix. */
  readonly name: string;
  /** Where it comes from, for the manual page. */
  readonly source: string;
  /** Its value, or null when it is not set. */
  readonly value: (keys: KeyTexts) => string | null;
}

function text(name: string, path: string): LeaseVariable {
  return { name, source: path, value: (keys) => keys.get(path) ?? null };
}

/** Of numbered keys, separated by spaces. */
function list(name: string, stem: string): LeaseVariable {
  return {
    name,
    source: `${stem}/...`,
    value(keys: KeyTexts): string | null {
      const values = [...keys].filter(([path]) => path.startsWith(`${stem}/`))
        .sort(([a], [b]) => a < b ? -1 : 1).map(([, value]) => value);
      return values.length === 0 ? null : values.join(" ");
    },
  };
}

/** A time, whose `infinite` is a number to dhcpcd. */
function seconds(name: string, path: string): LeaseVariable {
  return {
    name,
    source: path,
    value(keys: KeyTexts): string | null {
      const value = keys.get(path) ?? null;
      return value === "infinite" ? String(INFINITE_SECONDS) : value;
    },
  };
}

/** What follows from the address and its prefix; nothing when they are not well-formed. */
function ofAddress(name: string, derive: (cidr: Ipv4Cidr) => string | null): LeaseVariable {
  return {
    name,
    source: "/ip",
    value(keys: KeyTexts): string | null {
      const parsed = Ipv4Cidr.parse(keys.get("/ip") ?? "");
      return parsed.ok ? derive(parsed.value) : null;
    },
  };
}

function mask(prefixLength: number): string {
  return [0, 8, 16, 24].map((bit) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixLength - bit))))
    .join(".");
}

/** Pairs of destination and router; with such routes option 3 does not count (RFC 3442). */
function classlessRoutes(keys: KeyTexts): string | null {
  const routes = list("", "/route").value(keys);
  const gateway = keys.get("/gateway");
  if (routes === null) return null;
  return gateway === undefined ? routes : `0.0.0.0/0 ${gateway} ${routes}`;
}

/** All of them. */
export const LEASE_VARIABLES: readonly LeaseVariable[] = [
  { name: "ip_address", source: "/ip", value: (keys) => keys.get("/ip")?.split("/")[0] ?? null },
  ofAddress("subnet_cidr", ({ prefixLength }) => String(prefixLength)),
  ofAddress("subnet_mask", ({ prefixLength }) => mask(prefixLength)),
  ofAddress("network_number", ({ address, prefixLength }) => {
    return networkOf(address, prefixLength).split("/")[0];
  }),
  {
    name: "broadcast_address",
    source: "/broadcast",
    value(keys: KeyTexts): string | null {
      const told = keys.get("/broadcast");
      const parsed = Ipv4Cidr.parse(keys.get("/ip") ?? "");
      if (told !== undefined || !parsed.ok) return told ?? null;
      return subnetBroadcast(parsed.value.address, parsed.value.prefixLength);
    },
  },
  text("routers", "/gateway"),
  { name: "classless_static_routes", source: "/route/...", value: classlessRoutes },
  list("domain_name_servers", "/nameserver"),
  text("domain_name", "/domain"),
  text("domain_search", "/search"),
  text("host_name", "/hostname"),
  text("fqdn_name", "/fqdn"),
  text("interface_mtu", "/mtu"),
  list("ntp_servers", "/ntp"),
  seconds("dhcp_lease_time", "/lease/time"),
  seconds("dhcp_renewal_time", "/lease/t1"),
  seconds("dhcp_rebinding_time", "/lease/t2"),
  text("dhcp_server_identifier", "/lease/server"),
  text("dhcp_message", "/message"),
  text("captive_portal_uri", "/captive-portal"),
  seconds("ipv6_only_preferred", "/ipv6-only"),
  text("posix_timezone", "/timezone/posix"),
  text("tzdb_timezone", "/timezone/name"),
  text("tftp_server_name", "/boot/server-name"),
  text("bootfile_name", "/boot/file"),
  list("tftp_servers", "/boot/tftp"),
  list("sip_server", "/sip"),
  text("vendor_class_identifier", "/vendor/class"),
  text("vendor_encapsulated_options", "/vendor/specific"),
  text("wpad_url", "/wpad"),
];

/** A variable that is set for every event, and what it means. */
export const EVENT_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ["reason", "why the script is run, see below"],
  ["interface", "name of the interface"],
  ["protocol", "dhcp, ipv4ll, static or inform, as `/origin` says; link for what is no address's"],
  ["pid", "process id of the daemon"],
  ["ifcarrier", "up, down or unknown"],
  ["ifmtu", "MTU of the interface, where this command can see it"],
  ["if_up", "true when the interface has an address after this event, else false"],
  ["if_down", "true when it has just lost it, or its carrier, else false"],
  ["interface_order", "all managed interfaces, in the daemon's order"],
];

/** What a script is told of. */
export interface HookEvent {
  /** Why. */
  readonly reason: HookReason;
  /** The interface. */
  readonly interfaceName: string;
  /** Its keys before. */
  readonly before: KeyTexts;
  /** Its keys after. */
  readonly after: KeyTexts;
  /** Process id of the daemon, or "" when it has not said. */
  readonly pid: string;
  /** Names of all interfaces. */
  readonly order: readonly string[];
}

/** The reasons that say nothing about an address. */
const LINK_REASONS: readonly HookReason[] = ["PREINIT", "CARRIER", "NOCARRIER", "STOP"];
/** The reasons after which there is less than before. */
const DOWN_REASONS: readonly HookReason[] = ["NOCARRIER", "EXPIRE", "RELEASE", "STOP"];

function leaseVariables(prefix: string, keys: KeyTexts): [string, string][] {
  if (!keys.has("/ip")) return [];
  return LEASE_VARIABLES.flatMap(({ name, value }) => {
    const found = value(keys);
    return found === null ? [] : [[`${prefix}_${name}`, found]];
  });
}

/**
 * The environment of one run, as `NAME=value`. A value with other than
 * printable ASCII is left out. `new_` is what there
 * is after the event, `old_` what there was before.
 *
 * @param event what has happened
 * @param mtu the interface's present MTU, or null
 * @param inherited what the script gets of our own environment
 */
export function hookEnvironment(
  event: HookEvent,
  mtu: string | null,
  inherited: readonly (readonly [string, string])[],
): string[] {
  const { reason, interfaceName, before, after, pid, order } = event;
  const isLink = LINK_REASONS.includes(reason);
  const isDown = DOWN_REASONS.includes(reason) || (reason === "IPV4LL" && !after.has("/ip"));
  const keys = after.has("/ip") ? after : before;
  const variables: (readonly [string, string])[] = [
    ["reason", reason],
    ["interface", interfaceName],
    ["protocol", isLink ? "link" : keys.get("/origin") ?? "dhcp"],
    ["pid", pid],
    ["ifcarrier", after.get("/link") ?? "unknown"],
    ["ifmtu", mtu ?? ""],
    ["if_up", String(!isDown && !isLink && after.has("/ip"))],
    ["if_down", String(isDown)],
    ["interface_order", order.join(" ")],
    // A link event is about no lease, though there may be one.
    ...(reason === "PREINIT" || reason === "CARRIER" || reason === "NOCARRIER"
      ? []
      : [...leaseVariables("old", before), ...leaseVariables("new", after)]),
  ];
  return [...inherited, ...variables.filter(([, value]) => isPrintable(value))]
    .map(([name, value]) => `${name}=${value}`);
}
