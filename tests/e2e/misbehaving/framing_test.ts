/**
 * Messages that are longer, shorter or otherwise put together than their lengths say.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DhcpType, encodeMessage, withoutOptions } from "../../support/dhcp_message.ts";
import { changed, envelop, usualPolicy } from "../../support/dhcp_server.ts";
import { u16 } from "../../support/frame.ts";
import type { Layout } from "../../support/dhcp_message.ts";
import { confirmLease, ignored, misbehaving, unheard } from "./site.ts";

/** A row about messages that are laid out in an unusual way, and hold a good lease. */
function laidOut(row: string, layout: Layout): void {
  const policy = changed((answer, _request, offer) => envelop(answer, offer.server, { layout }));
  misbehaving(row, { policy }, async ({ network, daemon }) => {
    await daemon.waitForLease();
    assert.equal(daemon.file("nameserver/001"), "192.0.2.53");
    assert.equal(daemon.file("mtu"), null);
    assert.equal((await network.link()).mtu, 1500);
    assert.equal(daemon.file("lease/time"), "3600");
  });
}

/** Options that must not be read: an MTU, a lease time. */
const UNREAD = [26, 2, 5, 0x14, 51, 4, 0, 0, 1, 0];

laidOut("corrupt tail after a valid 53: take what is valid", {
  end: false,
  minLength: 0,
  tail: Uint8Array.of(15, 200, 0x61, 0x62),
});
laidOut("corrupt tail of a code without a length: take what is valid", {
  end: false,
  minLength: 0,
  tail: Uint8Array.of(26),
});
laidOut("no END, padded: accept", { end: false });
laidOut("no END, nothing after the last option: accept", { end: false, minLength: 0 });
laidOut("bytes after END: accept, and do not read them", { tail: Uint8Array.from(UNREAD) });
laidOut("bytes after END that make it look like an option: do not read them", {
  tail: Uint8Array.from([0, ...UNREAD]),
});
laidOut("garbage after END: accept", { tail: new Uint8Array(400).fill(0xee) });
laidOut("message shorter than 300: accept", { minLength: 0 });

for (const extra of [2, 16, 28]) {
  const bytes = new Uint8Array(extra).fill(0xa5);
  misbehaving(`message ${extra} bytes longer than declared: accept`, {
    policy: changed((answer, _request, offer) =>
      envelop(answer, offer.server, { quirks: { trailer: bytes } })
    ),
  }, async ({ daemon }) => await daemon.waitForLease());

  misbehaving(`${extra} bytes after the UDP payload: accept`, {
    policy: changed((answer, _request, offer) => {
      const ipLength = 28 + encodeMessage(answer).length + extra;
      return envelop(answer, offer.server, { quirks: { trailer: bytes, ipLength } });
    }),
  }, async ({ daemon }) => await daemon.waitForLease());
}

/** Longest datagram that some servers and relays take, with its IPv4 and UDP headers. */
const SHORT_DATAGRAM = 576;
const HEADERS = 28;

for (
  const [row, args] of [
    ["ours stay below, padded to 300", []],
    [
      "ours stay below also with long names of host and classes",
      [`--hostname=${"h".repeat(63)}`, `--vendor-class=${"v".repeat(80)}`],
    ],
  ] as const
) {
  misbehaving(`server drops requests above 576 bytes: ${row}`, { args }, async (site) => {
    const { server, daemon } = site;
    server.policy = (request, offer) => {
      const length = server.requests.at(-1)!.datagram.payload.length;
      return length + HEADERS > SHORT_DATAGRAM ? [] : usualPolicy(request, offer);
    };
    await daemon.waitForLease();
    await confirmLease(site);
    assert.ok(server.received(DhcpType.REQUEST).length >= 2);
    for (const { datagram } of server.requests) {
      const { length } = datagram.payload;
      assert.ok(length >= 300 && length + HEADERS <= SHORT_DATAGRAM, `${length} bytes`);
    }
  });
}

ignored(
  "ip_len < header: drop, counted",
  (answer, server) => [0, 19].map((ipLength) => envelop(answer, server, { quirks: { ipLength } })),
  /dropped frame: ipv4-length/,
);

ignored(
  "ip_len beyond the frame: drop, counted",
  (answer, server) => envelop(answer, server, { quirks: { ipLength: 1500 } }),
  /dropped frame: ipv4-length/,
);

ignored(
  "udp_len < 8: drop, counted",
  (answer, server) => [0, 7].map((udpLength) => envelop(answer, server, { quirks: { udpLength } })),
  /dropped frame: udp-length/,
);

ignored(
  "udp_len beyond the datagram: drop, counted",
  (answer, server) => envelop(answer, server, { quirks: { udpLength: 1400 } }),
  /dropped frame: udp-length/,
);

// The kernel's own filter takes these two; nothing is left for the calf to count.
ignored(
  "ihl < 5: drop",
  (answer, server) =>
    [0x40, 0x44].map((versionIhl) => envelop(answer, server, { quirks: { versionIhl } })),
);
ignored(
  "IPv4 version that is not 4: drop",
  (answer, server) => envelop(answer, server, { quirks: { versionIhl: 0x65 } }),
);

ignored(
  "ihl beyond the datagram: drop",
  (answer, server) =>
    envelop(answer, server, { payload: new Uint8Array(2), quirks: { versionIhl: 0x4f } }),
);

ignored(
  "options that end in the middle of a length: drop, counted",
  (answer, server) =>
    [[53], [53, 1], [54, 4, 192]].map((tail) =>
      envelop(withoutOptions(answer, ...answer.options.map(([code]) => code)), server, {
        layout: { end: false, minLength: 0, tail: Uint8Array.from(tail) },
      })
    ),
  /dropped frame: dhcp-no-type/,
);

ignored(
  "message that UDP says is shorter than its fixed fields: drop, counted",
  (answer, server) =>
    [0, 1, 28, 236, 239].map((length) =>
      envelop(answer, server, { quirks: { udpLength: 8 + length, checksum: "none" } })
    ),
  /dropped frame: dhcp-short/,
);

// The kernel's own filter takes these, too.
unheard(
  "message shorter than its fixed fields: drop",
  (answer, server) => {
    const whole = encodeMessage(answer);
    return [0, 1, 28, 236, 239].map((length) =>
      envelop(answer, server, { payload: whole.subarray(0, length) })
    );
  },
);

unheard(
  "wrong magic cookie: drop",
  (answer, server) => {
    const payload = encodeMessage(answer);
    payload.set(u16(0x1234), 236);
    return envelop(answer, server, { payload });
  },
);

misbehaving("IPv4 options in the header: accept", {
  policy: changed((answer, _request, offer) =>
    envelop(answer, offer.server, { quirks: { ipOptions: Uint8Array.of(0x94, 4, 0, 0) } })
  ),
}, async ({ daemon }) => await daemon.waitForLease());
