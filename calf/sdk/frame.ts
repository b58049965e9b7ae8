/**
 * Whole frames: the headers of several layers at once.
 *
 * @module
 */

import { ARP_LENGTH, emitArpReply, emitArpRequest } from "./arp.ts";
import { copyBytes } from "./bytes.ts";
import { emitEthernet, ETHERNET_HEADER, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "./ethernet.ts";
import { emitIpv4, IPV4_HEADER, PROTOCOL_UDP } from "./ipv4.ts";
import { emitUdp, UDP_HEADER } from "./udp.ts";

/** Bytes of an ARP frame (priv's kernel pads it). */
export const ARP_FRAME: i32 = ETHERNET_HEADER + ARP_LENGTH;
/** Bytes of headers before a UDP payload. */
export const UDP_FRAME_HEADERS: i32 = ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER;

/** The Ethernet broadcast address. */
export const BROADCAST_MAC: Uint8Array = new Uint8Array(6).fill(255);

/** Writes `buf[0..ARP_FRAME)`: who has `target`, asks `sender`, by broadcast? */
export function emitArpRequestFrame(
  buf: Uint8Array,
  mac: Uint8Array,
  sender: u32,
  target: u32,
): void {
  emitEthernet(buf, 0, BROADCAST_MAC, 0, mac, 0, ETHERTYPE_ARP);
  emitArpRequest(buf, ETHERNET_HEADER, mac, sender, target);
}

/**
 * Writes `buf[0..ARP_FRAME)`: `sender` is at `mac`, says it to the target; to the target's own MAC
 * address, or to all when `broadcast`.
 */
export function emitArpReplyFrame(
  buf: Uint8Array,
  mac: Uint8Array,
  sender: u32,
  targetMac: Uint8Array,
  targetMacAt: i32,
  target: u32,
  broadcast: bool,
): void {
  if (broadcast) emitEthernet(buf, 0, BROADCAST_MAC, 0, mac, 0, ETHERTYPE_ARP);
  else emitEthernet(buf, 0, targetMac, targetMacAt, mac, 0, ETHERTYPE_ARP);
  emitArpReply(buf, ETHERNET_HEADER, mac, sender, targetMac, targetMacAt, target);
}

/** Writes a datagram with `payload[0..len)`, `UDP_FRAME_HEADERS + len` bytes, to `buf`. */
export function emitUdpFrame(
  buf: Uint8Array,
  destinationMac: Uint8Array,
  destinationMacAt: i32,
  mac: Uint8Array,
  source: u32,
  destination: u32,
  sourcePort: i32,
  destinationPort: i32,
  payload: Uint8Array,
  len: i32,
): void {
  const ipAt: i32 = ETHERNET_HEADER;
  const udpAt: i32 = ETHERNET_HEADER + IPV4_HEADER;
  copyBytes(buf, UDP_FRAME_HEADERS, payload, 0, len);
  emitUdp(buf, udpAt, sourcePort, destinationPort, len, source, destination);
  emitIpv4(buf, ipAt, IPV4_HEADER + UDP_HEADER + len, PROTOCOL_UDP, source, destination);
  emitEthernet(buf, 0, destinationMac, destinationMacAt, mac, 0, ETHERTYPE_IPV4);
}
