/**
 * CVEs of parsers that never come to an end.
 *
 * @module
 */

import { type DhcpOption, withMore } from "../../support/dhcp_message.ts";
import { envelop } from "../../support/dhcp_server.ts";
import { concat, utf8 } from "../../support/frame.ts";
import { replayed } from "./replay.ts";

/** Option 52 within `file` or `sname`, where it means nothing. */
function overload(value: number): Uint8Array {
  return Uint8Array.of(52, 1, value, 52, 1, value, 255);
}

/** A host name in a field that no option 52 has declared to hold options. */
const UNREAD = Uint8Array.of(12, 4, 0x65, 0x76, 0x69, 0x6c, 255);

replayed("CVE-2014-6060: overload inside overload", (answer, server) => {
  const packet = (value: number, file: Uint8Array, sname: Uint8Array) =>
    envelop(withMore(answer, [52, Uint8Array.of(value)]), server, { layout: { file, sname } });
  return [1, 2, 3].flatMap((inner) => [
    packet(1, overload(inner), UNREAD),
    packet(2, UNREAD, overload(inner)),
    packet(3, overload(inner), overload(inner)),
    packet(0, UNREAD, UNREAD),
    packet(4, UNREAD, UNREAD),
  ]);
});

replayed("CVE-2014-6060: overload of fields without END, and overload twice", (answer, server) => {
  const twice: DhcpOption[] = [[52, Uint8Array.of(3)], [52, Uint8Array.of(1)], [
    52,
    Uint8Array.of(2),
  ]];
  const pads = new Uint8Array(64);
  const zeroLengths = Uint8Array.from({ length: 64 }, (_, index) => index % 2 === 0 ? 52 : 0);
  return [pads, zeroLengths, new Uint8Array(64).fill(52)].flatMap((field) => [
    envelop(withMore(answer, ...twice), server, { layout: { file: field, sname: field } }),
    envelop(withMore(answer, twice[0]), server, { layout: { file: field, sname: field } }),
  ]);
});

replayed("CVE-2026-41285: options and suboptions of zero length, by the hundred", (answer) => {
  const many = (code: number): DhcpOption[] => new Array(400).fill([code, new Uint8Array(0)]);
  const zeros = new Uint8Array(255);
  return [
    ...[1, 6, 12, 52, 55, 119, 121, 254].map((code) => withMore(answer, ...many(code))),
    ...[43, 77, 82, 119, 120, 124, 125].map((code) => withMore(answer, [code, zeros])),
    withMore(answer, [43, Uint8Array.from({ length: 254 }, (_, index) => index % 2)]),
  ];
});

replayed("119 pointers that go round in circles", (answer) => {
  const chain = Uint8Array.from(
    { length: 254 },
    (_, index) => index % 2 === 0 ? 0xc0 : (index + 1) % 254,
  );
  const backwards = concat(
    [0],
    ...Array.from({ length: 120 }, (_, index) => [0xc0, index === 0 ? 0 : 2 * index - 1]),
  );
  return [
    Uint8Array.of(0xc0, 0),
    Uint8Array.of(0xc0, 2, 0xc0, 0),
    concat([1, 0x61], [0xc0, 0]),
    concat([1, 0x61, 0xc0, 6, 0], [0], [1, 0x62, 0xc0, 0]),
    chain,
    concat(backwards, [0xc0]),
    concat([4], utf8("evil"), [0xc0, 5]),
  ].map((list) => withMore(answer, [119, list]));
});
