/**
 * The options of `--mode=priv` in one table, from which the parser and `--help` derive.
 *
 * @module
 */

/** A long option of the command line. */
export interface OptionRow {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, when there is a short form. */
  readonly short?: string;
  /** The placeholder of its value in `--help`; absent for a switch. */
  readonly value?: string;
  /** What it does, one sentence or two. */
  readonly help: string;
}

/** What the daemon does with interfaces, files and its log. */
const DAEMON_OPTIONS: readonly OptionRow[] = [
  {
    name: "mode",
    value: "MODE",
    help: "priv (the default) manages interfaces; calf and tender are started by priv.",
  },
  {
    name: "oneshot",
    short: "1",
    help: "Exit with 0 once every interface has an address (a link-local one does not count), " +
      "leaving the configuration in place.",
  },
  {
    name: "timeout",
    value: "SECONDS",
    help: "With --oneshot: exit with 75 when there is no lease after this time. Default 30; " +
      "0 waits for ever.",
  },
  {
    name: "persistent",
    help: "Leave address, routes, MTU, host name and resolv.conf in place on SIGTERM and SIGINT.",
  },
  {
    name: "release",
    help: "Give the lease back (DHCPRELEASE) on SIGTERM and SIGINT. Default: keep it, to ask for " +
      "the same address at the next start.",
  },
  {
    name: "run-dir",
    value: "DIR",
    help: "Results, one file per key below DIR/IFACE. Default /var/run/dhcp-client.",
  },
  {
    name: "state-dir",
    value: "DIR",
    help: "What must survive a restart. Default /var/lib/dhcp-client.",
  },
  {
    name: "resolv-conf",
    value: "FILE",
    help: "The resolver configuration to write, in place; none to leave it alone. " +
      "Default /etc/resolv.conf.",
  },
  {
    name: "apply-hostname",
    value: "WHEN",
    help: "Whether this host takes the name that the server gives it: auto (the default) if it " +
      "has no name of its own, always or never.",
  },
  {
    name: "metric",
    value: "N",
    help:
      "Metric of the routes of the first interface named, N + 1 of the next. A pattern adds the " +
      "interface's index, and 65536 to what is named after it. Default 1000 + index of the interface.",
  },
  {
    name: "log-level",
    value: "LEVEL",
    help: "error, warning, info (the default) or debug.",
  },
];

/** What is said to servers, and what is taken from them. */
const PROTOCOL_OPTIONS: readonly OptionRow[] = [
  {
    name: "client-id",
    value: "ID",
    help: "Client identifier: mac (the default), duid (RFC 4361, kept in the state directory), " +
      "none, hex:DIGITS or text:TEXT.",
  },
  {
    name: "hostname",
    value: "NAME",
    help: "Host name to send: auto (this host's, the default), none, or NAME.",
  },
  {
    name: "fqdn",
    value: "WHO",
    help: "Send the name in option 81 and ask the server to update no DNS record (none), PTR " +
      "(ptr), or A and PTR (both). Default disable: send it in option 12.",
  },
  { name: "vendor-class", value: "TEXT", help: "Vendor class identifier to send (option 60)." },
  { name: "user-class", value: "TEXT", help: "User class to send (option 77)." },
  {
    name: "anonymity",
    help: "Tell servers as little as possible (RFC 7844): no host name, no classes, no memory of " +
      "former leases.",
  },
  { name: "broadcast", help: "Ask servers to answer by broadcast." },
  { name: "no-rapid-commit", help: "Do not offer exchanges of two messages (RFC 4039)." },
  { name: "no-classless-routes", help: "Ignore routes of servers (options 121, 249 and 33)." },
  { name: "ipv6-only", help: "Do without IPv4 where the network prefers that (RFC 8925)." },
  {
    name: "lease-time",
    value: "SECONDS",
    help: "Lease time to ask for, and to assume when a server names none. Default: ask for none, " +
      "assume 3600.",
  },
];

/** What is done about addresses beside leases. */
const ADDRESS_OPTIONS: readonly OptionRow[] = [
  {
    name: "acd",
    value: "WHEN",
    help: "Address conflict detection (RFC 5227): after (the default) the address is set, " +
      "before, which costs 4 to 7 s, or off.",
  },
  {
    name: "fallback",
    value: "WHAT",
    help: "Without a server: none (the default), ipv4ll (a link-local address, RFC 3927) or " +
      "static (the address of --static). Servers are still asked.",
  },
  {
    name: "fallback-after",
    value: "SECONDS",
    help: "How long servers are waited for before. Default 10. The address is probed after that, " +
      "for up to 7 s (a static one not with --acd=off).",
  },
  {
    name: "static",
    value: "CONFIG",
    help: "ADDRESS/PREFIX[,ROUTER[,NAMESERVER...]] for --fallback=static.",
  },
  {
    name: "inform",
    value: "ADDRESS/PREFIX",
    help: "Use this address, and ask servers for the rest only (DHCPINFORM). One interface.",
  },
];

/** Every option of `--mode=priv`, in the order of `--help`. */
export const OPTION_TABLE: readonly OptionRow[] = [
  ...DAEMON_OPTIONS,
  ...PROTOCOL_OPTIONS,
  ...ADDRESS_OPTIONS,
  { name: "help", short: "h", help: "Show this text and exit." },
  { name: "version", short: "V", help: "Show the version and exit." },
];
