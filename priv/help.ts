/**
 * The text of `--help`, laid out so that help2man makes a manual page of it.
 *
 * @module
 */

import { OPTION_TABLE, type OptionRow } from "./option_table.ts";

const COLUMN = 24;
const WIDTH = 80;

/** Breaks text at spaces; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The lines of an option, in two columns. */
export function optionLines(row: OptionRow): string[] {
  const short = row.short === undefined ? "    " : `-${row.short}, `;
  const value = row.value === undefined ? "" : `=${row.value}`;
  const head = `  ${short}--${row.name}${value}`;
  const text = wrap(row.help, WIDTH - COLUMN);
  const first = head.length < COLUMN - 1 ? [head.padEnd(COLUMN) + text[0]] : [
    head,
    " ".repeat(COLUMN) + text[0],
  ];
  return [...first, ...text.slice(1).map((line) => " ".repeat(COLUMN) + line)];
}

/** The whole text of `--help`, ending with a newline. `version` stands in its first line. */
export function helpText(version: string): string {
  return [
    `mirage-dhcp ${version} - a privilege-separated DHCPv4 client`,
    "",
    "Usage: mirage-dhcp [OPTION]... IFACE...",
    "       mirage-dhcp [OPTION]... --config=FILE [IFACE...]",
    "       mirage-dhcp COMMAND [ARGUMENT]...",
    "",
    "Gets a DHCPv4 lease for each interface IFACE, configures address, routes, MTU",
    "and resolver from it, renews it, and removes all of it when the lease ends or on",
    "SIGTERM. Packets from the network are handled only by a calf: a process without",
    "files, network or capabilities, one for each interface.",
    "",
    "IFACE is a name, or a pattern with *, ? and [0-9] for every Ethernet interface",
    "that it fits. Interfaces may come, go and be renamed: one that is missing is",
    "waited for. Without IFACE the configuration file names them (allowinterfaces, or",
    "its interface blocks).",
    "",
    "COMMAND asks a daemon that runs; `mirage-dhcp help` lists them. An interface of",
    "such a name stands behind an option: `mirage-dhcp --mode=priv status`.",
    "",
    "Started by the name dhcpcd or dhcp-client, this program takes the options of",
    "dhcpcd(8) or of the MirageSDK's client; --help explains them then.",
    "",
    "Options:",
    ...OPTION_TABLE.flatMap(optionLines),
    "",
    "Exit status:",
    "  0   terminated by SIGTERM, SIGINT or SIGQUIT, or --oneshot got its leases",
    "  64  the command line is wrong",
    "  65  the audit log is not what was written",
    "  66  the interface is not an Ethernet interface, the configuration file cannot",
    "      be read, or there is no audit log",
    "  67  there is no such user (--user)",
    "  69  a library or a kernel feature is missing",
    "  70  a fault of mirage-dhcp itself",
    "  71  the kernel refused a system call, or too few descriptors are allowed",
    "  73  the interface is managed by another instance, or the run directory cannot",
    "      be used",
    "  75  no lease within --timeout (with --oneshot), or no calf can be started any",
    "      more (the executable was replaced, the spawner is gone) and this is to be",
    "      started anew, the configuration being left in place",
    "  77  permission denied: CAP_NET_ADMIN and CAP_NET_RAW are needed",
    "  78  the configuration file is wrong",
    "",
    "Signals:",
    "  SIGUSR1  renew the leases now, or begin anew after SIGUSR2",
    "  SIGUSR2  give the leases back (DHCPRELEASE) and wait for SIGUSR1",
    "  SIGHUP   read the configuration file again, and open the log file anew",
    "  SIGTERM, SIGINT, SIGQUIT",
    "           end; SIGQUIT, or a second one of them, without waiting for --release",
    "",
    "Environment:",
    "  NO_COLOR  when set and not empty, the log has no colours",
    "  NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
    "            the service manager that is told of our state (sd_notify(3))",
    "  JOURNAL_STREAM",
    "            stderr is the systemd journal, which is written to directly then",
    "",
    "Files:",
    "  /etc/mirage-dhcp.conf",
    "                        the configuration, in the syntax of dhcpcd.conf(5); each",
    "                        long option above is a directive too, without dashes",
    "  /var/run/dhcp-client/IFACE/",
    "                        the lease, one file per key: ip, gateway, mtu, domain,",
    "                        search, nameserver/001, lease/time ..., and lease.json",
    "  /var/run/dhcp-client/:control, /var/run/dhcp-client/:metrics",
    "                        the sockets of the commands and of Prometheus",
    "  /var/lib/dhcp-client/IFACE.lease",
    "                        the last lease, to be asked for again",
    "  /var/lib/dhcp-client/audit.log",
    "                        who did what (see mirage-dhcp audit)",
    "  /var/lib/dhcp-client/duid",
    "                        what --client-id=duid sends",
    "  /etc/resolv.conf      written in place, restored when the lease ends",
    "",
    "Examples:",
    "  mirage-dhcp eth0",
    "                        manage eth0 until SIGTERM",
    "  mirage-dhcp -1 --timeout=10 eth0 eth1",
    "                        configure both and exit",
    "  mirage-dhcp --fallback=ipv4ll 'eth*'",
    "                        manage every eth interface, with a link-local address",
    "                        where there is no server",
    "  mirage-dhcp -f /etc/dhcpcd.conf",
    "                        manage what the file of dhcpcd names",
    "",
  ].join("\n");
}
