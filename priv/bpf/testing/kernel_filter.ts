/**
 * Golden frames, and BPF programs at work in the kernel: attached to one end of a socket pair, fed
 * from the other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Errno } from "../../../ffi/errno.ts";
import { closeFd } from "../../../ffi/fd.ts";
import { attachFilter, receive, send, seqpacketPair } from "../../../ffi/socket.ts";

/** The greatest frame of an interface with an MTU of 1500. */
export const MAX_FRAME = 1514;
/** Our hardware address. */
export const OURS: Uint8Array = Uint8Array.of(0x02, 0, 0, 0, 0, 0x01);
/** 192.0.2.7, the address of the interface. */
export const OWN = 0xc0000207;

/** Where the DHCP message of a frame without IPv4 options begins. */
export const MESSAGE = 42;

/** A DHCPOFFER that the receive filter passes, up to its magic cookie and not a byte longer. */
export const DHCP_OFFER: Uint8Array = hex(`
  02 00 00 00 00 01  02 00 00 00 00 fe  08 00      // Ethernet: to us, from the server, IPv4
  45 00  01 0c  00 00  40 00  40 11  00 00         // IPv4: ihl 5, DF, ttl 64, UDP
  c0 00 02 01  c0 00 02 07                         // 192.0.2.1 to 192.0.2.7
  00 43  00 44  00 f8  00 00                       // UDP: 67 to 68
  02 01 06 00  de ad be ef  00 00 80 00            // DHCP: op, htype, hlen, hops, xid, secs, flags
  00 00 00 00  c0 00 02 07  00 00 00 00  00 00 00 00  // ciaddr, yiaddr, siaddr, giaddr
  02 00 00 00 00 01  ${"00".repeat(10)}            // chaddr
  ${"00".repeat(64 + 128)}                         // sname, file
  63 82 53 63`);
/** A DHCPDISCOVER that the calf filter passes, up to its magic cookie and not a byte longer. */
export const DHCP_DISCOVER: Uint8Array = hex(`
  ff ff ff ff ff ff  02 00 00 00 00 01  08 00      // Ethernet: to all, from us, IPv4
  45 00  01 0c  00 00  00 00  40 11  00 00         // IPv4: ihl 5, ttl 64, UDP
  00 00 00 00  ff ff ff ff                         // 0.0.0.0 to 255.255.255.255
  00 44  00 43  00 f8  00 00                       // UDP: 68 to 67
  01 01 06 00  de ad be ef  00 00 80 00            // DHCP: op, htype, hlen, hops, xid, secs, flags
  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  // ciaddr, yiaddr, siaddr, giaddr
  02 00 00 00 00 01  ${"00".repeat(10)}            // chaddr
  ${"00".repeat(64 + 128)}                         // sname, file
  63 82 53 63`);
/** An ARP request that the receive filter passes. */
export const ARP_IN: Uint8Array = hex(`
  ff ff ff ff ff ff  02 00 00 00 00 fe  08 06      // Ethernet: to all, from the server, ARP
  00 01  08 00  06 04  00 01                       // Ethernet, IPv4, lengths 6 and 4, request
  02 00 00 00 00 fe  c0 00 02 01                   // sender
  00 00 00 00 00 00  c0 00 02 07`);
/** An ARP reply that the calf filter passes. */
export const ARP_OUT: Uint8Array = hex(`
  02 00 00 00 00 fe  02 00 00 00 00 01  08 06      // Ethernet: to the server, from us, ARP
  00 01  08 00  06 04  00 02                       // Ethernet, IPv4, lengths 6 and 4, reply
  02 00 00 00 00 01  c0 00 02 07                   // sender
  02 00 00 00 00 fe  c0 00 02 01`);

/** A DHCPREQUEST in RENEWING, by unicast from 192.0.2.7, that the calf filter passes. */
export const DHCP_RENEWAL: Uint8Array = patch(
  patch(patch(DHCP_DISCOVER, 0, "0200000000fe"), 26, "c0000207c0000201"),
  54,
  "c0000207",
);

/** Bytes of a text in hex; what follows "//" in a line is a comment. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\/\/.*/g, "").replaceAll(/\s/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** A copy of `frame` with other bytes, in hex, at `offset`. */
export function patch(frame: Uint8Array, offset: number, bytes: string): Uint8Array {
  const copy = frame.slice();
  copy.set(hex(bytes), offset);
  return copy;
}

/** A copy of `frame` made `length` bytes long with zeros. */
export function padded(frame: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(frame);
  return copy;
}

/** `frame` with IPv4 options: ihl words of header instead of 5. */
export function withIhl(frame: Uint8Array, ihl: number): Uint8Array {
  const options = new Uint8Array((ihl - 5) * 4).fill(1);
  const copy = Uint8Array.of(...frame.subarray(0, 34), ...options, ...frame.subarray(34));
  copy[14] = 0x40 | ihl;
  return copy;
}

/** A program at work in the kernel. */
export class KernelFilter implements Disposable {
  /** The end that the program guards. */
  readonly priv: number;
  /** The end that frames are sent from. */
  readonly calf: number;
  readonly #buffer = new Uint8Array(70000);

  /** Attaches `program`, by `attach`. */
  constructor(program: Uint8Array, attach = attachFilter) {
    [this.priv, this.calf] = seqpacketPair();
    attach(this.priv, program);
  }

  /** What arrives of `frame`, or null when it is dropped. */
  run(frame: Uint8Array): Uint8Array | null {
    assert.equal(send(this.calf, frame, frame.length), frame.length);
    const length = receive(this.priv, this.#buffer);
    if (length === -Errno.EAGAIN) return null;
    assert.ok(length >= 0, `receive gave ${length}`);
    return this.#buffer.slice(0, length);
  }

  /** Whether `frame` arrives; when it does, it must be whole and unchanged. */
  passes(frame: Uint8Array): boolean {
    const received = this.run(frame);
    if (received !== null) assert.deepEqual(received, frame);
    return received !== null;
  }

  /** Closes both ends. */
  [Symbol.dispose](): void {
    closeFd(this.priv);
    closeFd(this.calf);
  }
}

/** Runs `body` with `program` attached. */
export function attached(program: Uint8Array, body: (filter: KernelFilter) => void): void {
  using filter = new KernelFilter(program);
  body(filter);
}

/** Bits of the frame's first `length` bytes whose flip changes the answer, as one mask per byte. */
export function decisiveBits(filter: KernelFilter, frame: Uint8Array, length = MESSAGE): string {
  const masks: string[] = [];
  for (let offset = 0; offset < length; offset++) {
    let mask = 0;
    for (let bit = 1; bit < 256; bit <<= 1) {
      const flipped = frame.slice();
      flipped[offset] ^= bit;
      if (!filter.passes(flipped)) mask |= bit;
    }
    masks.push(mask.toString(16).padStart(2, "0"));
  }
  return masks.join(" ");
}
