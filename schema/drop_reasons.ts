/**
 * Why frames are dropped, as the keys below /packets/dropped and the metrics name it.
 *
 * @module
 */

/** One reason. */
export interface DropReason {
  /** Last part of its key. */
  readonly slug: string;
  /** Who counts it. */
  readonly by: "priv" | "calf";
  /** What it means. */
  readonly meaning: string;
}

function byPriv(slug: string, meaning: string): DropReason {
  return { slug, by: "priv", meaning };
}

function byCalf(slug: string, meaning: string): DropReason {
  return { slug, by: "calf", meaning };
}

/** All reasons, those of priv first, then the calf's from Ethernet upwards. */
export const DROP_REASONS: readonly DropReason[] = [
  byPriv("vlan", "of a VLAN that is not this interface's"),
  byPriv("size", "longer than an Ethernet frame"),
  byPriv("calf-busy", "the calf had no room, or there was none"),
  byPriv("calf-rate", "sent by the calf too fast"),
  byPriv("send-error", "the kernel would not send it"),
  byCalf("ethernet-short", "shorter than an Ethernet header"),
  byCalf("ethernet-not-for-us", "sent to another Ethernet address"),
  byCalf("ethernet-source", "a group address as Ethernet source"),
  byCalf("ethernet-vlan", "with a VLAN tag"),
  byCalf("ethernet-type", "neither IPv4 nor ARP"),
  byCalf("ipv4-short", "shorter than an IPv4 header"),
  byCalf("ipv4-version", "an IP version other than 4"),
  byCalf("ipv4-header-length", "an impossible IPv4 header length"),
  byCalf("ipv4-length", "an IPv4 length that does not fit the frame"),
  byCalf("ipv4-checksum", "a wrong IPv4 header checksum"),
  byCalf("ipv4-fragment", "an IPv4 fragment"),
  byCalf("ipv4-source", "an IPv4 source that no host can have"),
  byCalf("ipv4-not-for-us", "sent to another IPv4 address"),
  byCalf("ipv4-protocol", "IPv4 but not UDP"),
  byCalf("udp-short", "shorter than a UDP header"),
  byCalf("udp-length", "a UDP length that does not fit the packet"),
  byCalf("udp-checksum", "a wrong UDP checksum"),
  byCalf("udp-port", "a UDP port that nobody listens to"),
  byCalf("arp-short", "shorter than an ARP packet"),
  byCalf("arp-malformed", "not ARP for Ethernet and IPv4, or neither request nor reply"),
  byCalf("arp-sender", "an ARP sender that no host can have, or one of this machine"),
  byCalf("arp-not-for-us", "ARP that is about other hosts"),
  byCalf("arp-unsolicited", "an ARP reply that nobody asked for"),
  byCalf("arp-conflict", "ARP by which another host claims our address"),
  byCalf("arp-probe", "ARP by which another host probes for the address that we probe for"),
  byCalf("arp-rate", "an ARP request too soon after many others"),
  byCalf("dhcp-short", "shorter than a DHCP message"),
  byCalf("dhcp-op", "DHCP but not a BOOTREPLY"),
  byCalf("dhcp-hardware", "DHCP for other hardware than Ethernet"),
  byCalf("dhcp-cookie", "DHCP without its magic cookie"),
  byCalf("dhcp-no-type", "DHCP without a message type (option 53)"),
  byCalf("dhcp-type", "a DHCP message type that is no answer to a client"),
  byCalf("dhcp-xid", "DHCP with another transaction id than our last message"),
  byCalf("dhcp-chaddr", "DHCP for another hardware address"),
  byCalf("dhcp-client-id", "DHCP for another client identifier (RFC 6842)"),
  byCalf("dhcp-state", "DHCP that was not expected then"),
  byCalf("dhcp-server", "DHCP of another server than the one asked"),
  byCalf("dhcp-yiaddr", "a DHCP lease of an address that no host can have"),
  byCalf("dhcp-lease-time", "a DHCP lease that is over at once"),
  byCalf("dhcp-required-option", "DHCP without an option that the operator requires"),
];
