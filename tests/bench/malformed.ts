/**
 * Frames that look like DHCP replies until one looks closely, as a hostile neighbour would send them
 * to everybody.
 *
 * @module
 */

import { type DhcpMessage, DhcpType, encodeMessage } from "../support/dhcp_message.ts";
import { BROADCAST_MAC, concat, encodeUdpFrame, ipv4Bytes, u32 } from "../support/frame.ts";

/** The last two bytes of the flood's hardware address, which nobody else has. */
export const FLOOD_MAC_END = 0x0066;
const FLOOD_MAC = "02:00:00:00:00:66";

const REPLY: DhcpMessage = {
  op: 2,
  xid: 0,
  secs: 0,
  flags: 0,
  ciaddr: "0.0.0.0",
  yiaddr: "198.18.0.66",
  siaddr: "0.0.0.0",
  giaddr: "0.0.0.0",
  chaddr: "",
  options: [],
};
/** A DHCPACK for somebody, complete but for what each kind breaks. */
const OPTIONS: DhcpMessage["options"] = [
  [53, Uint8Array.of(DhcpType.ACK)],
  [54, ipv4Bytes("198.18.0.66")],
  [51, u32(3600)],
  [1, ipv4Bytes("255.255.255.0")],
];
/** Where the options begin, behind the magic cookie. */
const OPTIONS_OFFSET = 240;

/** How each kind breaks the payload of a UDP datagram to port 68. */
const KINDS: Readonly<Record<string, (chaddr: string, xid: number) => Uint8Array>> = {
  "nothing at all": () => new Uint8Array(),
  "one byte": () => Uint8Array.of(2),
  "cut inside the cookie": (...to) => whole(...to).subarray(0, OPTIONS_OFFSET - 1),
  "no options": (...to) => whole(...to).subarray(0, OPTIONS_OFFSET),
  "wrong cookie": (...to) => patched(whole(...to), 236, 0x63, 0x82, 0x53, 0x64),
  "a request": (...to) => patched(whole(...to), 0, 1),
  "another kind of hardware": (...to) => patched(whole(...to), 1, 6, 16),
  "no message type": (...to) => message(...to, OPTIONS.slice(1)),
  "empty message type": (...to) => message(...to, [[53, new Uint8Array()], ...OPTIONS.slice(1)]),
  "long message type": (...to) => message(...to, [[53, Uint8Array.of(5, 5)], ...OPTIONS.slice(1)]),
  "unknown message type": (...to) => message(...to, [[53, Uint8Array.of(200)]]),
  "option beyond the end": (...to) => concat(options(whole(...to)), [12, 255, 65]),
  "option without a length": (...to) => concat(options(whole(...to)), [12]),
  "overload of noise": (...to) => {
    const bytes = message(...to, [...OPTIONS, [52, Uint8Array.of(3)]]);
    return bytes.fill(0x37, 44, 236); // sname and file
  },
  "another's transaction": (...to) => whole(...to),
  "noise": (chaddr, xid) => patched(whole(chaddr, xid), OPTIONS_OFFSET, ...noise(60, xid)),
};

/** How many kinds there are. */
export const MALFORMED_KINDS: number = Object.keys(KINDS).length;

/**
 * Makes Ethernet frames with UDP to port 68 of the broadcast address. Headers and checksums are
 * right; what is inside is malformed, or means nobody.
 *
 * @param chaddr the hardware address that they claim to answer
 * @param count how many; the kinds take turns, each time with another transaction id
 */
export function malformedFrames(chaddr: string, count: number): Uint8Array[] {
  const kinds = Object.values(KINDS);
  return Array.from({ length: count }, (_, index) =>
    encodeUdpFrame({
      destinationMac: BROADCAST_MAC,
      sourceMac: FLOOD_MAC,
      destination: "255.255.255.255",
      source: "198.18.0.66",
      destinationPort: 68,
      sourcePort: 67,
      payload: kinds[index % kinds.length](chaddr, 0x5eed0000 + index),
    }));
}

function message(chaddr: string, xid: number, options: DhcpMessage["options"]): Uint8Array {
  return encodeMessage({ ...REPLY, chaddr, xid, options });
}

function whole(chaddr: string, xid: number): Uint8Array {
  return message(chaddr, xid, OPTIONS);
}

/** All up to the END option, itself not among it. */
function options(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.indexOf(255, OPTIONS_OFFSET + 3 + 6 + 6 + 6));
}

function patched(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  bytes.set(values, offset);
  return bytes;
}

/** The same bytes each time, by the generator of Numerical Recipes. */
function noise(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
