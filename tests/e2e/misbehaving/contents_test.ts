/**
 * Options whose values are odd: texts, doubled options, wrong lengths, MTU, the search list.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type DhcpOption,
  DhcpType,
  messageType,
  withMore,
  withOption,
} from "../../support/dhcp_message.ts";
import { changed, reply, USUAL_OFFER, usualPolicy } from "../../support/dhcp_server.ts";
import { concat, ipv4Bytes, u16, u32, utf8 } from "../../support/frame.ts";
import { ORIGINAL_RESOLV_CONF } from "../../support/network.ts";
import { type Body, misbehaving, resolvConfLines } from "./site.ts";

/** The usual offer with more options. */
function offering(...options: DhcpOption[]): { offer: { options: readonly DhcpOption[] } } {
  return { offer: { options: [...USUAL_OFFER.options, ...options] } };
}

/** Waits for a lease, and compares keys with what they must be; null for none. */
function expecting(expected: Readonly<Record<string, string | null>>): Body {
  return async ({ daemon }) => {
    await daemon.waitForLease();
    for (const [key, value] of Object.entries(expected)) assert.equal(daemon.file(key), value, key);
  };
}

misbehaving(
  "trailing NUL in 12: strip",
  offering([12, utf8("host7\0\0")]),
  expecting({ "hostname": "host7" }),
);

misbehaving("trailing NUL in 15: strip", offering([15, utf8("example.test\0")]), async (site) => {
  await expecting({ "domain": "example.test", "search": null })(site);
  assert.deepEqual(await resolvConfLines(site), ["domain example.test", "nameserver 192.0.2.53"]);
});

misbehaving(
  "zero-length 12: skip",
  offering([12, new Uint8Array(0)], [15, utf8("example.test")]),
  expecting({ "hostname": null, "domain": "example.test" }),
);

misbehaving(
  "zero-length 15, 3, 6 and 119: skip",
  { offer: { options: [1, 3, 6, 15, 119].map((code) => [code, new Uint8Array(0)] as const) } },
  async (site) => {
    await expecting({ "domain": null, "search": null, "gateway": null, "nameserver/001": null })(
      site,
    );
    assert.equal(await Deno.readTextFile(site.network.resolvConf), ORIGINAL_RESOLV_CONF);
  },
);

misbehaving(
  "trailing dot in 12: strip",
  offering([12, utf8("host7.")]),
  expecting({ "hostname": "host7" }),
);

misbehaving(
  "trailing dot in 15: strip",
  offering([15, utf8("example.test.")]),
  expecting({ "domain": "example.test" }),
);

misbehaving(
  "several domains separated by spaces in 15: first is domain, all are search",
  offering([15, utf8("example.test lab.example.test  third.test.\0")]),
  async (site) => {
    const search = "example.test lab.example.test third.test";
    await expecting({ "domain": "example.test", search })(site);
    assert.deepEqual(await resolvConfLines(site), [
      "domain example.test",
      `search ${search}`,
      "nameserver 192.0.2.53",
    ]);
  },
);

misbehaving("the same fixed-size option twice: first wins, never concatenated", {
  offer: { leaseSeconds: 1000, t1: 400, t2: 800 },
  policy: changed((answer) =>
    withMore(
      withMore(answer, [26, u16(1400)], [28, ipv4Bytes("192.0.2.255")]),
      [1, ipv4Bytes("255.255.0.0")],
      [26, u16(1300)],
      [28, ipv4Bytes("192.0.255.255")],
      [51, u32(5000)],
      [54, ipv4Bytes("192.0.2.9")],
      [58, u32(500)],
      [59, u32(900)],
      [53, Uint8Array.of(DhcpType.NAK)],
    )
  ),
}, async (site) => {
  await expecting({
    "ip": "192.0.2.7/24",
    "mtu": "1400",
    "broadcast": "192.0.2.255",
    "lease/server": "192.0.2.1",
    "lease/time": "1000",
    "lease/t1": "400",
    "lease/t2": "800",
  })(site);
  assert.equal((await site.network.link()).mtu, 1400);
});

misbehaving("OFFER that carries option 80: still an OFFER", {}, async (site) => {
  const { network, server, daemon } = site;
  server.policy = (request, offer) => {
    const isDiscover = messageType(request) === DhcpType.DISCOVER;
    // The acknowledgement is held back, so that a client which needs none shows itself.
    return isDiscover ? [withMore(reply(request, DhcpType.OFFER, offer), [80, utf8("")])] : [];
  };
  await server.waitFor(DhcpType.REQUEST, 2);
  assert.equal(await network.addressText(), "");
  assert.equal(daemon.file("ip"), null);
  server.policy = usualPolicy;
  await daemon.waitForLease();
});

misbehaving("MTU below 576: ignore", offering([26, u16(575)]), async (site) => {
  await expecting({ "mtu": null })(site);
  assert.equal((await site.network.link()).mtu, 1500);
});

misbehaving("MTU below 68: ignore", offering([26, u16(67)]), async (site) => {
  await expecting({ "mtu": null })(site);
  assert.equal((await site.network.link()).mtu, 1500);
});

misbehaving("MTU 0: ignore", offering([26, u16(0)]), async (site) => {
  await expecting({ "mtu": null })(site);
  assert.equal((await site.network.link()).mtu, 1500);
});

/** The labels of a name, without its end. */
function labels(...texts: string[]): Uint8Array {
  return concat(...texts.map((text) => concat([text.length], utf8(text))));
}

const GOOD_NAME = concat(labels("good", "test"), [0]);
const LONG_LABEL = "x".repeat(63);

/** Values of option 119 of which nothing may be believed. */
const BAD_SEARCH_LISTS: Readonly<Record<string, Uint8Array>> = {
  "119 pointer to itself": Uint8Array.of(0xc0, 0),
  "119 pointer to itself after a good name": concat(GOOD_NAME, [0xc0, GOOD_NAME.length]),
  "119 pointers that point at each other": Uint8Array.of(0xc0, 2, 0xc0, 0),
  "119 pointer into its own name": concat(labels("a"), [0xc0, 0]),
  "119 pointer forward": concat([0xc0, 2], GOOD_NAME),
  "119 pointer out of range": concat(GOOD_NAME, labels("www"), [0xff, 0xff]),
  "119 pointer of which half is missing": concat(GOOD_NAME, labels("www"), [0xc0]),
  "119 label > 63, of a reserved kind": concat([64], utf8("x".repeat(64)), [0]),
  "119 label > 63, of the other reserved kind": concat([0x80 | 5], utf8("xxxxx"), [0]),
  "119 label that passes the end": concat(GOOD_NAME, [20], utf8("short")),
  "119 name without an end": concat(GOOD_NAME, labels("endless", "test")),
  "119 name > 255": concat(labels(...new Array(5).fill(LONG_LABEL)), [0]),
  "119 name > 255 by pointers": concat(
    ...[labels(LONG_LABEL, LONG_LABEL, LONG_LABEL), [0]],
    ...[labels(LONG_LABEL), [0xc0, 0]],
  ),
};

for (const [what, list] of Object.entries(BAD_SEARCH_LISTS)) {
  const options: DhcpOption[] = [[15, utf8("example.test")], [119, list]];
  misbehaving(`${what}: ignore the option`, offering(...options), async (site) => {
    await expecting({ "domain": "example.test", "search": null })(site);
    assert.deepEqual(await resolvConfLines(site), ["domain example.test", "nameserver 192.0.2.53"]);
  });
}

/** Options of fixed size, and the key that shows each. */
const FIXED_SIZE:
  readonly (readonly [code: number, size: number, key: string, without: string | null])[] = [
    [1, 4, "ip", "192.0.2.7/24"], // the class of the address
    [26, 2, "mtu", null],
    [28, 4, "broadcast", null],
    [51, 4, "lease/time", "3600"],
    [54, 4, "lease/server", null],
    [58, 4, "lease/t1", "1800"],
    [59, 4, "lease/t2", "3150"],
    [116, 1, "auto-configure", null],
  ];

for (const [code, size, key, without] of FIXED_SIZE) {
  for (const length of [size - 1, size + 1]) {
    // Every byte is 5: MTU 1285 or times of 84215045 s, if somebody took them.
    const value = new Uint8Array(length).fill(5);
    misbehaving(
      `option ${code} with ${length} bytes instead of ${size}: ignore that option`,
      {
        policy: changed(
          (answer) => withOption(answer, code, value),
          (request, offer) => code === 54 ? anyServer(request, offer) : usualPolicy(request, offer),
        ),
      },
      expecting({ [key]: without, "gateway": "192.0.2.1" }),
    );
  }
}

/** A policy that does not look at whom a client has chosen. */
function anyServer(
  ...[request, offer]: Parameters<typeof usualPolicy>
): ReturnType<typeof usualPolicy> {
  const options = request.options.filter(([code]) => code !== 54);
  return usualPolicy({ ...request, options }, offer);
}

for (const length of [0, 3, 5, 8]) {
  misbehaving(
    `option 108 with ${length} bytes instead of 4: ignore that option`,
    { ...offering([108, new Uint8Array(length).fill(1)]), args: ["--ipv6-only"] },
    expecting({ "ip": "192.0.2.7/24", "ipv6-only": null }),
  );
}
