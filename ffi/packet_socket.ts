/**
 * A raw socket on one interface, and receiving from it with what the kernel says about each frame.
 * See packet(7). Frames are sent with `send` of socket.ts.
 *
 * @module
 */

import { check, Errno, errno, LIBC, openLibrary } from "./errno.ts";
import { closeFd, readFd } from "./fd.ts";
import { addressOf, fixedMemory } from "./memory.ts";
import { attachLockedFilter } from "./socket.ts";

/** The checksum is not filled in, as in frames from this machine; linux/if_packet.h. */
export const TP_STATUS_CSUMNOTREADY = 0x08;
/** The frame had a VLAN tag, which is now in `vlanTci` only; linux/if_packet.h. */
export const TP_STATUS_VLAN_VALID = 0x10;

const AF_PACKET = 17; // linux/socket.h
const SOCK_RAW = 3; // linux/net.h
const SOCK_NONBLOCK = 0o4000; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SOL_PACKET = 263; // linux/socket.h
const PACKET_AUXDATA = 8; // linux/if_packet.h
const ETH_P_ALL = 0x0003; // linux/if_ether.h
const MSG_TRUNC = 0x20; // linux/socket.h

// struct sockaddr_ll { u16 family; be16 protocol; int ifindex; u16 hatype; u8 pkttype, halen;
// u8 addr[8]; }, linux/if_packet.h
const SOCKADDR_LL_SIZE = 20;

const libc = openLibrary(LIBC, {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/**
 * Opens a raw socket on an interface; non-blocking, close-on-exec. It receives the frames that the
 * program lets through, those leaving the machine included, except its own.
 *
 * The order closes a gap: a packet socket receives from the moment it has a protocol. Made with
 * protocol 0 it receives nothing; it gets its protocol by bind, when the filter is locked in place.
 *
 * @param program filter, packed `struct sock_filter`; it must keep whole what it does not drop
 * @param interfaceIndex index of the interface
 * @returns the descriptor
 * @throws {RangeError} when the length of the program is impossible
 * @throws {ErrnoError} EPERM without CAP_NET_RAW; ENODEV; EINVAL for a bad program
 */
export function openPacketSocket(program: Uint8Array, interfaceIndex: number): number {
  if (!(interfaceIndex > 0)) throw new RangeError(`Cannot bind to interface ${interfaceIndex}`);
  const fd = check(
    libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    "open packet socket",
  );
  try {
    attachLockedFilter(fd, program);
    check(
      libc.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, Int32Array.of(1), 4),
      "set PACKET_AUXDATA",
    );
    const rest = new Uint8Array(1);
    while (readFd(fd, rest) >= 0);
    const address = new DataView(new ArrayBuffer(SOCKADDR_LL_SIZE));
    address.setUint16(0, AF_PACKET, true);
    address.setUint16(2, ETH_P_ALL, false);
    address.setInt32(4, interfaceIndex, true);
    check(libc.bind(fd, address, SOCKADDR_LL_SIZE), "bind packet socket");
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

// struct msghdr { void *name; u32 namelen; struct iovec *iov; usize iovlen; void *control;
// usize controllen; int flags; }, with padding; then struct iovec { void *base; usize len; }; then
// the control messages; then the frame. All in one block, which embeds its own addresses.
const MSGHDR_IOV = 16;
const MSGHDR_IOVLEN = 24;
const MSGHDR_CONTROL = 32;
const MSGHDR_CONTROLLEN = 40;
const IOVEC = 56;
const CONTROL = 72;
const CONTROL_SIZE = 64;
const FRAME = CONTROL + CONTROL_SIZE;

// struct cmsghdr { usize len; int level; int type; }, then struct tpacket_auxdata { u32 status, len,
// snaplen; u16 mac, net, vlan_tci, vlan_tpid; }, linux/if_packet.h
const CMSG_LENGTH = 16 + 20;

/** Receives frames from a packet socket into a buffer of its own. */
export class PacketReceiver {
  /** The frame received last, from its Ethernet header on; valid up to the returned length. */
  readonly frame: Uint8Array;
  /** `tp_status` of the frame received last: TP_STATUS_… bits; 0 when the kernel gave none. */
  status = 0;
  /** VLAN tag control information; means something with TP_STATUS_VLAN_VALID only. */
  vlanTci = 0;
  /** Length in bytes before the filter cut the frame; the returned length unless it did. */
  originalLength = 0;
  readonly #fd: number;
  readonly #block: Uint8Array;
  readonly #words16: Uint16Array;
  readonly #words32: Uint32Array;

  /**
   * Prepares all structures; needs the `ffi` permission, which receiving then does not.
   *
   * @param fd packet socket
   * @param maxFrame longest frame to receive, in bytes from the Ethernet header on
   */
  constructor(fd: number, maxFrame: number) {
    const block = fixedMemory(FRAME + maxFrame);
    const base = addressOf(block);
    const view = new DataView(block.buffer);
    view.setBigUint64(MSGHDR_IOV, base + BigInt(IOVEC), true);
    view.setBigUint64(MSGHDR_IOVLEN, 1n, true);
    view.setBigUint64(MSGHDR_CONTROL, base + BigInt(CONTROL), true);
    view.setBigUint64(IOVEC, base + BigInt(FRAME), true);
    view.setBigUint64(IOVEC + 8, BigInt(maxFrame), true);
    this.#fd = fd;
    this.#block = block;
    this.#words16 = new Uint16Array(block.buffer, 0, FRAME / 2);
    this.#words32 = new Uint32Array(block.buffer, 0, FRAME / 4);
    this.frame = block.subarray(FRAME, FRAME + maxFrame);
  }

  /**
   * Receives one frame; starts again when a signal interrupts it. Never throws.
   *
   * @returns length of the frame, or −errno: −EAGAIN when there is none, −EMSGSIZE when one was
   * longer than the buffer (it is lost), −ENETDOWN once after the interface went down
   */
  receive(): number {
    const words = this.#words32;
    let n: number;
    for (;;) {
      words[MSGHDR_CONTROLLEN / 4] = CONTROL_SIZE; // the kernel stores what it used
      // MSG_TRUNC: return the real length of a frame longer than the buffer.
      n = libc.recvmsg(this.#fd, this.#block, MSG_TRUNC);
      if (n >= 0) break;
      const code = errno();
      if (code !== Errno.EINTR) return -code;
    }
    if (n > this.frame.length) return -Errno.EMSGSIZE;
    this.status = 0;
    this.vlanTci = 0;
    this.originalLength = n;
    if (
      words[MSGHDR_CONTROLLEN / 4] >= CMSG_LENGTH &&
      words[CONTROL / 4] >= CMSG_LENGTH &&
      words[CONTROL / 4 + 2] === SOL_PACKET &&
      words[CONTROL / 4 + 3] === PACKET_AUXDATA
    ) {
      this.status = words[CONTROL / 4 + 4];
      this.originalLength = words[CONTROL / 4 + 5];
      this.vlanTci = this.#words16[CONTROL / 2 + 16];
    }
    return n;
  }
}
