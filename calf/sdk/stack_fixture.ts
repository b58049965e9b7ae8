/**
 * What the tests of the stack share: an interface, and frames for it.
 *
 * @module
 */
import { Clock } from "./clock.ts";
import { emitUdpFrame } from "./frame.ts";
import { ascii, hex, ip, RecordingHost, toHex } from "./sdk_fixture.ts";
import { Stack } from "./stack.ts";

/** Our MAC address. */
export const OURS = "020000000001";
/** The server's MAC address. */
export const SERVER_MAC = "020000000002";
/** The broadcast MAC address. */
export const BROADCAST = "ffffffffffff";
/** Our address. */
export const US: number = ip("192.0.2.7");
/** The server's address, which is the router's too. */
export const SERVER: number = ip("192.0.2.1");

/** A stack with a host that records and a clock that the test moves. */
export class Bench {
  /** Keeps what is sent. */
  host = new RecordingHost();
  /** Starts at 0. */
  clock = new Clock();
  /** Has a MAC address only. */
  stack = new Stack(this.host, this.clock);

  /** No address yet. */
  constructor() {
    this.clock.advance(0);
    this.stack.setMac(hex(`00${OURS}`), 1);
  }

  /** An interface that has its address and a router. */
  static bound(prefix: number = 24, router: number = SERVER): Bench {
    const bench = new Bench();
    bench.stack.configure(US, prefix, router);
    return bench;
  }

  /** Gives the stack a frame. */
  receive(frame: Uint8Array): number {
    return this.stack.receive(frame, frame.length);
  }

  /** The time becomes `ms`, and the stack's timers run. */
  at(ms: number): void {
    this.clock.advance(ms);
    this.stack.onTimer();
  }

  /** Frames sent since the last call, as hex. */
  sent(): string[] {
    return this.host.frames.splice(0).map(toHex);
  }

  /** Sends a short datagram from our address. */
  send(destination: number, text: string = "x"): void {
    this.stack.payload.set(ascii(text));
    this.stack.sendUnicast(destination, 68, 67, text.length);
  }
}

/** What is special about a datagram from the server. */
export interface UdpOptions {
  /** Ethernet destination. */
  mac?: string;
  /** IPv4 source. */
  from?: number;
  /** IPv4 destination. */
  to?: number;
  /** Destination port. */
  port?: number;
}

/** A frame from the server; by default to us at port 68. */
export function udpFrame(options: UdpOptions = {}): Uint8Array {
  const { mac = OURS, from = SERVER, to = US, port = 68 } = options;
  const payload = ascii("payload");
  const buf = new Uint8Array(42 + payload.length);
  const length = payload.length;
  emitUdpFrame(buf, hex(mac), 0, hex(SERVER_MAC), from, to, 67, port, payload, length);
  return buf;
}

/** What is special about an ARP packet from the server. */
export interface ArpOptions {
  /** Ethernet destination. */
  mac?: string;
  /** Request 1 or reply 2. */
  operation?: number;
  /** MAC address in the packet. */
  senderMac?: string;
  /** The sender's IPv4 address. */
  sender?: number;
  /** The target's IPv4 address. */
  target?: number;
}

/** An ARP frame from the server; by default it asks everybody for our address. */
export function arpFrame(options: ArpOptions = {}): Uint8Array {
  const { mac = BROADCAST, operation = 1, senderMac = SERVER_MAC } = options;
  const { sender = SERVER, target = US } = options;
  const address = (a: number) => a.toString(16).padStart(8, "0");
  return hex(
    `${mac}${SERVER_MAC}0806 0001080006040 00${operation} ${senderMac}${address(sender)}` +
      `${OURS}${address(target)}`,
  );
}

/** An ARP frame from the server that answers us. */
export function arpReply(options: ArpOptions = {}): Uint8Array {
  return arpFrame({ mac: OURS, operation: 2, ...options });
}

/** A frame, as hex, in which we probe for an address (RFC 5227 §1.1). */
export function ourProbe(address: number): string {
  return ourArpRequest(0, address);
}

/** A frame, as hex, in which we say that an address is ours (RFC 5227 §1.1). */
export function ourAnnouncement(address: number): string {
  return ourArpRequest(address, address);
}

function ourArpRequest(sender: number, target: number): string {
  const address = (a: number) => a.toString(16).padStart(8, "0");
  const question = `${OURS}${address(sender)}000000000000${address(target)}`;
  return `${BROADCAST}${OURS}08060001080006040001${question}`;
}

/** True for a frame, as hex, in which we ask for an address. */
export function isArpRequest(frame: string): boolean {
  return frame.startsWith(`${BROADCAST}${OURS}08060001080006040001`);
}
