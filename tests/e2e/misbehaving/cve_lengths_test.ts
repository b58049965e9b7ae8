/**
 * CVEs of lengths that nobody checked: options that are too long or too short for what they hold,
 * that pass the end of the message, or that are sent back.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type DhcpMessage,
  type DhcpOption,
  DhcpType,
  encodeMessage,
  messageType,
  option,
  withMore,
  withOption,
  withoutOptions,
} from "../../support/dhcp_message.ts";
import { type Answer, changed, envelop, usualPolicy } from "../../support/dhcp_server.ts";
import { concat, toHex, u16, u32, utf8 } from "../../support/frame.ts";
import { misbehaving, resolvConfLines } from "./site.ts";
import { replayed } from "./replay.ts";

function filled(length: number, byte = 0x41): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

/** Lengths at and around every boundary that a field of 4 or a byte of length has. */
const LENGTHS = [0, 1, 2, 3, 5, 6, 7, 9, 63, 127, 128, 254, 255];

replayed(
  "CVE-2009-0692: a subnet mask of up to 255 bytes",
  (answer) => LENGTHS.map((length) => withOption(answer, 1, filled(length, 0xff))),
);

replayed(
  "CVE-2009-0692: a subnet mask in so many parts that they make 1000 bytes",
  (answer) => [withOption(answer, 1, filled(1000, 0xff))],
);

/** Options that are lists of addresses, of pairs of them, or of numbers of 2 or 4 bytes. */
const LISTS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 25, 33, 41, 42, 44, 65, 68, 69, 121, 150, 249];

replayed(
  "CVE-2014-7912: lists whose length is no multiple of their elements",
  (answer) =>
    LISTS.flatMap((code) =>
      [1, 2, 3, 5, 7, 253, 255].map((length) =>
        withOption(withoutOptions(answer, 3, 6), code, filled(length, 0xc0))
      )
    ),
);

replayed(
  "CVE-2015-8605: lengths of UDP and IPv4 that the frame does not have",
  (answer, server) =>
    [0, 1, 7, 8, 9, 200, 1500, 0x7fff, 0x8000, 0xffff].flatMap((length) => [
      envelop(answer, server, { quirks: { udpLength: length } }),
      envelop(answer, server, { quirks: { udpLength: length, checksum: "none" } }),
      envelop(answer, server, { quirks: { ipLength: length } }),
      envelop(answer, server, {
        quirks: { ipLength: length, udpLength: length, checksum: "none" },
      }),
    ]),
);

replayed("CVE-2016-1503: a message that ends anywhere within its options", (answer, server) => {
  // The message type comes last, so that no part of the message is a lease by itself.
  const type = answer.options.filter(([code]) => code === 53);
  const whole = encodeMessage(withMore(withoutOptions(answer, 53), ...type), { minLength: 0 });
  const END = 1;
  return Array.from(
    { length: whole.length - END - 236 },
    (_, index) => envelop(answer, server, { payload: whole.subarray(0, 236 + index) }),
  );
});

replayed(
  "CVE-2016-1503: an option that says it is longer than the message",
  (answer, server) =>
    [1, 3, 6, 12, 15, 26, 51, 54, 119, 121, 125, 212, 252].flatMap((code) =>
      [1, 4, 8, 254, 255].map((length) =>
        envelop(answer, server, {
          layout: { end: false, minLength: 0, tail: concat([code, length], filled(length - 1)) },
        })
      )
    ),
);

replayed(
  "CVE-2016-2148: 6RD (212) of lengths that it cannot have",
  (answer) =>
    [0, 1, 2, 21, 22, 23, 24, 26, 255].flatMap((length) => [
      withMore(answer, [212, filled(length, 0xff)]),
      withMore(answer, [212, concat([0, 128], filled(length))]),
    ]),
);

replayed("CVE-2018-5732: every option code with lengths that it may not have", (answer) => {
  const codes = Array.from({ length: 254 }, (_, index) => index + 1)
    // These decide whether the message is for us at all, and have rows of their own.
    .filter((code) => ![51, 53, 54, 61].includes(code));
  const perMessage = 4;
  return [0, 1, 3, 255].flatMap((length) =>
    codes.flatMap((_, index) => {
      if (index % perMessage !== 0) return [];
      const odd = codes.slice(index, index + perMessage)
        .map((code): DhcpOption => [code, filled(length, 0xff)]);
      return [withMore(withoutOptions(answer, 1, 3, 6, 15), ...odd)];
    })
  );
});

misbehaving("CVE-2018-15688: what is sent back of a server's values stays within bounds", {
  policy: changed((answer) => [
    withOption(answer, 54, filled(255, 0xc0)),
    withOption(answer, 54, filled(1000, 0xc0)),
    withMore(answer, [61, filled(255, 1)]),
    answer,
  ], (request, offer) => usualPolicy(withoutOptions(request, 54), offer)),
}, async ({ server, daemon }) => {
  await daemon.waitForLease();
  const { message, datagram } = await server.waitFor(DhcpType.REQUEST);
  assert.ok(datagram.payload.length <= 548, `${datagram.payload.length} bytes`);
  for (const [code, value] of message.options.filter(([code]) => code === 54 || code === 61)) {
    assert.ok(value.length === (code === 54 ? 4 : 7), `option ${code} is ${toHex(value)}`);
  }
});

for (const length of [0, 1, 2, 3]) {
  misbehaving(`CVE-2019-5747: a server identifier of ${length} bytes leaks nothing`, {
    policy: changed(
      (answer, _request, offer) =>
        envelop(withoutOptions(answer, 54), offer.server, {
          layout: { end: false, minLength: 0, tail: concat([54, length], filled(length, 0xc0)) },
        }),
      (request, offer) => usualPolicy(withoutOptions(request, 54), offer),
    ),
  }, async ({ server, daemon }) => {
    await daemon.waitForLease();
    // Whoever reads four bytes of it sends back what lies behind it.
    const { message } = await server.waitFor(DhcpType.REQUEST);
    assert.equal(option(message, 54), null);
    assert.equal(daemon.file("lease/server"), null);
  });
}

replayed("CVE-2019-5747: four-byte options cut short", cutShort);

/** Options of 4 bytes at the very end of a message, with fewer. */
function cutShort(answer: DhcpMessage, server: string): Answer[] {
  return [1, 28, 50, 51, 54, 58, 59, 108].flatMap((code) =>
    [0, 1, 2, 3].map((length) =>
      envelop(withoutOptions(answer, code), server, {
        layout: { end: false, minLength: 0, tail: concat([code, length], filled(length, 0xee)) },
      })
    )
  );
}

/** A label of a name. */
function label(length: number): Uint8Array {
  return concat([length], filled(length, 0x61));
}

/** A name of 252 characters, and as many pointers to it. */
const LONG_NAME = concat(label(63), label(63), label(63), label(60), [0]);
const POINTERS = Array.from({ length: 100 }, () => [0xc0, 0]).flat();

replayed("CVE-2020-7461: 119 whose labels pass its end", (answer) =>
  [
    concat([63], filled(10)),
    concat(label(5), [0xc0]),
    concat(label(5), [0x3f]),
    concat([0], filled(254, 0xc0)),
    filled(255, 1),
    concat(LONG_NAME, label(63), [0xc0, 0]),
    concat(LONG_NAME, POINTERS, [0xff, 0xff]),
  ].map((list) => withMore(answer, [119, list])));

misbehaving("CVE-2020-7461: 119 that unfolds to a hundred times its length stays within bounds", {
  policy: changed((answer) => withMore(answer, [119, concat(LONG_NAME, POINTERS)])),
}, async (site) => {
  await site.daemon.waitForLease();
  const search = site.daemon.file("search") ?? "";
  assert.ok(search.length > 0 && search.length <= 512, `${search.length} bytes`);
  assert.ok((await resolvConfLines(site)).join("\n").length < 1024);
});

replayed(
  "CVE-2022-2929: 81 with labels longer than 63 bytes, and without what it must hold",
  (answer) => {
    const names = [[], [64], [255], [63], [192, 0], [3, 0x77]].map((bytes) =>
      concat(bytes, filled(bytes[0] === undefined ? 0 : 100))
    );
    return [0x00, 0x04, 0x05, 0xff].flatMap((flags) => [
      withMore(answer, [81, Uint8Array.of(flags)]),
      withMore(answer, [81, Uint8Array.of(flags, 255)]),
      ...names.map((name) => withMore(answer, [81, concat([flags, 255, 255], name.slice(0, 250))])),
    ]);
  },
);

replayed("CVE-2026-71401: lengths inside an option that pass its end", (answer) => {
  const inner: DhcpOption[] = [
    [43, Uint8Array.of(1, 255, 0x41)],
    [43, Uint8Array.of(1)],
    [82, Uint8Array.of(1, 200, 0x41, 2)],
    [90, Uint8Array.of(1, 1, 0)],
    ...[33, 64, 128, 255].map((bits): DhcpOption => [121, concat([bits], filled(20))]),
    [121, Uint8Array.of(32, 192, 0, 2)],
    [121, concat([24, 192, 0, 2], [192, 0, 2])],
    [249, Uint8Array.of(8)],
    [120, Uint8Array.of(1, 192, 0, 2)],
    [120, Uint8Array.of(0, 63, 0x41)],
    [120, Uint8Array.of(7, 1, 2, 3, 4)],
    [124, concat(u32(9), [200, 0x41])],
    [125, concat(u32(9), [255, 1, 2])],
    [125, u16(0)],
    [77, Uint8Array.of(255)],
    [117, Uint8Array.of(1)],
    [100, utf8("")],
  ];
  const plain = withoutOptions(answer, 3);
  return inner.map((option) => withMore(option[0] === 43 ? answer : plain, option));
});

misbehaving("CVE-2019-5747: four-byte options cut short in offers make no lease", {
  policy: (request, offer) => {
    if (messageType(request) !== DhcpType.DISCOVER) return [];
    return usualPolicy(request, offer)
      .flatMap((answer) => [...cutShort(answer, offer.server), answer]);
  },
}, async ({ network, server, daemon }) => {
  await server.waitFor(DhcpType.REQUEST, 2);
  assert.equal(daemon.file("ip"), null);
  assert.equal(await network.addressText(), "");
  server.policy = usualPolicy;
  await daemon.waitForLease();
});
