/**
 * Configuration files of the other clients, in the bench's own /etc.
 *
 * @module
 */

/** dhcpcd as LinuxKit runs it. */
export const DHCPCD_LINUXKIT_FILE = "/etc/bench-dhcpcd-linuxkit.conf";
/** The same, but it looks by ARP whether somebody has the address. */
export const DHCPCD_ARP_FILE = "/etc/bench-dhcpcd-arp.conf";
/** Makes systemd-networkd take over an address that is there, and ask for it again. */
export const NETWORKD_KEEP_FILE = "/etc/systemd/network/bench.network.d/keep.conf";
/** The text of {@link NETWORKD_KEEP_FILE}. */
export const NETWORKD_KEEP_TEXT = "[Network]\nKeepConfiguration=dhcp\n";

/** The directives of LinuxKit's image for dhcpcd. */
const DHCPCD_LINUXKIT: readonly string[] = [
  "allowinterfaces eth*",
  "hostname",
  "clientid",
  "persistent",
  "option rapid_commit",
  "option domain_name_servers, domain_name, domain_search, host_name",
  "option classless_static_routes",
  "option ntp_servers",
  "option interface_mtu",
  "require dhcp_server_identifier",
  "slaac private",
  "nodelay",
  "noarp",
  "waitip 4",
];

/** DHCPv4 only. RapidCommit is known from version 255 on, and ignored before. */
const NETWORKD = `[Match]
Name=eth*

[Network]
DHCP=ipv4
IPv6AcceptRA=no
LinkLocalAddressing=no

[DHCPv4]
RapidCommit=yes
SendRelease=no
`;

/** Every file that is always there: its path and its text. */
export const CONFIGURATION: Readonly<Record<string, string>> = {
  [DHCPCD_LINUXKIT_FILE]: lines(DHCPCD_LINUXKIT),
  [DHCPCD_ARP_FILE]: lines(DHCPCD_LINUXKIT.filter((directive) => directive !== "noarp")),
  "/etc/systemd/network/bench.network": NETWORKD,
};

function lines(directives: readonly string[]): string {
  return directives.map((directive) => `${directive}\n`).join("");
}
