/**
 * What a calf may say, in the real kernel: see programs_test.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { calfFilter } from "./programs.ts";
import {
  ARP_OUT,
  attached,
  decisiveBits,
  DHCP_DISCOVER,
  DHCP_RENEWAL,
  MAX_FRAME,
  MESSAGE,
  OURS,
  OWN,
  padded,
  patch,
  withIhl,
} from "./testing/kernel_filter.ts";

/** Bytes of {@link DHCP_DISCOVER}: all that the filter looks at. */
const DISCOVER_LENGTH = MESSAGE + 240;

/** An ARP request to all. */
const ARP_REQUEST = patch(patch(ARP_OUT, 0, "ffffffffffff"), 20, "0001");
/** The same from 0.0.0.0: a probe. */
const ARP_PROBE = patch(ARP_REQUEST, 28, "00000000");
/** Frames that speak for no address, or for the interface's own. */
const FROM_NOBODY: readonly [string, Uint8Array][] = [
  ["broadcast", DHCP_DISCOVER],
  ["to one station", patch(DHCP_DISCOVER, 0, "0200000000fe")],
  ["DF", patch(DHCP_DISCOVER, 20, "4000")],
  ["options", padded(DHCP_DISCOVER, 590)],
  ["ARP probe", ARP_PROBE],
  ["ARP probe, padded", padded(ARP_PROBE, 60)],
];
const FROM_OWN: readonly [string, Uint8Array][] = [
  ["renewal", DHCP_RENEWAL],
  ["renewal by broadcast", patch(patch(DHCP_RENEWAL, 0, "ffffffffffff"), 30, "ffffffff")],
  ["ARP reply", ARP_OUT],
  ["ARP reply to all", patch(ARP_OUT, 0, "ffffffffffff")],
  ["ARP request", ARP_REQUEST],
  ["ARP announcement", patch(ARP_REQUEST, 38, "c0000207")],
];

Deno.test("calfFilter() passes what a DHCP client may say, whole and unchanged", () => {
  attached(calfFilter(OURS, MAX_FRAME, OWN), (filter) => {
    for (const [what, frame] of [...FROM_NOBODY, ...FROM_OWN]) {
      assert.ok(filter.passes(frame), what);
    }
  });
});

Deno.test("calfFilter() lets nothing speak for an address while there is none", () => {
  attached(calfFilter(OURS, MAX_FRAME, null), (filter) => {
    for (const [what, frame] of FROM_NOBODY) assert.ok(filter.passes(frame), what);
    for (const [what, frame] of FROM_OWN) assert.equal(filter.passes(frame), false, what);
  });
});

Deno.test("calfFilter() lets nothing speak for another address than the interface's", () => {
  for (const own of [0xc0000208, 0xc0000206, 0x40000207, 0xc0010207]) {
    attached(calfFilter(OURS, MAX_FRAME, own), (filter) => {
      for (const [what, frame] of FROM_OWN) assert.equal(filter.passes(frame), false, what);
      assert.ok(filter.passes(DHCP_DISCOVER), "still works");
    });
  }
});

Deno.test("calfFilter() drops a frame that breaks one condition", () => {
  const wrong: [string, Uint8Array][] = [
    ["from another station", patch(DHCP_DISCOVER, 6, "020000000002")],
    ["from a station that differs in the upper half", patch(DHCP_DISCOVER, 6, "060000000001")],
    ["to a group", patch(DHCP_DISCOVER, 0, "01005e000001")],
    ["to nearly all", patch(DHCP_DISCOVER, 0, "fffdffffffff")],
    ["to nearly all, lower half", patch(DHCP_DISCOVER, 0, "ffffff7fffff")],
    ["ARP to a group", patch(ARP_OUT, 0, "01005e000001")],
    ["ARP from another station", patch(ARP_OUT, 6, "020000000002")],
    ["IPv6", patch(DHCP_DISCOVER, 12, "86dd")],
    ["VLAN tag", patch(DHCP_DISCOVER, 12, "8100")],
    ["IP version 6", patch(DHCP_DISCOVER, 14, "65")],
    ["ihl 4", patch(DHCP_DISCOVER, 14, "44")],
    ["ihl 6", withIhl(DHCP_DISCOVER, 6)],
    ["reserved bit", patch(DHCP_DISCOVER, 20, "8000")],
    ["MF", patch(DHCP_DISCOVER, 20, "2000")],
    ["fragment offset 1", patch(DHCP_DISCOVER, 20, "0001")],
    ["ICMP", patch(DHCP_DISCOVER, 23, "01")],
    ["from port 67", patch(DHCP_DISCOVER, 34, "0043")],
    ["from port 1024", patch(DHCP_DISCOVER, 34, "0400")],
    ["to port 68", patch(DHCP_DISCOVER, 36, "0044")],
    ["to port 53", patch(DHCP_DISCOVER, 36, "0035")],
    ["a reply", patch(DHCP_DISCOVER, MESSAGE, "02")],
    ["htype 6", patch(DHCP_DISCOVER, MESSAGE + 1, "06")],
    ["hlen 16", patch(DHCP_DISCOVER, MESSAGE + 2, "10")],
    ["a hop", patch(DHCP_DISCOVER, MESSAGE + 3, "01")],
    ["ciaddr from nobody", patch(DHCP_DISCOVER, MESSAGE + 12, "c0000207")],
    ["yiaddr", patch(DHCP_DISCOVER, MESSAGE + 16, "c0000207")],
    ["siaddr", patch(DHCP_DISCOVER, MESSAGE + 20, "c0000201")],
    ["giaddr", patch(DHCP_DISCOVER, MESSAGE + 24, "c6336401")],
    ["chaddr of another", patch(DHCP_DISCOVER, MESSAGE + 28, "020000000002")],
    ["chaddr that differs in the upper half", patch(DHCP_DISCOVER, MESSAGE + 28, "060000000001")],
    ["no cookie", patch(DHCP_DISCOVER, MESSAGE + 236, "00000000")],
    ["from nobody to one host", patch(DHCP_DISCOVER, 30, "c0000201")],
    ["from another address", patch(DHCP_DISCOVER, 26, "c0000208")],
    [
      "from another address, with its ciaddr",
      patch(
        patch(DHCP_RENEWAL, 26, "c0000208"),
        MESSAGE + 12,
        "c0000208",
      ),
    ],
    ["another's ciaddr from us", patch(DHCP_RENEWAL, MESSAGE + 12, "c0000208")],
    ["no ciaddr from us", patch(DHCP_RENEWAL, MESSAGE + 12, "00000000")],
    ["ARP for another station", patch(ARP_OUT, 22, "020000000002")],
    ["ARP for a station that differs in the upper half", patch(ARP_OUT, 22, "020100000001")],
    ["ARP reply for another address", patch(ARP_OUT, 28, "c0000208")],
    ["ARP reply for no address", patch(ARP_OUT, 28, "00000000")],
    ["ARP request for another address", patch(ARP_REQUEST, 28, "c0000208")],
    ["ARP over IEEE 802", patch(ARP_OUT, 14, "0006")],
    ["ARP for IPv6", patch(ARP_OUT, 16, "86dd")],
    ["ARP lengths", patch(ARP_OUT, 18, "0406")],
    ["ARP operation 3", patch(ARP_OUT, 20, "0003")],
    ["ARP with more behind it", padded(ARP_OUT, 61)],
  ];
  attached(calfFilter(OURS, MAX_FRAME, OWN), (filter) => {
    for (const [what, frame] of wrong) assert.equal(filter.passes(frame), false, what);
    assert.ok(filter.passes(DHCP_DISCOVER), "still works");
  });
});

Deno.test("calfFilter() looks at these bits and at no others", () => {
  attached(calfFilter(OURS, MAX_FRAME, OWN), (filter) => {
    const ethernet = "01 00 00 00 00 00 ff ff ff ff ff ff ff ff "; // group bit, source, EtherType
    const message = "ff ff ff ff 00 00 00 00 00 00 00 00 " + // op, htype, hlen, hops
      "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff " + // ciaddr, yiaddr, siaddr, giaddr
      `ff ff ff ff ff ff ${"00 ".repeat(10 + 64 + 128)}` + // chaddr
      "ff ff ff ff 00 00 00 00"; // cookie
    const ipv4 = "ff 00 00 00 00 00 bf ff 00 ff 00 00 ff ff ff ff ";
    const ports = "ff ff ff ff 00 00 00 00 ";
    assert.equal(
      decisiveBits(
        filter,
        padded(patch(DHCP_DISCOVER, 0, "0200000000fe"), DISCOVER_LENGTH + 4),
        DISCOVER_LENGTH + 4,
      ),
      `${ethernet}${ipv4}ff ff ff ff ${ports}${message}`,
    );
    assert.equal(
      decisiveBits(filter, padded(DHCP_RENEWAL, DISCOVER_LENGTH + 4), DISCOVER_LENGTH + 4),
      `${ethernet}${ipv4}00 00 00 00 ${ports}${message}`,
    );
    assert.equal(
      decisiveBits(filter, ARP_OUT),
      `${ethernet}ff ff ff ff ff ff ff ff ` +
        "ff ff ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 00 00", // sender
    );
  });
});

Deno.test("calfFilter() refuses an address that no interface can have", () => {
  for (const own of [0, -1, 0xffffffff, 0.5, NaN]) {
    assert.throws(() => calfFilter(OURS, MAX_FRAME, own), RangeError);
  }
});
