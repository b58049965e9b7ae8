/**
 * Answers to somebody else, or to nothing that was asked.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type DhcpMessage,
  type DhcpOption,
  DhcpType,
  messageType,
  option,
  withMore,
  withOption,
} from "../../support/dhcp_message.ts";
import { type Answer, changed, envelop } from "../../support/dhcp_server.ts";
import { concat } from "../../support/frame.ts";
import { CLIENT_MAC } from "../../support/network.ts";
import { ignored, misbehaving, unheard } from "./site.ts";

misbehaving("client-id not echoed: accept", {
  policy: changed((answer) => answer), // reply() echoes none
}, async ({ server, daemon }) => {
  await daemon.waitForLease();
  const [{ message }] = server.received(DhcpType.REQUEST);
  assert.notEqual(option(message, 61), null);
});

misbehaving("client-id echoed (RFC 6842): accept", {
  policy: changed((answer, request) => withMore(answer, [61, option(request, 61)!])),
}, async ({ daemon }) => await daemon.waitForLease());

ignored(
  "another's client-id: ignore",
  (answer) =>
    [[1, 2, 0, 0, 0, 0, 2], [1, 2, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0, 1], [255, 1, 2, 3, 4]].map((
      id,
    ) => withOption(answer, 61, Uint8Array.from(id))),
  /dropped frame: dhcp-client-id/,
);

ignored(
  "our client-id with a tail: ignore",
  (answer) => {
    const ours = concat([1], CLIENT_MAC.split(":").map((byte) => parseInt(byte, 16)));
    return withOption(answer, 61, concat(ours, [0]));
  },
  /dropped frame: dhcp-client-id/,
);

ignored(
  "wrong xid: ignore",
  (answer) => [0, 1, answer.xid ^ 1, (answer.xid + 1) >>> 0].map((xid) => ({ ...answer, xid })),
  /dropped frame: dhcp-xid/,
);

// The kernel's own filter takes these three; nothing is left for the calf to count.
unheard(
  "wrong chaddr: ignore",
  (answer, server) =>
    ["02:00:00:00:00:02", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"].map((chaddr) =>
      envelop({ ...answer, chaddr }, server, { addressing: { destinationMac: CLIENT_MAC } })
    ),
);

unheard(
  "a request instead of a reply: ignore",
  (answer) => [0, 1, 3, 255].map((op) => ({ ...answer, op })),
);

unheard(
  "a reply for other hardware: ignore",
  (answer, server) =>
    [{ htype: 6 }, { hlen: 0 }, { hlen: 16 }, { hlen: 255 }].map((layout) =>
      envelop(answer, server, { layout })
    ),
);

ignored(
  "a message type that is no answer: ignore",
  (answer) =>
    [0, 1, 3, 4, 7, 8, 9, 10, 13, 18, 255].map((type) =>
      withOption(answer, 53, Uint8Array.of(type))
    ),
  /dropped frame: dhcp-(type|no-type)/,
);

ignored(
  "a yiaddr that no host can have: ignore",
  (answer) =>
    ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.0", "192.0.2.255"].map(
      (yiaddr) =>
        envelop({ ...answer, yiaddr }, "192.0.2.1", {
          addressing: { destination: "255.255.255.255", destinationMac: CLIENT_MAC },
        }),
    ),
  /dropped frame: dhcp-yiaddr/,
);

/** An offer that calls itself an acknowledgement; what is one already is left out. */
function hasty(answer: DhcpMessage, ...options: DhcpOption[]): Answer[] {
  if (messageType(answer) !== DhcpType.OFFER) return [];
  return [withMore(withOption(answer, 53, Uint8Array.of(DhcpType.ACK)), ...options)];
}

ignored(
  "ACK to a DHCPDISCOVER without option 80: ignore",
  (answer) => hasty(answer),
  /dropped frame: dhcp-/,
);

ignored(
  "ACK to a DHCPDISCOVER with an option 80 that has bytes: ignore",
  (answer) => hasty(answer, [80, Uint8Array.of(1)]),
  /dropped frame: dhcp-/,
);

ignored(
  "ACK to a DHCPDISCOVER with option 80 that was not asked for: ignore",
  (answer) => hasty(answer, [80, new Uint8Array(0)]),
  /dropped frame: dhcp-/,
  "--no-rapid-commit",
);
