import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { KvStore } from "../../priv/kv/store.ts";
import { KEYS, rightOf } from "../../schema/keys.ts";
import { ascii, hex, ip } from "../sdk/sdk_fixture.ts";
import { Dhcp4Reply } from "./decode.ts";
import {
  commitLease,
  ORIGIN_DHCP,
  ORIGIN_INFORM,
  ORIGIN_IPV4LL,
  ORIGIN_STATIC,
} from "./kv_lease.ts";
import { Dhcp4Lease, leaseProblem } from "./lease.ts";
import { MAX_MESSAGE_SIZE } from "./options.ts";
import { Dhcp4Settings } from "./settings.ts";
import { changesOf, committed } from "./testing/commits.ts";
import { FULL_ACK, FULL_KEYS } from "./testing/golden.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";
import { STATE_BOUND, STATE_SELECTING } from "./transitions.ts";

/** The commit of a lease in BOUND, as `key=value` or `-key`. */
function keysOf(lease: Dhcp4Lease): string[] {
  return committed((kv, scratch) => commitLease(kv, scratch, lease, ORIGIN_DHCP, STATE_BOUND));
}

/** The lease of a message; null when it is none. */
function leaseOf(bytes: Uint8Array): Dhcp4Lease | null {
  const reply = new Dhcp4Reply();
  assert.equal(reply.decode(bytes, 0, bytes.length), 0);
  if (leaseProblem(reply) !== 0) return null;
  const lease = new Dhcp4Lease();
  lease.set(reply, new Dhcp4Settings());
  return lease;
}

Deno.test("commitLease() tells everything that a golden packet says", () => {
  const lease = leaseOf(hex(FULL_ACK));
  assert.ok(lease !== null);
  assert.deepEqual(keysOf(lease), FULL_KEYS);
});

Deno.test("commitLease() says where an address is from, and in which state", () => {
  const lease = new Dhcp4Lease();
  lease.setLinkLocal(ip("169.254.3.4"));
  const first = (origin: number) =>
    committed((kv, scratch) => commitLease(kv, scratch, lease, origin, STATE_SELECTING)).slice(
      1,
      4,
    );
  const names = [ORIGIN_DHCP, ORIGIN_IPV4LL, ORIGIN_STATIC, ORIGIN_INFORM].map((o) => first(o)[2]);
  assert.deepEqual(names, ["/origin=dhcp", "/origin=ipv4ll", "/origin=static", "/origin=inform"]);
  assert.deepEqual(first(ORIGIN_IPV4LL).slice(0, 2), ["/state=SELECTING", "/ip=169.254.3.4/16"]);
});

Deno.test("commitLease() takes sname and file only without options 66 and 67", () => {
  const boot = (options: Option[]) => {
    const fields = { sname: ascii("srv\0"), file: ascii("pxe\0") };
    const lease = leaseOf(buildMessage({ ...fields, options: [[53, [5]], ...options] }));
    assert.ok(lease !== null);
    return keysOf(lease).filter((change) => change.startsWith("/boot/"));
  };
  assert.deepEqual(boot([]), ["/boot/server-name=srv", "/boot/file=pxe"]);
  assert.deepEqual(boot([[66, ascii("a")]]), ["/boot/server-name=a", "/boot/file=pxe"]);
  assert.deepEqual(boot([[67, ascii("b\0")]]), ["/boot/server-name=srv", "/boot/file=b"]);
  assert.deepEqual(boot([[66, [10]], [67, [10]]]), [], "unusable, but there");
});

Deno.test("commitLease() says of option 116 only what RFC 2563 §2 knows", () => {
  const told = (value: number) => {
    const lease = leaseOf(buildMessage({ options: [[53, [5]], [116, [value]]] }));
    assert.ok(lease !== null);
    return keysOf(lease).filter((change) => change.startsWith("/auto-configure"));
  };
  assert.deepEqual([0, 1, 2, 255].map(told), [
    ["/auto-configure=off"],
    ["/auto-configure=on"],
    [],
    [],
  ]);
});

/** Options as servers send them, and options that no server should send. */
function anyOption(): fc.Arbitrary<Option> {
  const code = fc.oneof(
    fc.constantFrom(1, 3, 6, 12, 15, 26, 28, 33, 42, 43, 51, 54, 56, 58, 59, 60, 66, 67),
    fc.constantFrom(81, 100, 101, 108, 114, 116, 119, 120, 121, 125, 150, 160, 249, 252),
  );
  const text = fc.oneof(fc.domain(), fc.webUrl(), fc.string({ unit: "binary-ascii" })).map(ascii);
  const names = fc.array(fc.domain(), { maxLength: 2 }).map((names) =>
    names.flatMap((name) => [...name.split(".").flatMap((l) => [l.length, ...ascii(l)]), 0])
  );
  const words = fc.array(fc.ipV4(), { maxLength: 6 }).map((list) => list.flatMap(word));
  const routes = fc.array(fc.tuple(fc.nat(32), fc.nat(255), fc.ipV4()), { maxLength: 5 }).map(
    (list) =>
      list.flatMap(([bits, octet, hop]) => [
        ...[bits, ...new Array((bits + 7) >> 3).fill(octet), ...word(hop)],
      ]),
  );
  return fc.oneof(
    fc.tuple(code, fc.oneof(fc.uint8Array({ maxLength: 80 }), text, words)),
    fc.tuple(code, fc.uint8Array({ minLength: 4, maxLength: 4 })),
    fc.tuple(fc.constantFrom(119, 120), names.map((list) => [0, ...list])),
    fc.tuple(fc.constant(119), names),
    fc.tuple(fc.constant(120), words.map((list) => [1, ...list])),
    fc.tuple(fc.constant(81), names.map((list) => [4, 0, 0, ...list])),
    fc.tuple(fc.constantFrom(121, 249), routes),
    fc.tuple(fc.constant(116), fc.nat(2).map((value) => [value])),
    fc.tuple(fc.constant(26), fc.nat(0xffff).map((value) => [value >> 8, value & 255])),
    fc.tuple(fc.constantFrom(3, 6, 28, 42, 54, 150), fc.nat(255).map((n) => [192, 0, 2, n])),
    fc.tuple(fc.constantFrom(12, 15), fc.domain().map(ascii)),
    fc.tuple(fc.constantFrom(114, 252), fc.webUrl().map(ascii)),
    fc.tuple(fc.constantFrom(56, 60, 66, 67, 100, 101, 160), fc.domain().map(ascii)),
  ).map(([code, data]): Option => [code, Array.from(data).slice(0, 255)]);
}

Deno.test("commitLease() sends what priv's store takes, whatever a usable DHCPACK says", () => {
  const texts = fc.string({ unit: "binary-ascii", maxLength: 20 }).map((text) =>
    ascii(text + "\0")
  );
  const message = fc.record({
    yiaddr: fc.ipV4(),
    siaddr: fc.ipV4(),
    sname: texts,
    file: texts,
    options: fc.array(anyOption(), { maxLength: 10 }),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(message, (fields) => {
      const options: Option[] = [[53, [5]], ...fields.options];
      const lease = leaseOf(buildMessage({ ...fields, options }));
      if (lease === null) return;
      const changes = changesOf((kv, scratch) =>
        commitLease(kv, scratch, lease, ORIGIN_DHCP, STATE_BOUND)
      );
      assert.deepEqual(new KvStore().commit("calf:dhcp4", changes), null);
      for (const { path } of changes) seen.add(path.replace(/[0-9]+$/, ""));
    }),
    { numRuns: 1000 },
  );
  const writable = [...KEYS.values()].filter((key) => rightOf("calf:dhcp4", key) === "w")
    .map(({ path }) => path.replace(/[0-9]+$/, ""))
    .filter((path) => !/^\/(packets|sandbox)\//.test(path)); // no server's to give
  const unseen = [...new Set(writable)].filter((path) => !seen.has(path));
  assert.deepEqual(unseen, []);
});

Deno.test("commitLease() fits into a message when the server gives as much as it can", () => {
  const gateway = word("203.113.213.253");
  const addresses = (count: number) => Array.from({ length: count }, () => gateway);
  const routes = Array.from({ length: 32 }, (_, i) => [16, 203, 100 + i, ...gateway]);
  const options: Option[] = [
    [53, [5]],
    [121, [0, ...gateway, ...routes.flat()]],
    [6, addresses(16).flat()],
    [42, addresses(16).flat()],
    [150, addresses(4).flat()],
    // Eight names of 253 characters, by compression (RFC 1035 §4.1.4).
    [120, [0, ...compressedNames(8)]],
    [119, compressedNames(2)],
    [43, new Array(255).fill(1)],
    [125, new Array(255).fill(1)],
    [81, [4, 0, 0, 1, 0x66]],
    ...[12, 15, 56, 60, 66, 67, 100, 101, 160].map((code): Option => [code, ascii("abc")]),
    ...[114, 252].map((code): Option => [code, ascii("a:b")]),
    [108, word(300)],
    [116, [1]],
    [26, [5, 220]],
    [28, word("255.255.255.255")],
    [54, gateway],
  ];
  const data = options.reduce((sum, [, { length }]) => sum + length, 0);
  assert.ok(data > MAX_MESSAGE_SIZE - 10 && data <= MAX_MESSAGE_SIZE, `${data} bytes of data`);
  const lease = leaseOf(buildMessage({ siaddr: "203.113.213.253", options: divided(options) }));
  assert.ok(lease !== null);
  const changes = keysOf(lease);
  assert.equal(changes.filter((change) => change.startsWith("/sip/")).length, 8);
  assert.equal(changes.length, 105);
});

/** `count` names of 253 characters, all but the first by a pointer. */
function compressedNames(count: number): number[] {
  const label = (length: number, letter: string) => [length, ...ascii(letter.repeat(length))];
  const first = [label(63, "a"), label(63, "b"), label(63, "c"), label(61, "e")].flat();
  const pointers = new Array(count - 1).fill([0xc0, 0]).flat();
  return [...first, 0, ...pointers];
}

/** Options with those that are too long divided (RFC 3396 §5). */
function divided(options: Option[]): Option[] {
  return options.flatMap(([code, data]) => {
    const bytes = Array.from(data);
    const parts: Option[] = [];
    do parts.push([code, bytes.splice(0, 255)]); while (bytes.length > 0);
    return parts;
  });
}
