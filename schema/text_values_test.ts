import assert from "node:assert/strict";
import fc from "fast-check";
import { HexBytes, PlainText, Uri } from "./text_values.ts";
import type { ValueType } from "./value_type.ts";
import { testValueType } from "./values_fixture.ts";

testValueType({
  type: PlainText,
  good: [
    ["pxelinux.0"],
    ["MSFT 5.0"],
    ["EST5EDT4,M3.2.0/02:00,M11.1.0/02:00"],
    ["<+0330>-3:30"],
    ["Europe/Berlin"],
    ["../../etc/passwd"], // harmless as text; whoever makes a path of it must look at it himself
    ["a=b (c) {d} [e] ~f^g @h %i *j !k #l ?m"],
    [" "],
    ["t".repeat(255)],
  ],
  bad: [
    "t".repeat(256),
    "$(reboot)",
    "`reboot`",
    "a; reboot",
    "a && reboot",
    "a | sh",
    "a\\nb",
    "a\nnameserver 192.0.2.66",
    "() { :;}; reboot",
    "it's",
    '"quoted"',
    "${IFS}",
    "\x1b[2J",
    "caf\xe9",
  ],
  own: " !#%()*+,<=>?@[]^{}~",
});

testValueType({
  type: Uri,
  good: [
    ["https://portal.example.org/api"],
    ["urn:ietf:params:capport:unrestricted"],
    ["http://192.0.2.1:8080/wpad.dat?a=b&c=d;e#f"],
    ["http://[2001:db8::1]/"],
    ["HTTP://EXAMPLE.org/%41~_-.!*+,@"],
    ["a+b-c.1:x"],
    ["u:" + "/".repeat(253)],
  ],
  bad: [
    "u:" + "/".repeat(254),
    "portal.example.org",
    "//portal.example.org/",
    "/etc/passwd",
    "https:",
    ":x",
    "1http://a",
    "+a:b",
    "ht tp://a",
    "http://a/b c",
    "http://a/'",
    "http://a/$(reboot)",
    "http://a/(b)",
    'http://a/"b"',
    "http://a/`b`",
    "http://a/<b>",
    "http://a/{b}",
    "http://a/b|c",
    "http://a/b\\c",
    "http://a/b^c",
    "http://a/\nnameserver 192.0.2.66",
    "http://b\xfccher.example/",
  ],
  own: "!#%&*+,;=?@[]~",
});

testValueType({
  type: HexBytes,
  good: [["00"], ["01020000000001"], ["0123456789abcdef"], ["ff".repeat(255)]],
  bad: [
    "0",
    "000",
    "ff".repeat(256),
    "FF",
    "0x00",
    "00:11",
    "00 11",
    "gg",
    "0g",
    "-1",
    "00\n",
  ],
});

/** The characters, of all 256, that `type` accepts between `before` and `after`. */
function accepted(type: ValueType<unknown>, before: string, after: string): string {
  return Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
    .filter((character) => type.parse(before + character + after).ok).join("");
}

/** Printable ASCII without some characters. */
function printableBut(others: string): string {
  return Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i))
    .filter((character) => !others.includes(character)).join("");
}

Deno.test("PlainText.parse() accepts printable ASCII but what a shell or a file could act on", () => {
  const expected = printableBut("\"'`\\$;&|");
  for (const [before, after] of [["", ""], ["a", ""], ["", "a"], ["a", "b"]]) {
    assert.equal(accepted(PlainText, before, after), expected);
  }
});

Deno.test("Uri.parse() accepts the characters of RFC 3986 §2 but quotes, dollar and parentheses", () => {
  const expected = printableBut(" \"'`\\$<>^{|}()");
  assert.equal(accepted(Uri, "a:", ""), expected);
  assert.equal(accepted(Uri, "a:b", "c"), expected);
});

Deno.test("Uri.parse() accepts in a scheme what RFC 3986 §3.1 has", () => {
  const expected = /[A-Za-z0-9+.:-]/; // a colon ends it
  for (const character of printableBut("")) {
    assert.equal(Uri.parse(`a${character}b:c`).ok, expected.test(character), character);
    assert.equal(Uri.parse(`${character}b:c`).ok, /[A-Za-z]/.test(character), character);
  }
});

Deno.test("HexBytes.parse() accepts any 1 to 255 bytes and nothing else of the same digits", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 255 });
  fc.assert(fc.property(bytes, (bytes) => {
    const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    assert.deepEqual(HexBytes.parse(text), { ok: true, value: text });
    assert.ok(!HexBytes.parse(text.slice(1)).ok);
  }));
});
