import assert from "node:assert/strict";
import fc from "fast-check";
import { ascii, fromAscii, hex, ip } from "./sdk_fixture.ts";
import { equalsText, parseHexU32, parseMac, Text } from "./text.ts";

const read = (text: Text) => fromAscii(text.bytes.subarray(0, text.length));
const bytes = fc.uint8Array({ maxLength: 40 });

Deno.test("Text appends every kind of value", () => {
  const text = new Text(100).ascii("a ").decimal(0).ascii(" ").decimal(4294967295).ascii(" ")
    .hex(0xdeadbeef, 8).ascii(" ").hex(0x5f, 1).ascii(" ").ipv4(ip("255.0.20.1")).ascii(" ")
    .mac(hex("00 02 00 ab cd ef 01"), 1);
  assert.equal(read(text), "a 0 4294967295 deadbeef f 255.0.20.1 02:00:ab:cd:ef:01");
  assert.equal(text.truncated, false);
  assert.equal(read(text.clear()), "");
});

Deno.test("Text.decimal() writes what Number does for any u32", () => {
  fc.assert(fc.property(fc.nat(0xffffffff), (v) => {
    assert.equal(read(new Text(10).decimal(v)), String(v));
  }));
});

Deno.test("Text.printable() escapes what is not printable, and the backslash", () => {
  const text = new Text(100).printable(ascii("_a\x00\n\x1b~\x7f\xff\\ b_"), 1, 10);
  assert.equal(read(text), "a\\x00\\x0a\\x1b~\\x7f\\xff\\x5c b");
});

Deno.test("Text.printable() leaves out an escape that does not fit whole", () => {
  const text = new Text(8).printable(hex("61 00 62 00 63"), 0, 5);
  assert.equal(read(text), "a\\x00b");
  assert.equal(text.truncated, true);
});

Deno.test("Text keeps the beginning and sets truncated when the text is longer than it", () => {
  fc.assert(fc.property(fc.nat(30), fc.array(bytes, { maxLength: 4 }), (capacity, parts) => {
    const text = new Text(capacity);
    for (const part of parts) text.raw(part, 0, part.length);
    const whole = parts.map(fromAscii).join("");
    assert.equal(read(text), whole.slice(0, capacity));
    assert.equal(text.truncated, whole.length > capacity);
    assert.equal(text.clear().truncated, false);
  }));
});

Deno.test("Text.ascii() cuts off and sets truncated when the text is full", () => {
  const text = new Text(3).ascii("abcd");
  assert.equal(read(text), "abc");
  assert.equal(text.truncated, true);
  assert.equal(read(text.ascii("e")), "abc");
});

Deno.test("equalsText() is true only for the whole text", () => {
  assert.equal(equalsText(ascii("_up_"), 1, 2, "up"), true);
  assert.equal(equalsText(ascii("_up_"), 1, 3, "up"), false);
  assert.equal(equalsText(ascii("_up_"), 1, 1, "up"), false);
  assert.equal(equalsText(ascii("_uq_"), 1, 2, "up"), false);
});

Deno.test("parseMac() reads what Text.mac() writes", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (mac) => {
    const text = new Text(17).mac(mac, 0);
    const out = new Uint8Array(6);
    assert.equal(parseMac(text.bytes, 0, 17, out), true);
    assert.deepEqual(out, mac);
  }));
});

Deno.test("parseMac() refuses what is not a MAC address", () => {
  for (
    const bad of [
      "",
      "02:00:00:00:00:0",
      "02:00:00:00:00:001",
      "02-00-00-00-00-01",
      "0g:00:00:00:00:01",
      "02:00:00:00:00 01",
    ]
  ) assert.equal(parseMac(ascii(bad), 0, bad.length, new Uint8Array(6)), false, bad);
});

Deno.test("parseHexU32() reads what Text.hex() writes", () => {
  fc.assert(fc.property(fc.nat(0xffffffff), (v) => {
    const text = new Text(8).hex(v, 8);
    const out = new Uint32Array(2);
    assert.equal(parseHexU32(text.bytes, 0, 8, out, 1), true);
    assert.deepEqual([...out], [0, v]);
  }));
  const out = new Uint32Array(1);
  assert.equal(parseHexU32(ascii("_aBc_"), 1, 3, out, 0), true);
  assert.equal(out[0], 0xabc);
});

Deno.test("parseHexU32() refuses no digits, nine, or another character, and keeps out", () => {
  const out = Uint32Array.of(7);
  for (const bad of ["", "123456789", "12x4", "-1"]) {
    assert.equal(parseHexU32(ascii(bad), 0, bad.length, out, 0), false, bad);
  }
  assert.equal(out[0], 7);
});
