/**
 * The two BPF programs of the data path, each attached to a socket of priv's.
 *
 * network → {@link receiveFilter} on priv's packet socket → calf → {@link calfFilter} on priv's end
 * of the calf's socket pair → network.
 *
 * They are the whole list of what a calf can see and say. The first is locked; the second is replaced
 * whenever the interface gets or loses an address, which only priv can do: a calf's own end is another
 * socket. A frame that is too short for a field
 * that a program looks at is dropped, as loads beyond the packet end a program with 0.
 *
 * @module
 */

import {
  Ancillary,
  assemble,
  ja,
  jeq,
  jge,
  jgt,
  jset,
  label,
  ld,
  ldAncillary,
  ldb,
  ldbIndexed,
  ldh,
  ldhIndexed,
  ldIndexed,
  ldLength,
  ldxMsh,
  type Program,
  ret,
} from "./assembler.ts";

/** Ethernet header: destination 0, source 6, EtherType 12 (IEEE 802.3). */
const ETHER_DESTINATION = 0;
const ETHER_SOURCE = 6;
const ETHER_TYPE = 12;
const ETHER_HEADER = 14;
/** ETH_P_IP and ETH_P_ARP (`linux/if_ether.h`). */
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
/** The bit of a destination's first byte that makes it a group address. */
const GROUP_BIT = 0x01;

/** IPv4 header fields (RFC 791 §3.1), counted from the frame's first byte. */
const IPV4_VERSION_IHL = ETHER_HEADER;
const IPV4_FRAGMENT = ETHER_HEADER + 6;
const IPV4_PROTOCOL = ETHER_HEADER + 9;
const IPV4_SOURCE = ETHER_HEADER + 12;
const IPV4_DESTINATION = ETHER_HEADER + 16;
/** MF and the fragment offset. */
const IPV4_FRAGMENT_MASK = 0x3fff;
/** MF, the fragment offset and the reserved bit: all but DF. */
const IPV4_ALL_BUT_DF_MASK = 0xbfff;
const IPPROTO_UDP = 17;

/** UDP header fields (RFC 768), counted from the UDP header. */
const UDP_SOURCE_PORT = 0;
const UDP_DESTINATION_PORT = 2;
const UDP_HEADER = 8;
/** RFC 2131 §4.1: DHCP's ports. */
const DHCP_SERVER_PORT = 67;
const DHCP_CLIENT_PORT = 68;

/** DHCP message fields (RFC 2131 §2), counted from the UDP payload's first byte. */
const DHCP_OP = 0;
const DHCP_HLEN = 2;
const DHCP_CIADDR = 12;
const DHCP_YIADDR = 16;
const DHCP_SIADDR = 20;
const DHCP_GIADDR = 24;
const DHCP_CHADDR = 28;
const DHCP_COOKIE = 236;
/** op BOOTREPLY 2 and htype Ethernet 1 as one half word. */
const DHCP_REPLY_ETHERNET = 0x0201;
const DHCP_HLEN_ETHERNET = 6;
/** op BOOTREQUEST 1, htype Ethernet 1, hlen 6 and hops 0 as one word. */
const DHCP_REQUEST_ETHERNET = 0x01010600;
/** What the options begin with (RFC 2131 §3). */
const DHCP_MAGIC_COOKIE = 0x63825363;

/** ARP packet fields (RFC 826), counted from the frame's first byte. */
const ARP_HARDWARE = ETHER_HEADER;
const ARP_PROTOCOL = ETHER_HEADER + 2;
const ARP_LENGTHS = ETHER_HEADER + 4;
const ARP_OPERATION = ETHER_HEADER + 6;
const ARP_SENDER_HARDWARE = ETHER_HEADER + 8;
const ARP_SENDER_PROTOCOL = ETHER_HEADER + 14;
const ARP_TARGET_PROTOCOL = ETHER_HEADER + 24;
const ARP_HARDWARE_ETHERNET = 1;
/** hlen 6 and plen 4 as one half word. */
const ARP_LENGTHS_ETHERNET_IPV4 = 0x0604;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;
/** An ARP packet padded to Ethernet's least frame, without its checksum (IEEE 802.3). */
const ARP_MAX_FRAME = 60;

/** 0.0.0.0: no address (yet). */
const NOBODY = 0;
/** 255.255.255.255. */
const EVERYBODY = 0xffffffff;

/** `sll_pkttype` of what this machine sends (`linux/if_packet.h`). */
const PACKET_OUTGOING = 4;
/** The VLAN id in a tag (IEEE 802.1Q). */
const VLAN_ID_MASK = 0x0fff;

/** Smallest bound that still lets an ARP packet through. */
const MIN_MAX_FRAME = 42;
/** Greatest frame of a device: `IP_MAX_MTU` and the Ethernet header. */
const MAX_MAX_FRAME = 0xffff + ETHER_HEADER;

/**
 * What the network may say to the calf; for an AF_PACKET SOCK_RAW socket.
 *
 * Passes, unchanged and whole, frames of at most `maxFrame` bytes to `mac` or to broadcast, from
 * someone else, without a VLAN tag (a tag with VLAN id 0 only carries a priority and is no VLAN,
 * IEEE 802.1Q; the kernel delivers such frames to the untagged interface as well), that hold
 * - IPv4 with a header of 20 bytes or more, not a fragment, UDP to port 68 from any port, and in it
 *   a BOOTREPLY for Ethernet (op 2, htype 1, hlen 6) whose chaddr is `mac`, with the magic cookie of
 *   DHCP (RFC 2131 §2), or
 * - ARP for Ethernet and IPv4, a request or a reply.
 *
 * All else to port 68 can be no answer to us, however much of it there is. What comes after the
 * cookie, and every length and checksum, is left to the calf.
 *
 * @param mac the interface's address, 6 bytes
 * @param maxFrame greatest frame in bytes with its Ethernet header, 42 to 65549
 * @return packed `struct sock_filter`
 * @throws RangeError when an argument is out of range
 */
export function receiveFilter(mac: Uint8Array, maxFrame: number): Uint8Array<ArrayBuffer> {
  checkArguments(mac, maxFrame);
  return assemble([
    // Our own transmissions, which the kernel shows to every packet socket of the interface.
    ldAncillary(Ancillary.PACKET_TYPE),
    jeq(PACKET_OUTGOING, { yes: "drop" }),
    // The kernel takes an outer tag off before the filter runs; an inner one fails at EtherType.
    ldAncillary(Ancillary.VLAN_TAG),
    jset(VLAN_ID_MASK, { yes: "drop" }),
    ...lengthAtMost(maxFrame),

    ld(ETHER_SOURCE + 2),
    jeq(wordOf(mac, 2), { no: "from-others" }),
    ldh(ETHER_SOURCE),
    jeq(halfOf(mac, 0), { yes: "drop" }),
    label("from-others"),
    ld(ETHER_DESTINATION + 2),
    jeq(wordOf(mac, 2), { yes: "perhaps-us" }),
    jeq(0xffffffff, { no: "drop" }),
    ldh(ETHER_DESTINATION),
    jeq(0xffff, { yes: "to-us", no: "drop" }),
    label("perhaps-us"),
    ldh(ETHER_DESTINATION),
    jeq(halfOf(mac, 0), { no: "drop" }),
    label("to-us"),

    ldh(ETHER_TYPE),
    jeq(ETHERTYPE_IPV4, { yes: "ipv4" }),
    jeq(ETHERTYPE_ARP, { yes: "arp", no: "drop" }),

    label("ipv4"),
    // Version 4 in the high half of the byte, ihl 5 to 15 in the low one.
    ldb(IPV4_VERSION_IHL),
    jge(0x45, { no: "drop" }),
    jgt(0x4f, { yes: "drop" }),
    ...unfragmentedUdp(IPV4_FRAGMENT_MASK),
    ldxMsh(IPV4_VERSION_IHL),
    ldhIndexed(ETHER_HEADER + UDP_DESTINATION_PORT),
    jeq(DHCP_CLIENT_PORT, { no: "drop" }),
    ...dhcpReplyTo(mac),
    ja("pass"),

    label("arp"),
    ...arpForIpv4OverEthernet(),
    ldh(ARP_OPERATION),
    jeq(ARP_REQUEST, { yes: "pass" }),
    jeq(ARP_REPLY, { yes: "pass", no: "drop" }),
    ...ending(maxFrame),
  ]);
}

/**
 * What the calf may say to the network; for priv's end of its socket pair.
 *
 * Passes, unchanged and whole, frames of at most `maxFrame` bytes from `mac` to a single station or
 * to broadcast that hold
 * - IPv4 with a header of exactly 20 bytes, not a fragment, UDP from port 68 to port 67, and in it a
 *   BOOTREQUEST for Ethernet (op 1, htype 1, hlen 6, hops 0) whose chaddr is `mac`, with the magic
 *   cookie of DHCP, without yiaddr, siaddr and giaddr (RFC 2131 §4.4.1, table 5). Its ciaddr is its
 *   source address: `own`, or 0.0.0.0 and then it goes to 255.255.255.255, or
 * - ARP for Ethernet and IPv4, of at most 60 bytes, whose sender hardware address is `mac`: a request
 *   from `own` or from 0.0.0.0 (a probe, RFC 5227 §2.1.1), or a reply from `own`.
 *
 * The options of the DHCP message are left to the server: with them a calf can call itself by another's
 * client identifier.
 *
 * @param mac the interface's address, 6 bytes
 * @param maxFrame greatest frame in bytes with its Ethernet header, 42 to 65549
 * @param own the IPv4 address that the interface has from its calf, as a number in host byte order; null
 *   while it has none: then nothing passes that would speak for an address
 * @return packed `struct sock_filter`
 * @throws RangeError when an argument is out of range
 */
export function calfFilter(
  mac: Uint8Array,
  maxFrame: number,
  own: number | null,
): Uint8Array<ArrayBuffer> {
  checkArguments(mac, maxFrame);
  if (own !== null && !(Number.isInteger(own) && own > NOBODY && own < EVERYBODY)) {
    throw new RangeError(`Cannot make a filter: ${own} is no address of an interface`);
  }
  const udp = ETHER_HEADER + 20;
  const message = udp + UDP_HEADER;
  return assemble([
    ...lengthAtMost(maxFrame),
    ...equalsMac(ETHER_SOURCE, mac),
    ldb(ETHER_DESTINATION),
    jset(GROUP_BIT, { no: "to-station" }),
    ldh(ETHER_DESTINATION),
    jeq(0xffff, { no: "drop" }),
    ld(ETHER_DESTINATION + 2),
    jeq(0xffffffff, { no: "drop" }),
    label("to-station"),

    ldh(ETHER_TYPE),
    jeq(ETHERTYPE_IPV4, { yes: "ipv4" }),
    jeq(ETHERTYPE_ARP, { yes: "arp", no: "drop" }),

    label("ipv4"),
    ldb(IPV4_VERSION_IHL),
    jeq(0x45, { no: "drop" }),
    ...unfragmentedUdp(IPV4_ALL_BUT_DF_MASK),
    ldh(udp + UDP_SOURCE_PORT),
    jeq(DHCP_CLIENT_PORT, { no: "drop" }),
    ldh(udp + UDP_DESTINATION_PORT),
    jeq(DHCP_SERVER_PORT, { no: "drop" }),
    ld(message + DHCP_OP),
    jeq(DHCP_REQUEST_ETHERNET, { no: "drop" }),
    ...[DHCP_YIADDR, DHCP_SIADDR, DHCP_GIADDR].flatMap((offset) => isNobody(message + offset)),
    ...equalsMac(message + DHCP_CHADDR, mac),
    ld(message + DHCP_COOKIE),
    jeq(DHCP_MAGIC_COOKIE, { no: "drop" }),
    ld(IPV4_SOURCE),
    jeq(NOBODY, { yes: "from-nobody" }),
    jeq(own ?? NOBODY, { no: "drop" }),
    ld(message + DHCP_CIADDR),
    jeq(own ?? NOBODY, { yes: "pass", no: "drop" }),
    label("from-nobody"),
    ...isNobody(message + DHCP_CIADDR),
    ld(IPV4_DESTINATION),
    jeq(EVERYBODY, { yes: "pass", no: "drop" }),

    label("arp"),
    ldLength(),
    jgt(ARP_MAX_FRAME, { yes: "drop" }),
    ...equalsMac(ARP_SENDER_HARDWARE, mac),
    ...arpForIpv4OverEthernet(),
    ldh(ARP_OPERATION),
    jeq(ARP_REPLY, { yes: "for-own" }),
    jeq(ARP_REQUEST, { no: "drop" }),
    ld(ARP_SENDER_PROTOCOL),
    jeq(NOBODY, { yes: "pass" }),
    label("for-own"),
    ld(ARP_SENDER_PROTOCOL),
    ...(own === null ? [] : [jeq(own, { yes: "pass" })]),
    ja("drop"),
    ...ending(maxFrame),
  ]);
}

/** Goes to "drop" when the packet is longer than `maxFrame`. */
function lengthAtMost(maxFrame: number): Program {
  return [ldLength(), jgt(maxFrame, { yes: "drop" })];
}

/** Goes to "drop" when the six bytes at `offset` are not `mac`. */
function equalsMac(offset: number, mac: Uint8Array): Program {
  return [
    ldh(offset),
    jeq(halfOf(mac, 0), { no: "drop" }),
    ld(offset + 2),
    jeq(wordOf(mac, 2), { no: "drop" }),
  ];
}

/** Goes to "drop" when the word at `offset` is not 0.0.0.0. */
function isNobody(offset: number): Program {
  return [ld(offset), jeq(NOBODY, { no: "drop" })];
}

/** Goes to "drop" when a bit of `mask` is set beside the fragment offset, or when it is not UDP. */
function unfragmentedUdp(mask: number): Program {
  return [
    ldh(IPV4_FRAGMENT),
    jset(mask, { yes: "drop" }),
    ldb(IPV4_PROTOCOL),
    jeq(IPPROTO_UDP, { no: "drop" }),
  ];
}

/**
 * Goes to "drop" unless the UDP payload is as much of a DHCP reply to `mac` as its fixed fields tell,
 * up to the cookie; X is the length of the IPv4 header.
 */
function dhcpReplyTo(mac: Uint8Array): Program {
  const message = ETHER_HEADER + UDP_HEADER;
  return [
    ldhIndexed(message + DHCP_OP),
    jeq(DHCP_REPLY_ETHERNET, { no: "drop" }),
    ldbIndexed(message + DHCP_HLEN),
    jeq(DHCP_HLEN_ETHERNET, { no: "drop" }),
    ldhIndexed(message + DHCP_CHADDR),
    jeq(halfOf(mac, 0), { no: "drop" }),
    ldIndexed(message + DHCP_CHADDR + 2),
    jeq(wordOf(mac, 2), { no: "drop" }),
    ldIndexed(message + DHCP_COOKIE),
    jeq(DHCP_MAGIC_COOKIE, { no: "drop" }),
  ];
}

/** Goes to "drop" unless the ARP packet is whole and for IPv4 over Ethernet. */
function arpForIpv4OverEthernet(): Program {
  return [
    ldh(ARP_HARDWARE),
    jeq(ARP_HARDWARE_ETHERNET, { no: "drop" }),
    ldh(ARP_PROTOCOL),
    jeq(ETHERTYPE_IPV4, { no: "drop" }),
    ldh(ARP_LENGTHS),
    jeq(ARP_LENGTHS_ETHERNET_IPV4, { no: "drop" }),
    // Only that the packet is there to its last byte.
    ld(ARP_TARGET_PROTOCOL),
  ];
}

/** The two ends of a program. "pass" keeps the whole frame, as it is not longer than that. */
function ending(maxFrame: number): Program {
  return [label("pass"), ret(maxFrame), label("drop"), ret(0)];
}

function halfOf(mac: Uint8Array, offset: number): number {
  return (mac[offset] << 8) | mac[offset + 1];
}

function wordOf(mac: Uint8Array, offset: number): number {
  return ((halfOf(mac, offset) << 16) | halfOf(mac, offset + 2)) >>> 0;
}

function checkArguments(mac: Uint8Array, maxFrame: number): void {
  if (mac.length !== 6) {
    throw new RangeError(`Cannot make a filter: a MAC address has 6 bytes, not ${mac.length}`);
  }
  if ((mac[0] & GROUP_BIT) !== 0) {
    throw new RangeError("Cannot make a filter: the MAC address is a group address");
  }
  if (!Number.isInteger(maxFrame) || maxFrame < MIN_MAX_FRAME || maxFrame > MAX_MAX_FRAME) {
    throw new RangeError(`Cannot make a filter: greatest frame ${maxFrame} is out of range`);
  }
}
