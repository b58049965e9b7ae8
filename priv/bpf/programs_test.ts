/**
 * The programs run in the real kernel: attached to one end of a socket pair, fed from the other.
 * What each condition of `calfFilter` drops is in calf_filter_test.ts. Packet type and VLAN tag exist on a real interface only: see tests/e2e/receive_filter_test.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { attachFilter, attachLockedFilter } from "../../ffi/socket.ts";
import { assemble, ret } from "./assembler.ts";
import { calfFilter, receiveFilter } from "./programs.ts";
import {
  ARP_IN,
  ARP_OUT,
  attached,
  decisiveBits,
  DHCP_DISCOVER,
  DHCP_OFFER,
  DHCP_RENEWAL,
  KernelFilter,
  MAX_FRAME,
  MESSAGE,
  OURS,
  OWN,
  padded,
  patch,
  withIhl,
} from "./testing/kernel_filter.ts";

/** Bytes of {@link DHCP_OFFER} and {@link DHCP_DISCOVER}: all that the filters look at. */
const OFFER_LENGTH = MESSAGE + 240;

const DHCP_OFFER_LONGER = padded(DHCP_OFFER, 400);

Deno.test("receiveFilter() passes what a DHCP client may hear, whole and unchanged", () => {
  attached(receiveFilter(OURS, MAX_FRAME), (filter) => {
    assert.ok(filter.passes(DHCP_OFFER), "unicast");
    assert.ok(filter.passes(patch(DHCP_OFFER, 0, "ffffffffffff")), "broadcast");
    assert.ok(filter.passes(patch(DHCP_OFFER, 34, "1234")), "any source port");
    assert.ok(filter.passes(patch(DHCP_OFFER, 20, "0000")), "without DF");
    assert.ok(filter.passes(patch(DHCP_OFFER, 16, "0014")), "IPv4 length shorter than the frame");
    assert.ok(filter.passes(patch(DHCP_OFFER, 38, "0000")), "UDP length 0");
    assert.ok(filter.passes(patch(DHCP_OFFER, 38, "ffff")), "UDP length beyond the frame");
    assert.ok(filter.passes(padded(DHCP_OFFER, MAX_FRAME)), "bytes after the cookie");
    for (let ihl = 5; ihl <= 15; ihl++) {
      assert.ok(filter.passes(withIhl(DHCP_OFFER, ihl)), `${ihl}`);
    }
    assert.ok(filter.passes(ARP_IN), "ARP request");
    assert.ok(filter.passes(patch(ARP_IN, 20, "0002")), "ARP reply");
    assert.ok(filter.passes(patch(ARP_IN, 0, "020000000001")), "ARP to us");
    assert.ok(filter.passes(padded(ARP_IN, 60)), "padded to Ethernet's minimum");
  });
});

Deno.test("receiveFilter() drops a frame that breaks one condition", () => {
  const wrong: [string, Uint8Array][] = [
    ["to another station", patch(DHCP_OFFER, 0, "020000000002")],
    ["to a station that differs in the upper half", patch(DHCP_OFFER, 0, "060000000001")],
    ["to a group", patch(DHCP_OFFER, 0, "01005e000001")],
    ["to nearly all", patch(DHCP_OFFER, 0, "fffeffffffff")],
    ["to nearly all, lower half", patch(DHCP_OFFER, 0, "fffffffffffe")],
    ["from ourselves", patch(DHCP_OFFER, 6, "020000000001")],
    ["ARP from ourselves", patch(ARP_IN, 6, "020000000001")],
    ["IPv6", patch(DHCP_OFFER, 12, "86dd")],
    ["RARP", patch(ARP_IN, 12, "8035")],
    ["VLAN tag", patch(DHCP_OFFER, 12, "8100")],
    ["IEEE 802.3 length", patch(DHCP_OFFER, 12, "0030")],
    ["IP version 6", patch(DHCP_OFFER, 14, "65")],
    ["IP version 5", patch(DHCP_OFFER, 14, "55")],
    ["IP version 3", patch(DHCP_OFFER, 14, "3f")],
    ["ihl 4", patch(DHCP_OFFER, 14, "44")],
    ["ihl 0", patch(DHCP_OFFER, 14, "40")],
    ["MF", patch(DHCP_OFFER, 20, "2000")],
    ["fragment offset 1", patch(DHCP_OFFER, 20, "0001")],
    ["fragment offset 4096", patch(DHCP_OFFER, 20, "1000")],
    ["TCP", patch(DHCP_OFFER, 23, "06")],
    ["to port 67", patch(DHCP_OFFER, 36, "0043")],
    ["to port 69", patch(DHCP_OFFER, 36, "0045")],
    ["port 68 where ihl 6 says that there is none", patch(DHCP_OFFER, 14, "46")],
    ["a request", patch(DHCP_OFFER, MESSAGE, "01")],
    ["op 3", patch(DHCP_OFFER, MESSAGE, "03")],
    ["htype 6", patch(DHCP_OFFER, MESSAGE + 1, "06")],
    ["hlen 0", patch(DHCP_OFFER, MESSAGE + 2, "00")],
    ["hlen 16", patch(DHCP_OFFER, MESSAGE + 2, "10")],
    ["chaddr of another", patch(DHCP_OFFER, MESSAGE + 28, "020000000002")],
    ["chaddr that differs in the upper half", patch(DHCP_OFFER, MESSAGE + 28, "060000000001")],
    ["chaddr of nobody", patch(DHCP_OFFER, MESSAGE + 28, "000000000000")],
    ["chaddr of all", patch(DHCP_OFFER, MESSAGE + 28, "ffffffffffff")],
    ["wrong cookie", patch(DHCP_OFFER, MESSAGE + 236, "63825364")],
    ["wrong cookie, upper half", patch(DHCP_OFFER, MESSAGE + 236, "63835363")],
    ["no cookie", patch(DHCP_OFFER, MESSAGE + 236, "00000000")],
    ["cut inside the cookie", DHCP_OFFER.slice(0, OFFER_LENGTH - 1)],
    ["no payload", DHCP_OFFER.slice(0, MESSAGE)],
    ["a message where ihl 5 would have it", patch(patch(DHCP_OFFER_LONGER, 14, "46"), 40, "0044")],
    ["ARP over IEEE 802", patch(ARP_IN, 14, "0006")],
    ["ARP for IPv6", patch(ARP_IN, 16, "86dd")],
    ["ARP hlen 8", patch(ARP_IN, 18, "08")],
    ["ARP plen 6", patch(ARP_IN, 19, "06")],
    ["ARP operation 0", patch(ARP_IN, 20, "0000")],
    ["ARP operation 3", patch(ARP_IN, 20, "0003")],
    ["ARP operation 257", patch(ARP_IN, 20, "0101")],
  ];
  attached(receiveFilter(OURS, MAX_FRAME), (filter) => {
    for (const [what, frame] of wrong) assert.equal(filter.passes(frame), false, what);
    assert.ok(filter.passes(DHCP_OFFER), "still works");
  });
});

Deno.test("receiveFilter() looks at these bits and at no others", () => {
  attached(receiveFilter(OURS, MAX_FRAME), (filter) => {
    assert.equal(
      decisiveBits(filter, padded(DHCP_OFFER, OFFER_LENGTH + 4), OFFER_LENGTH + 4),
      "ff ff ff ff ff ff 00 00 00 00 00 00 ff ff " + // destination, EtherType
        "ff 00 00 00 00 00 3f ff 00 ff 00 00 00 00 00 00 00 00 00 00 " + // IPv4
        "00 00 ff ff 00 00 00 00 " + // destination port
        `ff ff ff ${"00 ".repeat(25)}` + // op, htype, hlen
        `ff ff ff ff ff ff ${"00 ".repeat(10 + 64 + 128)}` + // chaddr
        "ff ff ff ff 00 00 00 00", // cookie
    );
    assert.equal(
      decisiveBits(filter, ARP_IN),
      "ff ff ff ff ff ff 00 00 00 00 00 00 ff ff " +
        "ff ff ff ff ff ff ff ff " + // each operation with one bit flipped is 0, 3 or above
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
    );
  });
});

Deno.test("calfFilter() can be replaced by priv, and by nobody at the calf's end", () => {
  attached(calfFilter(OURS, MAX_FRAME, null), (filter) => {
    attachFilter(filter.calf, assemble([ret(0xffff)]));
    assert.equal(detachFilter(filter.calf), 0, "its own end is another socket");
    assert.equal(filter.passes(ARP_OUT), false);
    attachLockedFilter(filter.calf, assemble([ret(0xffff)]));
    assert.equal(filter.passes(ARP_OUT), false);
    attachFilter(filter.priv, calfFilter(OURS, MAX_FRAME, OWN));
    assert.ok(filter.passes(ARP_OUT));
    attachFilter(filter.priv, calfFilter(OURS, MAX_FRAME, null));
    assert.equal(filter.passes(ARP_OUT), false);
  });
});

/** As {@link receiveFilter}, with an address. */
function calfFilterOfOwn(mac: Uint8Array, maxFrame: number): Uint8Array {
  return calfFilter(mac, maxFrame, OWN);
}

for (
  const { name, filter: make, frames, needed } of [
    {
      name: "receiveFilter()",
      filter: receiveFilter,
      frames: [DHCP_OFFER, ARP_IN],
      needed: [OFFER_LENGTH, 42],
    },
    {
      name: "calfFilter()",
      filter: calfFilterOfOwn,
      frames: [DHCP_DISCOVER, ARP_OUT],
      needed: [OFFER_LENGTH, 42],
    },
  ]
) {
  Deno.test(`${name} drops every frame that is too short for its headers`, () => {
    attached(make(OURS, MAX_FRAME), (filter) => {
      frames.forEach((frame, which) => {
        for (let length = 0; length <= frame.length; length++) {
          const whole = length >= needed[which];
          assert.equal(filter.passes(frame.slice(0, length)), whole, `length ${length}`);
        }
      });
    });
  });

  Deno.test(`${name} passes the greatest frame whole and drops one byte more`, () => {
    for (const maxFrame of [42, 60, OFFER_LENGTH, 1514, 9014, 65549]) {
      attached(make(OURS, maxFrame), (filter) => {
        frames.forEach((frame, which) => {
          if (needed[which] > maxFrame || (frame === ARP_OUT && maxFrame > 60)) return;
          const greatest = padded(frame.slice(0, needed[which]), maxFrame);
          assert.ok(filter.passes(greatest), `${maxFrame}`);
          assert.equal(filter.passes(padded(greatest, maxFrame + 1)), false, `${maxFrame} + 1`);
        });
      });
    }
  });

  Deno.test(`${name} decides as its specification in TypeScript for any bytes`, () => {
    const allowed = make === receiveFilter ? mayHear : maySay;
    attached(make(OURS, MAX_FRAME), (filter) => {
      const interesting = fc.constantFrom(
        0,
        1,
        2,
        4,
        6,
        8,
        0x11,
        0x43,
        0x44,
        0x45,
        0x46,
        0xc0,
        0xfe,
        0xff,
      );
      const place = fc.oneof(
        { weight: 3, arbitrary: fc.nat(69) },
        fc.integer({ min: MESSAGE + 28, max: MESSAGE + 33 }),
        fc.integer({ min: MESSAGE + 236, max: MESSAGE + 239 }),
        fc.nat(299),
      );
      const change = fc.tuple(place, fc.oneof(interesting, fc.nat(255)));
      const base = fc.constantFrom(
        ...[DHCP_OFFER, withIhl(DHCP_OFFER, 6), DHCP_DISCOVER, DHCP_RENEWAL, ARP_IN, ARP_OUT],
      );
      const size = fc.oneof(fc.integer({ min: 30, max: 90 }), fc.integer({ min: 270, max: 300 }));
      const changes = fc.array(change, { maxLength: 4 });
      fc.assert(
        fc.property(base, changes, size, (frame, changed, length) => {
          const bytes = padded(frame, 300).slice(0, length);
          for (const [offset, value] of changed) {
            if (offset < bytes.length) bytes[offset] = value;
          }
          assert.equal(filter.passes(bytes), allowed(bytes));
        }),
        { numRuns: 3000 },
      );
    });
  });

  Deno.test(`${name} refuses an address or a bound that makes no sense`, () => {
    assert.throws(() => make(OURS.slice(1), MAX_FRAME), RangeError);
    assert.throws(() => make(Uint8Array.of(1, 0, 0x5e, 0, 0, 1), MAX_FRAME), RangeError);
    assert.throws(() => make(OURS, 41), RangeError);
    assert.throws(() => make(OURS, 65550), RangeError);
    assert.throws(() => make(OURS, 1514.5), RangeError);
  });

  Deno.test(`${name} is right for any station address`, () => {
    const address = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((mac) => {
      mac[0] &= 0xfe;
      return mac;
    });
    fc.assert(fc.property(address, fc.nat(47), (mac, bit) => {
      const place = make === receiveFilter ? 0 : 6;
      const ours = frames[0].slice();
      ours.set(Uint8Array.of(2, 0, 0, 0, 9, 9), 6 - place);
      ours.set(mac, place);
      const places = [place];
      ours.set(mac, MESSAGE + 28);
      places.push(MESSAGE + 28);
      attached(make(mac, MAX_FRAME), (filter) => {
        assert.ok(filter.passes(ours));
        for (const start of places) {
          const other = ours.slice();
          other[start + (bit >> 3)] ^= 1 << (bit & 7);
          assert.equal(filter.passes(other), false, `byte ${start + (bit >> 3)}`);
        }
      });
    }));
  });
}

Deno.test("receiveFilter() cannot be replaced or detached once it is locked", () => {
  using filter = new KernelFilter(receiveFilter(OURS, MAX_FRAME), attachLockedFilter);
  for (const attach of [attachFilter, attachLockedFilter]) {
    assert.throws(() => attach(filter.priv, assemble([ret(0xffff)])), (error) => {
      assert.ok(error instanceof ErrnoError);
      assert.equal(error.code, Errno.EPERM);
      return true;
    });
  }
  assert.equal(detachFilter(filter.priv), -1);
  assert.equal(filter.passes(Uint8Array.of(1, 2, 3)), false);
  assert.ok(filter.passes(DHCP_OFFER));
});

/** The receive filter's specification, written the slow way. */
function mayHear(frame: Uint8Array): boolean {
  if (frame.length < 14 || frame.length > MAX_FRAME) return false;
  const to = text(frame, 0, 6);
  if (to !== text(OURS, 0, 6) && to !== "ffffffffffff") return false;
  if (text(frame, 6, 6) === text(OURS, 0, 6)) return false;
  if (text(frame, 12, 2) === "0806") return isArp(frame);
  if (text(frame, 12, 2) !== "0800" || frame.length < 34) return false;
  const ihl = frame[14] & 15;
  const message = 14 + 4 * ihl + 8;
  if (frame[14] >> 4 !== 4 || ihl < 5 || frame.length < message + 240) return false;
  if ((frame[20] & 0x3f) !== 0 || frame[21] !== 0 || frame[23] !== 17) return false;
  return text(frame, message - 6, 2) === "0044" && text(frame, message, 3) === "020106" &&
    text(frame, message + 28, 6) === text(OURS, 0, 6) &&
    text(frame, message + 236, 4) === "63825363";
}

/** The calf filter's specification, written the slow way. */
function maySay(frame: Uint8Array): boolean {
  if (frame.length < 42 || frame.length > MAX_FRAME) return false;
  if ((frame[0] & 1) === 1 && text(frame, 0, 6) !== "ffffffffffff") return false;
  if (text(frame, 6, 6) !== text(OURS, 0, 6)) return false;
  if (text(frame, 12, 2) === "0806") return mayClaim(frame);
  if (text(frame, 12, 3) !== "080045") return false;
  if ((frame[20] & 0xbf) !== 0 || frame[21] !== 0 || frame[23] !== 17) return false;
  if (text(frame, 34, 4) !== "00440043" || frame.length < MESSAGE + 240) return false;
  if (text(frame, MESSAGE, 4) !== "01010600") return false;
  if (text(frame, MESSAGE + 16, 12) !== "00".repeat(12)) return false;
  if (text(frame, MESSAGE + 28, 6) !== text(OURS, 0, 6)) return false;
  if (text(frame, MESSAGE + 236, 4) !== "63825363") return false;
  const source = text(frame, 26, 4);
  if (source !== text(frame, MESSAGE + 12, 4)) return false;
  return source === "c0000207" || (source === "00000000" && text(frame, 30, 4) === "ffffffff");
}

/** The same of ARP. */
function mayClaim(frame: Uint8Array): boolean {
  if (frame.length > 60 || !isArp(frame) || text(frame, 22, 6) !== text(OURS, 0, 6)) return false;
  const sender = text(frame, 28, 4);
  return sender === "c0000207" || (sender === "00000000" && frame[21] === 1);
}

function isArp(frame: Uint8Array): boolean {
  return frame.length >= 42 &&
    ["0001080006040001", "0001080006040002"].includes(text(frame, 14, 8));
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Array.from(
    bytes.subarray(offset, offset + length),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** setsockopt(SOL_SOCKET 1, SO_DETACH_FILTER 27), which nothing but this test wants to do. */
function detachFilter(fd: number): number {
  const libc = Deno.dlopen("libc.so.6", {
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  });
  try {
    return libc.symbols.setsockopt(fd, 1, 27, new Uint8Array(4), 4);
  } finally {
    libc.close();
  }
}
