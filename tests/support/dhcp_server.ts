/**
 * A DHCP server that does what a test tells it: leases of any length, refusals, silence, or any
 * bytes at all. It works on raw frames and answers ARP for its address itself.
 *
 * @module
 */

import {
  addressOption,
  decodeMessage,
  type DhcpMessage,
  type DhcpOption,
  DhcpType,
  encodeMessage,
  type Layout,
  messageType,
} from "./dhcp_message.ts";
import {
  BROADCAST_MAC,
  decodeArpFrame,
  decodeUdpFrame,
  encodeArpFrame,
  encodeUdpFrame,
  type FrameQuirks,
  ipv4Bytes,
  u32,
  type UdpFrame,
} from "./frame.ts";
import { type Network, SERVER_INTERFACE, SERVER_MAC } from "./network.ts";
import { waitUntil } from "./wait.ts";
import { Wire } from "./wire.ts";

/** What the server gives. */
export interface Offer {
  /** The client's address. */
  readonly address: string;
  /** The server's address and identifier. */
  readonly server: string;
  /** Lease time in seconds (option 51). */
  readonly leaseSeconds: number;
  /** Renewal time in seconds (option 58). */
  readonly t1?: number;
  /** Rebinding time in seconds (option 59). */
  readonly t2?: number;
  /** More options; a subnet mask is among them by default. */
  readonly options: readonly DhcpOption[];
}

/** An ordinary offer. */
export const USUAL_OFFER: Offer = {
  address: "192.0.2.7",
  server: "192.0.2.1",
  leaseSeconds: 3600,
  options: [
    [1, ipv4Bytes("255.255.255.0")],
    [3, ipv4Bytes("192.0.2.1")],
    [6, ipv4Bytes("192.0.2.53")],
  ],
};

/** A message from a client with the datagram that brought it. */
export interface Received {
  /** The message. */
  readonly message: DhcpMessage;
  /** What was around it. */
  readonly datagram: UdpFrame;
}

/** An answer: a message, which is sent in the way of RFC 2131 §4.1, or a whole frame. */
export type Answer = DhcpMessage | Uint8Array;

/** What to answer to a message; none for silence. */
export type Policy = (request: DhcpMessage, offer: Offer) => readonly Answer[];

/** How a message travels, where that is not as usual. */
export interface Envelope {
  /** How its bytes lie. */
  readonly layout?: Layout;
  /** Other bytes than those of the message. */
  readonly payload?: Uint8Array;
  /** Addresses and ports that are not the usual ones. */
  readonly addressing?: Partial<UdpFrame>;
  /** What is wrong about the frame. */
  readonly quirks?: FrameQuirks;
}

/** A scripted server at work. */
export class ScriptedServer {
  /** What is given from now on. */
  offer: Offer;
  /** How it is given from now on. */
  policy: Policy = usualPolicy;
  /** Addresses beside its own for which it answers ARP. */
  readonly claimed: Set<string> = new Set<string>();
  /** All DHCP messages from clients so far. */
  readonly requests: Received[] = [];
  #wire: Wire | null = null;
  #failure: unknown = null;

  private constructor(offer: Offer) {
    this.offer = offer;
  }

  /**
   * Starts one on the server's side. Call {@link close} in the end.
   *
   * @param lostPerMille how many frames in a thousand are lost, either way
   */
  static async start(
    network: Network,
    offer: Partial<Offer> = {},
    lostPerMille = 0,
  ): Promise<ScriptedServer> {
    const server = new ScriptedServer({ ...USUAL_OFFER, ...offer });
    server.#wire = await Wire.open(network.server, SERVER_INTERFACE, {
      lostPerMille,
      onFrame: (frame) => {
        try {
          server.#take(frame);
        } catch (error) {
          server.#failure ??= error; // shown by the next waitFor()
        }
      },
    });
    return server;
  }

  /** All frames so far, whatever they are. */
  get frames(): readonly Uint8Array[] {
    return this.#wire?.frames ?? [];
  }

  /** The DHCP messages of one type so far. */
  received(type: number): Received[] {
    return this.requests.filter(({ message }) => messageType(message) === type);
  }

  /** Waits until `count` messages of a type are there, and gives the last of these. */
  async waitFor(type: number, count = 1, timeoutMs = 20_000): Promise<Received> {
    return await waitUntil(`DHCP message ${count} of type ${type}`, () => {
      if (this.#failure !== null) throw this.#failure;
      return this.received(type).at(count - 1);
    }, { timeoutMs });
  }

  /** Sends any bytes. */
  sendFrame(bytes: Uint8Array): void {
    this.#wire?.send(bytes);
  }

  /** Sends a message to the client in the way of RFC 2131 §4.1, or a whole frame. */
  send(answer: Answer): void {
    this.sendFrame(answer instanceof Uint8Array ? answer : envelop(answer, this.offer.server));
  }

  /** Stops listening and ends its process. */
  async close(): Promise<void> {
    await this.#wire?.close();
  }

  #take(bytes: Uint8Array): void {
    const arp = decodeArpFrame(bytes);
    const mine = arp !== null && (arp.target === this.offer.server || this.claimed.has(arp.target));
    if (arp?.operation === 1 && mine) {
      this.sendFrame(encodeArpFrame({
        destinationMac: arp.senderMac,
        operation: 2,
        senderMac: SERVER_MAC,
        sender: arp.target,
        targetMac: arp.senderMac,
        target: arp.sender,
      }));
    }
    const datagram = decodeUdpFrame(bytes);
    if (datagram?.destinationPort !== 67) return;
    const message = decodeMessage(datagram.payload);
    if (message === null) return;
    this.requests.push({ message, datagram });
    for (const answer of this.policy(message, this.offer)) this.send(answer);
  }
}

/** The frame that brings `message` from a server with the address `source` to the client. */
export function envelop(
  message: DhcpMessage,
  source: string,
  envelope: Envelope = {},
): Uint8Array {
  const unicast = messageType(message) !== DhcpType.NAK && (message.flags & 0x8000) === 0;
  const known = message.ciaddr !== "0.0.0.0" ? message.ciaddr : message.yiaddr;
  // RFC 2131 §4.1: who has no address yet, and will not get one, hears broadcasts only.
  const reachable = unicast && known !== "0.0.0.0";
  return encodeUdpFrame({
    destinationMac: reachable ? message.chaddr : BROADCAST_MAC,
    sourceMac: SERVER_MAC,
    destination: reachable ? known : "255.255.255.255",
    source,
    destinationPort: 68,
    sourcePort: 67,
    payload: envelope.payload ?? encodeMessage(message, envelope.layout),
    ...envelope.addressing,
  }, envelope.quirks);
}

/** Makes an answer of a type to a request. */
export function reply(request: DhcpMessage, type: number, offer: Offer): DhcpMessage {
  const refusal = type === DhcpType.NAK;
  const times: DhcpOption[] = [[51, u32(offer.leaseSeconds)]];
  if (offer.t1 !== undefined) times.push([58, u32(offer.t1)]);
  if (offer.t2 !== undefined) times.push([59, u32(offer.t2)]);
  return {
    op: 2,
    xid: request.xid,
    secs: 0,
    flags: request.flags,
    ciaddr: refusal ? "0.0.0.0" : request.ciaddr,
    yiaddr: refusal ? "0.0.0.0" : offer.address,
    siaddr: "0.0.0.0",
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    options: [
      [53, Uint8Array.of(type)],
      [54, ipv4Bytes(offer.server)],
      ...(refusal ? [] : [...times, ...offer.options]),
    ],
  };
}

/** What a server that keeps to RFC 2131 §4.3 does, having one address only. */
export function usualPolicy(request: DhcpMessage, offer: Offer): DhcpMessage[] {
  switch (messageType(request)) {
    case DhcpType.DISCOVER:
      return [reply(request, DhcpType.OFFER, offer)];
    case DhcpType.REQUEST: {
      const chosen = addressOption(request, 54);
      if (chosen !== null && chosen !== offer.server) return [];
      const wanted = addressOption(request, 50) ?? request.ciaddr;
      return [reply(request, wanted === offer.address ? DhcpType.ACK : DhcpType.NAK, offer)];
    }
    default:
      return [];
  }
}

/** A policy that does with each answer of another one what `change` does. */
export function changed(
  change: (answer: DhcpMessage, request: DhcpMessage, offer: Offer) => Answer | readonly Answer[],
  base: (request: DhcpMessage, offer: Offer) => readonly DhcpMessage[] = usualPolicy,
): Policy {
  return (request, offer) =>
    base(request, offer).flatMap((answer) => change(answer, request, offer));
}

/** A server that never answers. */
export function silence(): DhcpMessage[] {
  return [];
}

/** Runs `body` with a server that is closed afterwards. */
export async function withServer(
  network: Network,
  offer: Partial<Offer>,
  body: (server: ScriptedServer) => Promise<void>,
): Promise<void> {
  const server = await ScriptedServer.start(network, offer);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}
