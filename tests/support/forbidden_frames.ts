/**
 * What a calf may send and what it may not, frame by frame, for a calf on the client's side of a test
 * network.
 *
 * @module
 */

import { type DhcpMessage, encodeMessage, type Layout } from "./dhcp_message.ts";
import {
  type ArpFrame,
  BROADCAST_MAC,
  concat,
  encodeArpFrame,
  encodeUdpFrame,
  type FrameQuirks,
  ipv4Bytes,
  parseHex,
  tagged,
  u16,
  type UdpFrame,
  utf8,
} from "./frame.ts";
import { CLIENT_MAC, SERVER_MAC } from "./network.ts";

/** A frame and what it is. */
export type NamedFrame = readonly [what: string, frame: Uint8Array];

/** Neither end of the cable. */
const NEIGHBOUR_MAC = "02:00:00:00:00:77";
const NEIGHBOUR = "192.0.2.99";
const SERVER = "192.0.2.1";
const NOBODY = "0.0.0.0";
const EVERYBODY = "255.255.255.255";
const NO_MAC = "00:00:00:00:00:00";

/** The client's message: a DHCPDISCOVER unless told. */
interface Query {
  readonly frame?: Partial<UdpFrame>;
  readonly quirks?: FrameQuirks;
  readonly message?: Partial<DhcpMessage>;
  readonly layout?: Layout;
  readonly type?: number;
}

function query({ frame, quirks, message, layout, type = 1 }: Query = {}): Uint8Array {
  const payload = encodeMessage({
    ...{ op: 1, xid: 1, secs: 1, flags: 0, chaddr: CLIENT_MAC },
    ...{ ciaddr: NOBODY, yiaddr: NOBODY, siaddr: NOBODY, giaddr: NOBODY },
    options: [[53, Uint8Array.of(type)]],
    ...message,
  }, layout);
  return encodeUdpFrame({
    ...{ destinationMac: BROADCAST_MAC, sourceMac: CLIENT_MAC },
    ...{ destination: EVERYBODY, source: NOBODY, destinationPort: 67, sourcePort: 68, payload },
    ...frame,
  }, quirks);
}

function arp(frame: Partial<ArpFrame>): Uint8Array {
  return encodeArpFrame({
    ...{ destinationMac: BROADCAST_MAC, operation: 1, senderMac: CLIENT_MAC, sender: NOBODY },
    ...{ targetMac: NO_MAC, target: NEIGHBOUR },
    ...frame,
  });
}

/** A frame of the client's of another protocol. */
function ethernet(destination: string, type: number, payload: Uint8Array): Uint8Array {
  return concat(parseHex(destination), parseHex(CLIENT_MAC), u16(type), payload);
}

/** An IPv4 packet of the client's of another protocol. */
function ipv4(protocol: number, payload: Uint8Array, source = NOBODY): Uint8Array {
  const length = u16(20 + payload.length);
  const header = concat([0x45, 0], length, [0, 0, 0, 0, 64, protocol, 0, 0]);
  const packet = concat(header, ipv4Bytes(source), ipv4Bytes(EVERYBODY), payload);
  return ethernet(BROADCAST_MAC, 0x0800, packet);
}

/** A DHCPDISCOVER that is told from others by its transaction id, of the client unless told. */
export function control(xid: number, mac = CLIENT_MAC): Uint8Array {
  return query({ frame: { sourceMac: mac }, message: { xid, chaddr: mac } });
}

/** What speaks for `address`: allowed while it is the interface's own, and forbidden otherwise. */
export function framesFrom(address: string): NamedFrame[] {
  const from = { source: address };
  const message = { ciaddr: address };
  const toServer = { ...from, destination: SERVER, destinationMac: SERVER_MAC };
  return [
    ["DHCPREQUEST in RENEWING", query({ frame: toServer, message, type: 3 })],
    ["DHCPREQUEST in REBINDING", query({ frame: from, message, type: 3 })],
    ["DHCPRELEASE", query({ frame: toServer, message, type: 7 })],
    ["DHCPINFORM", query({ frame: from, message, type: 8 })],
    ["ARP request", arp({ sender: address })],
    ["ARP announcement", arp({ sender: address, target: address })],
    [
      "ARP reply",
      arp({
        ...{ operation: 2, sender: address, target: SERVER },
        ...{ destinationMac: SERVER_MAC, targetMac: SERVER_MAC },
      }),
    ],
    [
      "gratuitous ARP reply",
      arp({
        ...{ operation: 2, sender: address, target: address, targetMac: BROADCAST_MAC },
      }),
    ],
  ];
}

/** What is allowed whatever address there is. */
export function allowedFrames(): NamedFrame[] {
  return [
    ["DHCPDISCOVER", query()],
    ["DHCPREQUEST", query({ type: 3 })],
    ["DHCPDECLINE", query({ type: 4 })],
    ["DHCPDISCOVER with DF", query({ quirks: { fragment: 0x4000 } })],
    ["ARP probe", arp({})],
    ["ARP probe, padded", concat(arp({}), new Uint8Array(18))],
  ];
}

/** What is forbidden whatever address there is; `own` is the interface's, or anything else. */
export function forbiddenFrames(own: string): NamedFrame[] {
  const other = { frame: { source: NEIGHBOUR }, message: { ciaddr: NEIGHBOUR }, type: 3 };
  return [
    ...macFrames(),
    ...protocolFrames(own),
    ...dhcpFrames(own),
    ...framesFrom(NEIGHBOUR).map(([what, frame]): NamedFrame => [`another's ${what}`, frame]),
    ["another's address from our own", query({ ...other, frame: { source: own } })],
    ["our own address from another's", query({ ...other, message: { ciaddr: own } })],
    ["ARP reply from nobody", arp({ operation: 2 })],
    ["ARP of another MAC", arp({ senderMac: NEIGHBOUR_MAC, sender: own })],
    [
      "ARP probe of another MAC",
      concat(
        arp({}).subarray(0, 22),
        parseHex(NEIGHBOUR_MAC),
        arp({})
          .subarray(28),
      ),
    ],
    ["ARP with more behind it", concat(arp({}), new Uint8Array(19))],
    ["RARP", ethernet(BROADCAST_MAC, 0x8035, arp({ operation: 3 }).subarray(14))],
    ["RARP as ARP", arp({ operation: 3 })],
    ["InARP", arp({ operation: 8 })],
    ["truncated ARP", arp({}).subarray(0, 41)],
  ];
}

function macFrames(): NamedFrame[] {
  const from = (sourceMac: string) => query({ frame: { sourceMac } });
  const to = (destinationMac: string) => query({ frame: { destinationMac } });
  return [
    ["from the server's MAC", from(SERVER_MAC)],
    ["from a neighbour's MAC", from(NEIGHBOUR_MAC)],
    ["from the broadcast MAC", from(BROADCAST_MAC)],
    ["from no MAC", from(NO_MAC)],
    ["to a multicast MAC", to("01:00:5e:00:00:01")],
    ["to all nodes of IPv6", to("33:33:00:00:00:01")],
    ["to a bridge group", to("01:80:c2:00:00:00")],
    ["ARP probe to a multicast MAC", arp({ destinationMac: "01:00:5e:00:00:fb" })],
    ["with a VLAN tag", tagged(query(), 5)],
    ["with a priority tag", tagged(query(), 0xa000)],
    ["with a provider's tag", tagged(query(), 5, 0x88a8)],
    ["ARP probe with a VLAN tag", tagged(arp({}), 5)],
    ["with a length for a type", concat(query().subarray(0, 12), u16(300), query().subarray(14))],
  ];
}

function protocolFrames(own: string): NamedFrame[] {
  const udp = (sourcePort: number, destinationPort: number) =>
    query({ frame: { sourcePort, destinationPort } });
  const ipv6 = parseHex(`60000000 0018 3a ff ${"fe80".padEnd(32, "0")} ${"ff02".padEnd(32, "0")}`);
  const neighbourAdvertisement = concat(ipv6, [136, 0, 0, 0, 32], new Uint8Array(19));
  const routerAdvertisement = concat(ipv6, [134, 0, 0, 0], new Uint8Array(20));
  return [
    ["IPv6 neighbour advertisement", ethernet(BROADCAST_MAC, 0x86dd, neighbourAdvertisement)],
    ["IPv6 router advertisement", ethernet("33:33:00:00:00:01", 0x86dd, routerAdvertisement)],
    ["TCP", ipv4(6, concat(u16(68), u16(67), new Uint8Array(300)), own)],
    ["ICMP echo", ipv4(1, concat([8, 0, 0xf7, 0xff], new Uint8Array(300)), own)],
    ["ICMP redirect", ipv4(1, concat([5, 1, 0, 0], ipv4Bytes(own), new Uint8Array(300)), own)],
    ["IGMP", ipv4(2, concat([0x16, 0, 0, 0], ipv4Bytes("224.0.0.251"), new Uint8Array(300)), own)],
    ["UDP-Lite", ipv4(136, query().subarray(34))],
    ["STP", concat(parseHex("0180c2000000"), parseHex(CLIENT_MAC), u16(38), [0x42, 0x42, 3])],
    ["LLDP", ethernet("01:80:c2:00:00:0e", 0x88cc, utf8("\x02\x07\x04lldp"))],
    ["LLDP to all", ethernet(BROADCAST_MAC, 0x88cc, new Uint8Array(300))],
    ["EAPOL", ethernet("01:80:c2:00:00:03", 0x888e, new Uint8Array(46))],
    ["EAPOL to a station", ethernet(SERVER_MAC, 0x888e, new Uint8Array(46))],
    ["PPPoE discovery", ethernet(BROADCAST_MAC, 0x8863, new Uint8Array(46))],
    ["DNS", udp(68, 53)],
    ["TFTP", udp(68, 69)],
    ["DHCP as a server", udp(67, 68)],
    ["DHCP between servers", udp(67, 67)],
    ["DHCP to clients", udp(68, 68)],
    ["from an unprivileged port", udp(1068, 67)],
    ["first fragment", query({ quirks: { fragment: 0x2000 } })],
    ["last fragment", query({ quirks: { fragment: 0x0001 } })],
    ["reserved bit", query({ quirks: { fragment: 0x8000 } })],
    ["IP options", query({ quirks: { ipOptions: Uint8Array.of(1, 1, 1, 0) } })],
    ["source route", query({ quirks: { ipOptions: Uint8Array.of(131, 7, 4, 192, 0, 2, 1, 0) } })],
    ["IP version 5", query({ quirks: { versionIhl: 0x55 } })],
    ["IP header of 16 bytes", query({ quirks: { versionIhl: 0x44 } })],
    ["empty datagram", query().subarray(0, 42)],
    ["truncated Ethernet header", query().subarray(0, 13)],
    ["truncated IPv4 header", query().subarray(0, 33)],
    ["truncated message", query().subarray(0, 281)],
    ["longer than the link takes", concat(query(), new Uint8Array(1515 - query().length))],
    ["longer than any frame", concat(query(), new Uint8Array(9000))],
  ];
}

function dhcpFrames(own: string): NamedFrame[] {
  const message = (fields: Partial<DhcpMessage>) => query({ message: fields });
  const cookie = query();
  cookie[42 + 239] ^= 1;
  const hops = query();
  hops[42 + 3] = 1;
  return [
    [
      "BOOTREPLY to a client",
      query({
        ...{ message: { op: 2, yiaddr: NEIGHBOUR }, type: 5 },
        ...{ frame: { sourcePort: 67, destinationPort: 68, source: own } },
      }),
    ],
    ["BOOTREPLY to a server", query({ message: { op: 2, yiaddr: NEIGHBOUR }, type: 5 })],
    ["op 0", message({ op: 0 })],
    ["another's chaddr", message({ chaddr: NEIGHBOUR_MAC })],
    ["the server's chaddr", message({ chaddr: SERVER_MAC })],
    ["htype 6", query({ layout: { htype: 6 } })],
    ["hlen 0", query({ layout: { hlen: 0 } })],
    ["hlen 16", query({ layout: { hlen: 16 } })],
    ["a hop", hops],
    ["giaddr, as a relay agent", message({ giaddr: own })],
    ["giaddr of another", message({ giaddr: NEIGHBOUR })],
    ["yiaddr", message({ yiaddr: NEIGHBOUR })],
    ["siaddr", message({ siaddr: SERVER })],
    ["no magic cookie", cookie],
    ["from nobody to one host", query({ frame: { destination: SERVER } })],
    ["DHCPRELEASE for another, from nobody", query({ message: { ciaddr: NEIGHBOUR }, type: 7 })],
    ["BOOTP without options", query().subarray(0, 42 + 236)],
  ];
}
