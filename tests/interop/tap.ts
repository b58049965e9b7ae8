/**
 * Listens to the first client's cable: all DHCP messages of that client and for it, in order, as
 * seen by neither of the two programs.
 *
 * @module
 */

import { assemble, ret } from "../../priv/bpf/assembler.ts";
import { decodeMessage, type DhcpMessage, messageType } from "../support/dhcp_message.ts";
import { decodeUdpFrame, type UdpFrame } from "../support/frame.ts";
import { CLIENT_MAC, type Network, SERVER_INTERFACE } from "../support/network.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

const BOTH_DIRECTIONS = assemble([ret(0xffffffff)]);
const NAMES = ["", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"];

/** A message on the cable. */
export interface Heard {
  /** Its type (option 53), see `DhcpType`. */
  readonly type: number;
  /** The message. */
  readonly message: DhcpMessage;
  /** What was around it. */
  readonly datagram: UdpFrame;
}

/** The ear on the cable. */
export class Tap {
  /** The messages so far. */
  readonly messages: Heard[] = [];
  #wire: Wire | null = null;

  /** Listens. Call {@link close} in the end. */
  static async open(network: Network): Promise<Tap> {
    const tap = new Tap();
    tap.#wire = await Wire.open(network.server, SERVER_INTERFACE, {
      program: BOTH_DIRECTIONS,
      onFrame: (frame) => tap.#take(frame),
    });
    return tap;
  }

  /** The messages of one type so far. */
  heard(type: number): Heard[] {
    return this.messages.filter((each) => each.type === type);
  }

  /** Waits until `find` gives a message. */
  async waitFor(
    what: string,
    find: (messages: readonly Heard[]) => Heard | undefined,
    timeoutMs = 40_000,
  ): Promise<Heard> {
    return await waitUntil(what, () => find(this.messages), {
      timeoutMs,
      explain: () => this.text,
    });
  }

  /** The conversation, one message a line, for error messages. */
  get text(): string {
    return this.messages.map(({ type, datagram, message }) =>
      `${NAMES[type] ?? type} ${datagram.source} > ${datagram.destination}` +
      ` xid ${message.xid.toString(16)} ciaddr ${message.ciaddr} yiaddr ${message.yiaddr}` +
      ` options ${message.options.map(([code]) => code).join(" ")}`
    ).join("\n");
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#wire?.close();
  }

  #take(frame: Uint8Array): void {
    const datagram = decodeUdpFrame(frame);
    if (datagram === null || ![67, 68].includes(datagram.destinationPort)) return;
    const message = decodeMessage(datagram.payload);
    // The switch brings the other client's broadcasts, too.
    if (message === null || message.chaddr !== CLIENT_MAC) return;
    this.messages.push({ type: messageType(message), message, datagram });
  }
}
