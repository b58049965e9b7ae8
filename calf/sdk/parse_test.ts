import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { parseCidr, parseDecimal, parseHexBytes, parseIpv4, parseSeconds } from "./parse.ts";
import { ascii, fromAscii, ip } from "./sdk_fixture.ts";
import { Text } from "./text.ts";

type Parser = (buf: Uint8Array, at: i32, len: i32, out: Uint32Array, outAt: i32) => bool;

/** What a parser reads from the middle of a buffer; null, and nothing written, when it refuses. */
function read(parser: Parser, text: string, numbers: number): number[] | null {
  const buf = ascii(`9${text}9`);
  const out = new Uint32Array(numbers + 2).fill(0xdead);
  const ok = parser(buf, 1, text.length, out, 1);
  assert.equal(out[0], 0xdead);
  assert.equal(out[numbers + 1], 0xdead);
  const result = [...out.subarray(1, numbers + 1)];
  if (!ok) assert.deepEqual(result, new Array(numbers).fill(0xdead));
  return ok ? result : null;
}

/** Texts that are nearly what a parser wants. */
const digits = fc.stringMatching(/^[0-9]{0,12}$/);
const quads = fc.array(fc.oneof(fc.nat(300).map(String), digits), { maxLength: 5 })
  .map((octets) => octets.join("."));

Deno.test("parseDecimal() reads what Text.decimal() writes, and nothing else", () => {
  fc.assert(fc.property(fc.nat(0xffffffff), (value) => {
    const text = new Text(10).decimal(value);
    assert.deepEqual(read(parseDecimal, fromAscii(text.bytes.slice(0, text.length)), 1), [value]);
  }));
  fc.assert(fc.property(fc.oneof(digits, fc.string()), (text) => {
    const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : NaN;
    assert.deepEqual(read(parseDecimal, text, 1), value <= 0xffffffff ? [value] : null);
  }));
  assert.deepEqual(read(parseDecimal, "4294967295", 1), [0xffffffff]);
  for (const text of ["", "4294967296", "42949672950", "01", "-1", "1 ", "1a"]) {
    assert.equal(read(parseDecimal, text, 1), null, text);
  }
});

Deno.test("parseSeconds() reads `infinite` in this form only", () => {
  assert.deepEqual(read(parseSeconds, "infinite", 1), [0xffffffff]);
  assert.deepEqual(read(parseSeconds, "4294967294", 1), [0xfffffffe]);
  for (const text of ["4294967295", "Infinite", "", "infinit"]) {
    assert.equal(read(parseSeconds, text, 1), null, text);
  }
});

Deno.test("parseIpv4() reads dotted quads and nothing else", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => {
    assert.deepEqual(read(parseIpv4, text, 1), [ip(text)]);
  }));
  fc.assert(fc.property(quads, (text) => {
    const octet = "(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
    const good = new RegExp(`^${octet}(\\.${octet}){3}$`).test(text);
    assert.deepEqual(read(parseIpv4, text, 1), good ? [ip(text)] : null);
  }));
  for (const text of ["", "1.2.3", "1.2.3.", "1.2.3.4.", ".1.2.3", "1..2.3", "1.2.3.4 "]) {
    assert.equal(read(parseIpv4, text, 1), null, text);
  }
});

Deno.test("parseCidr() reads an address and 1 to 32", () => {
  fc.assert(fc.property(fc.ipV4(), fc.nat(40), (address, bits) => {
    const expected = bits >= 1 && bits <= 32 ? [ip(address), bits] : null;
    assert.deepEqual(read(parseCidr, `${address}/${bits}`, 2), expected);
  }));
  for (const text of ["", "/", "192.0.2.7", "192.0.2.7/", "/24", "192.0.2/24", "192.0.2.7/024"]) {
    assert.equal(read(parseCidr, text, 2), null, text);
  }
});

Deno.test("parseHexBytes() reads pairs of digits into a buffer that takes them", () => {
  const bytes = (text: string, room: number) => {
    const out = new Uint8Array(room).fill(0xee);
    const count = parseHexBytes(ascii(`0${text}0`), 1, text.length, out);
    assert.ok(out.subarray(Math.max(count, 0)).every((byte) => byte === 0xee), "nothing after");
    return count < 0 ? null : [...out.subarray(0, count)];
  };
  assert.deepEqual(bytes("0102abCD", 4), [1, 2, 0xab, 0xcd]);
  assert.deepEqual(bytes("ff", 4), [255]);
  for (const text of ["", "0", "012", "0g", "g0", "0102030405", " 01"]) {
    assert.equal(bytes(text, 4), null, text);
  }
});
