/**
 * The directives of dhcpcd.conf(5) that are obeyed.
 *
 * @module
 */

import type { DirectiveRow } from "./directive_row.ts";
import {
  fixed,
  flag,
  takeClientId,
  takeDuid,
  takeFallback,
  takeIaid,
  takeInform,
  takeLeaseTime,
  takeNoArp,
  takeNoDhcp,
  takeNoHook,
  takeNoIpv4ll,
  takeNoOption,
  takeOption,
  takePatterns,
  type Taker,
  takeReboot,
  takeRequire,
  takeStatic,
  takeUserClass,
  takeWaitIp,
  value,
} from "./takers.ts";

function row(name: string, args: string, take: Taker, meaning: string): DirectiveRow {
  return { name, args, honoured: "yes", meaning, take };
}

function global(name: string, args: string, take: Taker, meaning: string): DirectiveRow {
  return { ...row(name, args, take, meaning), global: true };
}

const INTERFACES: readonly DirectiveRow[] = [
  global(
    "allowinterfaces",
    "pattern…",
    takePatterns("allowed"),
    "the interfaces to manage when the command line names none; without it those that have a " +
      "block of their own (dhcpcd: all)",
  ),
  global(
    "denyinterfaces",
    "pattern…",
    takePatterns("denied"),
    "interfaces that no pattern means, neither here nor on the command line",
  ),
  row("noipv4", "", takeNoDhcp, "in an interface block: the interface is denied"),
  row("nodhcp", "", takeNoDhcp, "in an interface block: the interface is denied"),
  row("ipv6only", "", takeNoDhcp, "in an interface block: the interface is denied"),
  row(
    "metric",
    "number",
    value("metric"),
    "in an interface block the metric of its routes, elsewhere that of the first interface",
  ),
];

const IDENTITY: readonly DirectiveRow[] = [
  row(
    "hostname",
    "[name]",
    value("hostname", "auto"),
    "host name to send; without a name this host's, which is the default (dhcpcd's is to send " +
      "none); `none` sends none",
  ),
  row("hostname_short", "", flag("hostname_short"), "send the host name up to its first dot only"),
  row(
    "fqdn",
    "[disable \\| none \\| ptr \\| both]",
    value("fqdn", "both"),
    "send the name in option 81 with these wishes; `both` without a word, `disable` by default",
  ),
  row(
    "clientid",
    "[string]",
    takeClientId,
    "client identifier: the hardware address without a string, which is the default; bytes such " +
      "as `01:02:03`; or text",
  ),
  row(
    "duid",
    "[ll \\| lt \\| uuid \\| value]",
    takeDuid,
    "client identifier of IAID and DUID; one that is made is a DUID-UUID, whatever the hint",
  ),
  row("iaid", "iaid", takeIaid, "IAID of such an identifier, in an interface block"),
  row("vendorclassid", "[string]", value("vendor-class", null), "vendor class; none by default"),
  row("userclass", "string", takeUserClass, "user class; with several the last one is sent"),
  row("anonymous", "", flag("anonymity"), "RFC 7844; wherever it stands, nothing of it is undone"),
];

const LEASES: readonly DirectiveRow[] = [
  row(
    "option",
    "name…",
    takeOption,
    "what is used is asked for anyway; `rapid_commit`, the options of routes and " +
      "`ipv6_only_preferred` are switched on; what nothing reads is not asked for, with a warning",
  ),
  row(
    "nooption",
    "name…",
    takeNoOption,
    "the option is neither asked for nor obeyed; those of routes go together; what no lease is " +
      "without is refused with a warning",
  ),
  row(
    "require",
    "name…",
    takeRequire,
    "offers and acknowledgements without the option are ignored; it is asked for",
  ),
  row("leasetime", "seconds", takeLeaseTime, "lease time to ask for; -1 is infinite"),
  row("broadcast", "", flag("broadcast"), "ask for answers by broadcast"),
  row(
    "inform",
    "address/prefix",
    takeInform,
    "use this address and ask for the rest; it must be named",
  ),
  row("noarp", "", takeNoArp, "no conflict detection, and no link-local address"),
  row("noipv4ll", "", takeNoIpv4ll, "takes back `fallback ipv4ll`; it is not done by default"),
  row(
    "fallback",
    "profile",
    takeFallback,
    "without a server, the static address of the profile; `none`, `ipv4ll` and `static` as the " +
      "command line has them, where there is no profile of that name",
  ),
  row(
    "static",
    "name=value",
    takeStatic,
    "in a profile its address, router and name servers; elsewhere routers, domain_name_servers, " +
      "domain_name, domain_search, interface_mtu and ntp_servers in place of the server's. An " +
      "ip_address outside a profile is refused: DHCP goes on here",
  ),
  row("reboot", "seconds", takeReboot, "how long servers are waited for before the fallback"),
  row("fallback_time", "seconds", value("fallback-after"), "the same"),
  row("ipv4ll_time", "seconds", value("fallback-after"), "the same"),
  row("nogateway", "", flag("nogateway"), "no default route"),
  row("gateway", "", flag("nogateway", false), "a default route, the default"),
  row(
    "nohook",
    "name…",
    takeNoHook,
    "`resolv.conf`, `hostname` and `mtu` turn off what mirage-dhcp does of that; other hooks do " +
      "not run anyway",
  ),
];

const DAEMON: readonly DirectiveRow[] = [
  global("persistent", "", flag("persistent"), "leave the configuration in place at the end"),
  global("release", "", flag("release"), "give the leases back at the end"),
  global("oneshot", "", flag("oneshot"), "exit once there are leases"),
  global(
    "timeout",
    "seconds",
    value("timeout"),
    "with oneshot: how long to wait for leases; a daemon waits for ever",
  ),
  global("background", "", flag("nowait"), "tell the service manager at once that it is ready"),
  global("waitip", "[4 \\| 6]", takeWaitIp, "ready when there is an address, the default"),
  global("controlgroup", "group", value("control-group"), "who may use the operator's socket"),
  global("logfile", "file", value("log-file"), "log to this file too"),
  global("debug", "", fixed("log-level", "debug"), "log all"),
  global("quiet", "", fixed("log-level", "error"), "log errors only"),
];

/** What dhcpcd's does beyond the meaning, ours does not. */
const PARTLY: readonly string[] = [
  ...["noipv4", "nodhcp", "ipv6only", "duid", "userclass", "option", "nooption", "require"],
  ...["inform", "static", "reboot", "timeout", "waitip", "nohook"],
];

/** See the module's description. */
export const HONOURED: readonly DirectiveRow[] = [
  ...INTERFACES,
  ...IDENTITY,
  ...LEASES,
  ...DAEMON,
].map((each) => PARTLY.includes(each.name) ? { ...each, honoured: "part" } : each);
