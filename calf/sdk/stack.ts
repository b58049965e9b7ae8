/**
 * The network stack of a calf: Ethernet, ARP, IPv4 and UDP for one interface and one address, as
 * far as a DHCP, NTP or DNS client needs it. Nothing here waits or allocates: frames go in by
 * `receive()`, out by `Host.netWrite()`, and time by the {@linkcode Clock} that the owner advances.
 *
 * @module
 */

import { ARP_REQUEST, ArpPacket } from "./arp.ts";
import { copyBytes, equalBytes } from "./bytes.ts";
import { Clock, Timer } from "./clock.ts";
import {
  DROP_ARP_CONFLICT,
  DROP_ARP_NOT_FOR_US,
  DROP_ARP_PROBE,
  DROP_ARP_RATE,
  DROP_ARP_SENDER,
  DROP_ARP_UNSOLICITED,
  DROP_ETHERNET_NOT_FOR_US,
  DROP_ETHERTYPE,
  DROP_IPV4_NOT_FOR_US,
  DROP_NONE,
  DROP_NOT_UDP,
  DropCounters,
} from "./drop.ts";
import {
  ETHERNET_MAX_FRAME,
  EthernetHeader,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  isBroadcastMac,
} from "./ethernet.ts";
import {
  ARP_FRAME,
  BROADCAST_MAC,
  emitArpReplyFrame,
  emitArpRequestFrame,
  emitUdpFrame,
  UDP_FRAME_HEADERS,
} from "./frame.ts";
import { Host } from "./host.ts";
import {
  broadcastOf,
  IPV4_BROADCAST,
  Ipv4Header,
  isUnicast,
  maskOf,
  PROTOCOL_UDP,
} from "./ipv4.ts";
import { isLinkLocal } from "./link_local.ts";
import { MacSet } from "./mac_set.ts";
import { Neighbours } from "./neighbours.ts";
import { UdpHeader } from "./udp.ts";
import { WaitingFrame } from "./waiting_frame.ts";

/** `receive()`: a UDP datagram for us; its addresses and payload are in the `udp…` fields. */
export const RECEIVED_UDP: i32 = 1;
/** `receive()`: an ARP packet that was answered or learned from; nothing more to do. */
export const RECEIVED_ARP: i32 = 2;
/** The longest UDP payload that is sent: an Ethernet MTU of 1500 less the two headers. */
export const MAX_PAYLOAD: i32 = 1472;

/** The port of a DHCP client (RFC 2131 §4.1). */
const PORT_BOOTPC: i32 = 68;
/** So many ARP requests are answered in a second: a flood must not use up our share of the link. */
const ARP_ANSWERS: i32 = 4;

/** One interface. */
export class Stack {
  /** Our MAC address; all zero until `setMac()`. */
  readonly mac: Uint8Array = new Uint8Array(6);
  /** Our IPv4 address, 0 when there is none. */
  address: u32 = 0;
  /** Where the caller builds the payload before `send…()`; up to `MAX_PAYLOAD` bytes are sent. */
  readonly payload: Uint8Array = new Uint8Array(1500);
  /** Frames refused; services count their own reasons here too. */
  readonly drops: DropCounters = new DropCounters();
  /** After `RECEIVED_UDP`: the source address. */
  udpSource: u32 = 0;
  /** After `RECEIVED_UDP`: the destination address. */
  udpDestination: u32 = 0;
  /** After `RECEIVED_UDP`: the source port. */
  udpSourcePort: i32 = 0;
  /** After `RECEIVED_UDP`: the destination port. */
  udpDestinationPort: i32 = 0;
  /** After `RECEIVED_UDP`: where the payload begins in the buffer given to `receive()`. */
  payloadAt: i32 = 0;
  /** After `RECEIVED_UDP`: bytes of payload; the payload ends within the frame. */
  payloadLength: i32 = 0;
  /**
   * After `RECEIVED_UDP`, `-DROP_ARP_CONFLICT` and `-DROP_ARP_PROBE`: where the sender's MAC address
   * lies in that buffer; in ARP it is the one that the packet names.
   */
  sourceMacAt: i32 = 0;
  /** After `-DROP_ARP_CONFLICT` and `-DROP_ARP_PROBE`: the address that the other host wants. */
  conflictAddress: u32 = 0;
  /** MAC addresses of this machine's other interfaces: they never are in conflict with us. */
  readonly otherMacs: MacSet = new MacSet();
  private host: Host;
  private clock: Clock;
  private prefixLength: i32 = 0;
  private router: u32 = 0;
  private watched: u32 = 0;
  private ethernet: EthernetHeader = new EthernetHeader();
  private ipv4: Ipv4Header = new Ipv4Header();
  private udp: UdpHeader = new UdpHeader();
  private arp: ArpPacket = new ArpPacket();
  private neighbours: Neighbours = new Neighbours();
  private frame: Uint8Array = new Uint8Array(ETHERNET_MAX_FRAME);
  private waiting: WaitingFrame;
  private answers: i32 = 0;
  private answersTimer: Timer = new Timer();

  /** Makes a stack without addresses that sends by `host` and reads the time from `clock`. */
  constructor(host: Host, clock: Clock) {
    this.host = host;
    this.clock = clock;
    this.waiting = new WaitingFrame(clock);
  }

  /** Sets our MAC address to `buf[at..at+6)`. */
  setMac(buf: Uint8Array, at: i32): void {
    copyBytes(this.mac, 0, buf, at, 6);
  }

  /**
   * Sets our address. `router` is where datagrams for other subnets go, 0 when there is none; it may
   * lie outside the subnet (as on clouds that give /32), and be the destination itself when that is on
   * the link. When anything changed, what ARP learned is forgotten.
   */
  configure(address: u32, prefixLength: i32, router: u32): void {
    if (
      this.address === address && this.prefixLength === prefixLength && this.router === router
    ) return;
    this.unconfigure();
    this.address = address;
    this.prefixLength = prefixLength;
    this.router = router;
  }

  /** Forgets our address, what ARP learned, and a datagram that waits. */
  unconfigure(): void {
    this.address = 0;
    this.prefixLength = 0;
    this.router = 0;
    this.neighbours.clear();
    this.waiting.clear();
  }

  /**
   * Reports conflicts about `address` too, which need not be ours (yet); 0 for none. Neither
   * `configure()` nor `unconfigure()` changes it.
   */
  watch(address: u32): void {
    this.watched = address;
  }

  /** True while a datagram of `sendUnicast()` waits for ARP. */
  busy(): bool {
    return this.waiting.length > 0;
  }

  /**
   * Takes one frame, `buf[0..len)`. Returns `RECEIVED_UDP`, `RECEIVED_ARP`, or the negative of a
   * `DROP_*` reason, which has been counted in `drops` already. Never throws. Two reasons concern
   * whoever detects conflicts (`acd.ts`):
   * - `DROP_ARP_CONFLICT`: another host says that it has our address, or the watched one;
   * - `DROP_ARP_PROBE`: another host asks, as we do, whether the watched address is free. (One that
   *   probes for our own address is answered instead, so that it will not take it.)
   */
  receive(buf: Uint8Array, len: i32): i32 {
    const result: i32 = this.classify(buf, len);
    if (result < 0) this.drops.count(-result);
    return result;
  }

  /** As `receive()`, without counting. */
  private classify(buf: Uint8Array, len: i32): i32 {
    const reason: i32 = this.ethernet.parse(buf, 0, len);
    if (reason !== DROP_NONE) return -reason;
    const toUs: bool = equalBytes(buf, this.ethernet.destinationAt, this.mac, 0, 6);
    if (!toUs && !isBroadcastMac(buf, this.ethernet.destinationAt)) {
      return -DROP_ETHERNET_NOT_FOR_US;
    }
    const at: i32 = this.ethernet.payloadAt;
    const length: i32 = this.ethernet.payloadLength;
    if (this.ethernet.etherType === ETHERTYPE_IPV4) return this.receiveIpv4(buf, at, length, toUs);
    if (this.ethernet.etherType === ETHERTYPE_ARP) return this.receiveArp(buf, at, length);
    return -DROP_ETHERTYPE;
  }

  /** The IPv4 part of `receive()`; `toUs` when the frame came to our MAC address alone. */
  private receiveIpv4(buf: Uint8Array, at: i32, len: i32, toUs: bool): i32 {
    const ipv4: Ipv4Header = this.ipv4;
    const udp: UdpHeader = this.udp;
    let reason: i32 = ipv4.parse(buf, at, len);
    if (reason !== DROP_NONE) return -reason;
    if (ipv4.protocol !== PROTOCOL_UDP) return -DROP_NOT_UDP;
    reason = udp.parse(buf, ipv4.payloadAt, ipv4.payloadLength, ipv4.source, ipv4.destination);
    if (reason !== DROP_NONE) return -reason;
    if (!this.isForUs(ipv4.destination, toUs, udp.destinationPort)) return -DROP_IPV4_NOT_FOR_US;
    this.udpSource = ipv4.source;
    this.udpDestination = ipv4.destination;
    this.udpSourcePort = udp.sourcePort;
    this.udpDestinationPort = udp.destinationPort;
    this.payloadAt = udp.payloadAt;
    this.payloadLength = udp.payloadLength;
    this.sourceMacAt = this.ethernet.sourceAt;
    return RECEIVED_UDP;
  }

  /** True when a datagram to `destination` is ours to read. */
  private isForUs(destination: u32, toUs: bool, port: i32): bool {
    if (destination === IPV4_BROADCAST) return true;
    if (this.address !== 0) {
      if (destination === this.address) return true;
      const broadcast: u32 = broadcastOf(this.address, this.prefixLength);
      if (broadcast !== 0 && destination === broadcast) return true;
    }
    // RFC 2131 §4.1: a server may send to the offered address before the client has it.
    return toUs && (this.address === 0 || port === PORT_BOOTPC) && isUnicast(destination);
  }

  /** The ARP part of `receive()`. */
  private receiveArp(buf: Uint8Array, at: i32, len: i32): i32 {
    const arp: ArpPacket = this.arp;
    const reason: i32 = arp.parse(buf, at, len);
    if (reason !== DROP_NONE) return -reason;
    if (equalBytes(buf, arp.senderMacAt, this.mac, 0, 6)) return -DROP_ARP_SENDER;
    const conflict: i32 = this.findConflict(buf);
    if (conflict !== DROP_NONE) return -conflict;
    if (this.address === 0 || arp.target !== this.address) return -DROP_ARP_NOT_FOR_US;
    // RFC 826 would learn the sender of a request; who can forge one could poison the table.
    if (arp.operation === ARP_REQUEST) return this.answerArp(buf);
    if (arp.sender !== this.waiting.hop) return -DROP_ARP_UNSOLICITED;
    this.neighbours.learn(arp.sender, buf, arp.senderMacAt, this.clock);
    copyBytes(this.waiting.bytes, 0, buf, arp.senderMacAt, 6);
    this.host.netWrite(this.waiting.bytes, this.waiting.length);
    this.waiting.clear();
    return RECEIVED_ARP;
  }

  /** Why the ARP packet is about a conflict, or `DROP_NONE`. */
  private findConflict(buf: Uint8Array): i32 {
    const arp: ArpPacket = this.arp;
    const probe: bool = arp.sender === 0;
    const wanted: u32 = probe ? arp.target : arp.sender;
    if (wanted === 0 || (wanted !== this.address && wanted !== this.watched)) return DROP_NONE;
    if (probe && wanted === this.address) return DROP_NONE;
    // RFC 5227 §2.1.1, §2.4: not one of the host's own interfaces, and Linux answers on each of
    // them for the addresses of all.
    if (this.otherMacs.has(buf, arp.senderMacAt)) return DROP_ARP_SENDER;
    this.sourceMacAt = arp.senderMacAt;
    this.conflictAddress = wanted;
    return probe ? DROP_ARP_PROBE : DROP_ARP_CONFLICT;
  }

  /** Says where we are to the sender of the ARP packet. Returns what `receive()` does. */
  private answerArp(buf: Uint8Array): i32 {
    if (!this.answersTimer.armed || this.answersTimer.due(this.clock)) {
      this.answersTimer.start(this.clock, 1, 0);
      this.answers = 0;
    }
    if (this.answers === ARP_ANSWERS) return -DROP_ARP_RATE;
    this.answers += 1;
    const arp: ArpPacket = this.arp;
    // RFC 3927 §2.5: everybody must see who uses a link-local address.
    const toAll: bool = isLinkLocal(this.address);
    const frame: Uint8Array = this.frame;
    emitArpReplyFrame(frame, this.mac, this.address, buf, arp.senderMacAt, arp.sender, toAll);
    this.host.netWrite(frame, ARP_FRAME);
    return RECEIVED_ARP;
  }

  /** Asks all whether somebody has `target`, without saying that we want it (RFC 5227 §2.1.1). */
  sendArpProbe(target: u32): void {
    this.sendArpRequest(0, target);
  }

  /** Tells all that `address` is ours (RFC 5227 §2.3). */
  sendArpAnnouncement(address: u32): void {
    this.sendArpRequest(address, address);
  }

  /** Sends an ARP request to all. */
  private sendArpRequest(sender: u32, target: u32): void {
    emitArpRequestFrame(this.frame, this.mac, sender, target);
    this.host.netWrite(this.frame, ARP_FRAME);
  }

  /**
   * Sends `payload[0..payloadLength)` to 255.255.255.255 and the Ethernet broadcast address, from
   * `sourceAddress` (0 while we have none). More than `MAX_PAYLOAD` bytes are not sent.
   */
  sendBroadcast(
    sourceAddress: u32,
    sourcePort: i32,
    destinationPort: i32,
    payloadLength: i32,
  ): void {
    if (payloadLength < 0 || payloadLength > MAX_PAYLOAD) return;
    emitUdpFrame(
      this.frame,
      BROADCAST_MAC,
      0,
      this.mac,
      sourceAddress,
      IPV4_BROADCAST,
      sourcePort,
      destinationPort,
      this.payload,
      payloadLength,
    );
    this.host.netWrite(this.frame, UDP_FRAME_HEADERS + payloadLength);
  }

  /**
   * Sends `payload[0..payloadLength)` from our address to `destination`, directly when it is
   * on-link, else by the router. When ARP has to ask for the next hop first (3 requests, 1 s
   * apart), the datagram waits; a later one replaces it; without an answer it is dropped silently,
   * and so is one that cannot be sent at all.
   */
  sendUnicast(
    destination: u32,
    sourcePort: i32,
    destinationPort: i32,
    payloadLength: i32,
  ): void {
    const hop: u32 = this.nextHop(destination);
    if (hop === 0 || payloadLength < 0 || payloadLength > MAX_PAYLOAD) return;
    const macAt: i32 = this.neighbours.find(hop, this.clock);
    const known: bool = macAt >= 0;
    const buf: Uint8Array = known ? this.frame : this.waiting.bytes;
    emitUdpFrame(
      buf,
      known ? this.neighbours.macs : BROADCAST_MAC,
      known ? macAt : 0,
      this.mac,
      this.address,
      destination,
      sourcePort,
      destinationPort,
      this.payload,
      payloadLength,
    );
    if (known) {
      this.host.netWrite(buf, UDP_FRAME_HEADERS + payloadLength);
      return;
    }
    if (this.waiting.put(hop, UDP_FRAME_HEADERS + payloadLength)) this.askArp();
  }

  /** Whether `sendUnicast()` to `destination` can be tried. */
  reaches(destination: u32): bool {
    return this.nextHop(destination) !== 0;
  }

  /** The address whose MAC address a datagram to `destination` needs; 0 when there is none. */
  private nextHop(destination: u32): u32 {
    if (this.address === 0 || destination === this.address || !isUnicast(destination)) return 0;
    const differing: u32 = u32((destination ^ this.address) & maskOf(this.prefixLength));
    if (differing !== 0) return this.router;
    return destination === broadcastOf(this.address, this.prefixLength) ? 0 : destination;
  }

  /** Asks where the next hop of the waiting datagram is. */
  private askArp(): void {
    this.sendArpRequest(this.address, this.waiting.hop);
  }

  /** Repeats or gives up an ARP request when its time has come; harmless when called early. */
  onTimer(): void {
    if (this.waiting.shouldAskAgain()) this.askArp();
  }

  /** Milliseconds until `onTimer()` has something to do: 0 when due, `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return this.waiting.remainingMs();
  }
}
