/**
 * The data path: frames between an interface's packet socket and its calf. The kernel's BPF programs
 * decide what passes in either direction; nothing is parsed here beyond what the kernel itself
 * reports beside a frame (packet(7), struct tpacket_auxdata).
 *
 * @module
 */

import { Errno } from "../ffi/errno.ts";
import { closeFd } from "../ffi/fd.ts";
import {
  openPacketSocket,
  PacketReceiver,
  TP_STATUS_CSUMNOTREADY,
  TP_STATUS_VLAN_VALID,
} from "../ffi/packet_socket.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { receive, send } from "../ffi/socket.ts";
import { openUdpSink } from "../ffi/udp_sink.ts";
import { receiveFilter } from "./bpf/programs.ts";
import { TokenBucket } from "./kv/token_bucket.ts";

/** Largest frame that is relayed: 1500 bytes of payload and the Ethernet header. */
export const MAX_FRAME = 1514;

/** The VLAN identifier within a tag (IEEE 802.1Q); 0 is a mere priority tag. */
const VLAN_ID_MASK = 0x0fff;

/** Frames taken in one go before other descriptors have their turn. */
const BATCH = 64;

/** What a calf may send: DHCP needs a few frames a minute, and ARP answers one now and then. */
const BURST_FRAMES = 32;
const FRAMES_PER_SECOND = 16;

const ETHERNET_HEADER = 14;
/** Offset of the checksum within a UDP header (RFC 768). */
const UDP_CHECKSUM_AT = 6;

/** How many frames passed or why they did not; all since the start. */
export interface RelayCounters {
  /** Frames given to the calf. */
  received: number;
  /** Frames sent for the calf. */
  sent: number;
  /** Frames of a VLAN that is not this interface's. */
  droppedVlan: number;
  /** Frames longer than {@link MAX_FRAME}. */
  droppedSize: number;
  /** Frames for which the calf's socket had no room, or that came while no calf was there. */
  droppedCalfBusy: number;
  /** Frames of the calf that came too fast. */
  droppedRate: number;
  /** Frames that the kernel would not send. */
  sendErrors: number;
}

/**
 * A frame whose UDP checksum is still to be filled in by hardware is handed on with checksum 0,
 * which UDP defines as "none" (RFC 768). The filter has made sure that it is unfragmented UDP.
 */
export function clearPartialChecksum(frame: Uint8Array, length: number): void {
  const isIpv4 = length > ETHERNET_HEADER && frame[12] === 0x08 && frame[13] === 0x00;
  if (!isIpv4) return;
  const at = ETHERNET_HEADER + (frame[ETHERNET_HEADER] & 0x0f) * 4 + UDP_CHECKSUM_AT;
  if (at + 2 > length) return;
  frame[at] = 0;
  frame[at + 1] = 0;
}

/** UDP port of DHCP clients (RFC 2131 §4.1). */
const CLIENT_PORT = 68;

/** One interface's packet socket, and the UDP port that stands behind it. */
export class PacketRelay {
  /** Poll this descriptor, then call {@link fromNetwork}. */
  readonly fd: number;
  /** What passed and what did not. */
  readonly counters: RelayCounters = {
    received: 0,
    sent: 0,
    droppedVlan: 0,
    droppedSize: 0,
    droppedCalfBusy: 0,
    droppedRate: 0,
    sendErrors: 0,
  };
  readonly #receiver: PacketReceiver;
  readonly #sink: number | null;
  readonly #limit: TokenBucket;
  readonly #fromCalf = new Uint8Array(MAX_FRAME + 1);
  #orphaned = false;

  /**
   * Opens the packet socket behind its locked filter.
   *
   * @param mac the interface's address, 6 bytes
   * @param now gives milliseconds that never go back
   * @throws {ErrnoError} EPERM without CAP_NET_RAW
   */
  constructor(link: LinkState, mac: Uint8Array, now: () => number) {
    this.#limit = new TokenBucket(BURST_FRAMES, FRAMES_PER_SECOND, now);
    this.fd = openPacketSocket(receiveFilter(mac, MAX_FRAME), link.index);
    this.#receiver = new PacketReceiver(this.fd, MAX_FRAME);
    this.#sink = openSink(link.name);
  }

  /**
   * How many frames of the calf were dropped as too many, beyond one for each frame that it was given:
   * somebody on the network may make it answer as fast as he asks, and it is not to blame for that.
   */
  get unprovoked(): number {
    return this.counters.droppedRate - this.counters.received;
  }

  /**
   * Whether the interface has gone since, though there may be one just like it by now: the socket never
   * belongs to an interface again, not even to the same one (packet(7)). Known once a frame is sent.
   */
  get orphaned(): boolean {
    return this.#orphaned;
  }

  /** Hands waiting frames to the calf's socket; `calfFd` is null while there is no calf. */
  fromNetwork(calfFd: number | null): void {
    for (let i = 0; i < BATCH; i++) {
      const length = this.#receiver.receive();
      if (length === -Errno.EMSGSIZE) {
        this.counters.droppedSize++;
        continue;
      }
      // EAGAIN: drained. ENETDOWN and the like: the link monitor reports what happened.
      if (length <= 0) return;
      const { frame, status, vlanTci } = this.#receiver;
      if ((status & TP_STATUS_VLAN_VALID) !== 0 && (vlanTci & VLAN_ID_MASK) !== 0) {
        this.counters.droppedVlan++;
        continue;
      }
      if ((status & TP_STATUS_CSUMNOTREADY) !== 0) clearPartialChecksum(frame, length);
      if (calfFd !== null && send(calfFd, frame, length) === length) this.counters.received++;
      else this.counters.droppedCalfBusy++;
    }
  }

  /**
   * Sends the frames that passed the filter on the calf's socket, as far as they are not too many.
   *
   * @returns false when the calf has closed its end or sent an empty message
   */
  fromCalf(calfFd: number): boolean {
    for (let i = 0; i < BATCH; i++) {
      const length = receive(calfFd, this.#fromCalf);
      if (length === -Errno.EAGAIN) return true;
      if (length <= 0) return false;
      if (!this.#limit.take()) {
        this.counters.droppedRate++;
        continue;
      }
      const sent = send(this.fd, this.#fromCalf, length);
      if (sent === length) this.counters.sent++;
      else this.counters.sendErrors++;
      this.#orphaned ||= sent === -Errno.ENXIO;
    }
    return true;
  }

  /** Closes the packet socket. */
  close(): void {
    closeFd(this.fd);
    if (this.#sink !== null) closeFd(this.#sink);
  }
}

/** The kernel answers a unicast DHCPACK with "port unreachable" unless somebody has the port. */
function openSink(interfaceName: string): number | null {
  try {
    return openUdpSink(CLIENT_PORT, interfaceName);
  } catch {
    // Somebody has it already, which does as well; or we may not, which costs one ICMP message.
    return null;
  }
}
