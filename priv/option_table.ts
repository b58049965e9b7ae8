/**
 * The options of `--mode=priv` in one table, from which the parser and `--help` derive.
 *
 * @module
 */

/** A long option of the command line, and a directive of the configuration file. */
export interface OptionRow {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, when there is a short form. */
  readonly short?: string;
  /** The placeholder of its value in `--help`; absent for a switch. */
  readonly value?: string;
  /** What it does, one sentence or two. */
  readonly help: string;
  /** The value when it is not given; absent when there is none, and for a switch, which is off. */
  readonly byDefault?: string;
  /** The command line only has it, the configuration file does not. */
  readonly commandLineOnly?: true;
}

/** What the daemon does with interfaces, files and its log. */
const DAEMON_OPTIONS: readonly OptionRow[] = [
  {
    name: "mode",
    value: "MODE",
    commandLineOnly: true,
    help: "priv (the default) manages interfaces; calf and tender are started by priv.",
  },
  {
    name: "config",
    short: "f",
    value: "FILE",
    commandLineOnly: true,
    help: "Configuration in dhcpcd.conf(5) syntax, or none. What the command line says comes " +
      "first. Default /etc/mirage-dhcp.conf if it is there.",
  },
  {
    name: "check-config",
    commandLineOnly: true,
    help: "Say what is wrong with the configuration file (--config, or the file named) and exit " +
      "with 0 or 78.",
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
    byDefault: "30",
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
    byDefault: "/var/run/dhcp-client",
    help: "Results, one file per key below DIR/IFACE. Default /var/run/dhcp-client.",
  },
  {
    name: "state-dir",
    value: "DIR",
    byDefault: "/var/lib/dhcp-client",
    help: "What must survive a restart. Default /var/lib/dhcp-client.",
  },
  {
    name: "resolv-conf",
    value: "FILE",
    byDefault: "/etc/resolv.conf",
    help: "The resolver configuration to write, in place; none to leave it alone. " +
      "Default /etc/resolv.conf.",
  },
  {
    name: "apply-hostname",
    value: "WHEN",
    byDefault: "auto",
    help: "Whether this host takes the name that the server gives it: auto (the default) if it " +
      "has no name of its own, always or never.",
  },
  {
    name: "user",
    value: "USER",
    byDefault: "none",
    help: "Run as this user (a name of /etc/passwd, or UID:GID) with the capabilities that are " +
      "needed. Files that exist must be its own. Default none: as whoever has started it.",
  },
  {
    name: "spawner",
    value: "SOCKET",
    commandLineOnly: true,
    help: "Have calves started by whoever listens at this SOCK_SEQPACKET socket, root or the " +
      "daemon's own user, in place of a child of ours. For service managers that confine it.",
  },
  {
    name: "metric",
    value: "N",
    help:
      "Metric of the routes of the first interface named, N + 1 of the next. A pattern adds the " +
      "interface's index, and 65536 to what is named after it. Default 1000 + index of the interface.",
  },
];

/** How the daemon is watched and asked. */
const SERVICE_OPTIONS: readonly OptionRow[] = [
  {
    name: "log-level",
    value: "LEVEL",
    byDefault: "info",
    help: "error, warning, info (the default) or debug.",
  },
  {
    name: "log-format",
    value: "FORM",
    byDefault: "text",
    help: "text (the default), kv (key=value) or json.",
  },
  {
    name: "log-file",
    value: "FILE",
    byDefault: "none",
    help: "Log to this file too; SIGHUP opens it anew. Default none.",
  },
  {
    name: "syslog",
    value: "WHERE",
    byDefault: "none",
    help: "Log to syslog too: local (/dev/log), or ADDRESS[:PORT] by UDP, port 514 by default " +
      "([ADDRESS] for IPv6). Default none.",
  },
  {
    name: "audit-log",
    value: "FILE",
    help: "The audit log, or none. Default audit.log in the state directory.",
  },
  {
    name: "audit-size",
    value: "MIB",
    byDefault: "10",
    help: "Begin a new audit log after 1 to 1024 MiB. Default 10.",
  },
  {
    name: "audit-keep",
    value: "N",
    byDefault: "4",
    help: "Keep 0 to 100 former audit logs. Default 4.",
  },
  {
    name: "metrics",
    value: "WHERE",
    byDefault: "socket",
    help: "Prometheus metrics: socket (in the run directory, the default), ADDRESS:PORT for " +
      "TCP as well ([ADDRESS] for IPv6), or none.",
  },
  {
    name: "metrics-textfile",
    value: "FILE",
    byDefault: "none",
    help: "Write metrics to this file, for node_exporter's textfile collector. Default none.",
  },
  {
    name: "control-group",
    value: "GROUP",
    byDefault: "none",
    help: "This group may use the operator's socket beside root. Default none.",
  },
  { name: "no-control", help: "No operator's socket." },
  {
    name: "nowait",
    help: "Tell the service manager at once that the daemon is ready, not when it has a lease.",
  },
];

/** What is said to servers, and what is taken from them. */
const PROTOCOL_OPTIONS: readonly OptionRow[] = [
  {
    name: "client-id",
    value: "ID",
    byDefault: "mac",
    help: "Client identifier: mac (the default), duid (RFC 4361, kept in the state directory), " +
      "duid:DIGITS, none, hex:DIGITS or text:TEXT.",
  },
  {
    name: "hostname",
    value: "NAME",
    byDefault: "auto",
    help: "Host name to send: auto (this host's, the default), none, or NAME.",
  },
  {
    name: "fqdn",
    value: "WHO",
    byDefault: "disable",
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
    byDefault: "after",
    help: "Address conflict detection (RFC 5227): after (the default) the address is set, " +
      "before, which costs 4 to 7 s, or off.",
  },
  {
    name: "fallback",
    value: "WHAT",
    byDefault: "none",
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
    help: "ADDRESS/PREFIX[,[ROUTER][,NAMESERVER...]] for --fallback=static.",
  },
  {
    name: "inform",
    value: "ADDRESS/PREFIX",
    help: "Use this address, and ask servers for the rest only (DHCPINFORM). One interface.",
  },
];

/** Those that an `interface` block of the configuration file may have. */
export const INTERFACE_OPTIONS: ReadonlySet<string> = new Set([
  "metric",
  ...PROTOCOL_OPTIONS.map(({ name }) => name),
  ...ADDRESS_OPTIONS.map(({ name }) => name),
]);

/** Every option of `--mode=priv`, in the order of `--help`. */
export const OPTION_TABLE: readonly OptionRow[] = [
  ...DAEMON_OPTIONS,
  ...SERVICE_OPTIONS,
  ...PROTOCOL_OPTIONS,
  ...ADDRESS_OPTIONS,
  { name: "help", short: "h", commandLineOnly: true, help: "Show this text and exit." },
  { name: "version", short: "V", commandLineOnly: true, help: "Show the version and exit." },
];
