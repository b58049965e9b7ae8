import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ascii, fromAscii, hex } from "../sdk/sdk_fixture.ts";
import { Text } from "../sdk/text.ts";
import { DomainName, DomainNameList } from "../../schema/values.ts";
import { isDomainName, MAX_NAME_LENGTH, readDomainName, readSearchList } from "./domain.ts";
import { MAX_SEARCH_LENGTH } from "./options.ts";

function textOf(text: Text): string {
  assert.equal(text.truncated, false);
  return fromAscii(text.bytes.subarray(0, text.length));
}

function domainOf(bytes: Uint8Array): { ok: boolean; domain: string; search: string } {
  const domain = new Text(MAX_NAME_LENGTH);
  const search = new Text(MAX_SEARCH_LENGTH);
  const ok = readDomainName(bytes, 0, bytes.length, domain, search);
  return { ok, domain: textOf(domain), search: textOf(search) };
}

function searchOf(bytes: Uint8Array): string | null {
  const search = new Text(MAX_SEARCH_LENGTH);
  const ok = readSearchList(bytes, 0, bytes.length, new Text(MAX_NAME_LENGTH), search);
  assert.equal(ok, search.length > 0);
  return ok ? textOf(search) : null;
}

/** Names as option 119 has them, without compression. */
function encodeNames(names: string[]): Uint8Array {
  return Uint8Array.from(names.flatMap((name) => [
    ...name.split(".").flatMap((label) => [label.length, ...ascii(label)]),
    0,
  ]));
}

const nameText = fc.oneof(
  fc.domain(),
  fc.stringMatching(/^[a-zA-Z0-9._ -]{0,40}$/),
  fc.string({ maxLength: 300 }),
);

Deno.test("isDomainName() accepts exactly what priv accepts", () => {
  fc.assert(fc.property(nameText, (name) => {
    const latin = [...name].filter((char) => char.charCodeAt(0) < 256).join("");
    const bytes = ascii(latin);
    assert.equal(isDomainName(bytes, 0, bytes.length), DomainName.parse(latin).ok, latin);
  }));
  for (
    const label of ["a".repeat(63), "a".repeat(64), "-a", "a-", "_dmarc", "1", "1.a", "a.1", ""]
  ) {
    const bytes = ascii(label);
    assert.equal(isDomainName(bytes, 0, bytes.length), DomainName.parse(label).ok, label);
  }
});

Deno.test("readDomainName() strips trailing NULs and the final dot", () => {
  const expected = { ok: true, domain: "example.org", search: "" };
  assert.deepEqual(domainOf(ascii("example.org")), expected);
  assert.deepEqual(domainOf(ascii("example.org\0\0")), expected);
  assert.deepEqual(domainOf(ascii("example.org.")), expected);
  assert.deepEqual(domainOf(ascii("example.org.\0")), expected);
});

Deno.test("readDomainName() takes the first of several names, and all of them for the search", () => {
  assert.deepEqual(domainOf(ascii(" lan  example.org. corp\0")), {
    ok: true,
    domain: "lan",
    search: "lan example.org corp",
  });
});

Deno.test("readDomainName() ignores the option when a name is bad", () => {
  const none = { ok: false, domain: "", search: "" };
  for (const text of ["", "\0", " ", ".", "lan\nnameserver 192.0.2.9", "a\0b", "lan -x", "a..b"]) {
    assert.deepEqual(domainOf(ascii(text)), none, JSON.stringify(text));
  }
});

Deno.test("readSearchList() follows pointers that go back (RFC 3397 §2)", () => {
  const bytes = hex(`
    03 656e67 05 6170706c65 03 636f6d 00  # eng.apple.com at 0
    09 6d61726b6574696e67 c004            # marketing + apple.com at 4
    c000                                  # eng.apple.com again`);
  assert.equal(searchOf(bytes), "eng.apple.com marketing.apple.com eng.apple.com");
});

Deno.test("readSearchList() ignores the option when a pointer or a length is wrong", () => {
  const bad = {
    "pointer to itself": "c000",
    "pointer forward": "c003 00 01 61 00",
    "pointer out of range": "01 61 c0ff",
    "pointer into its own name": "01 61 c000",
    "loop of two": "01 61 c003 01 62 c000",
    "half a pointer": "01 61 00 c0",
    "label past the end": "05 61 62",
    "label type 01": "41 61 00",
    "label type 10": "81 61 00",
    "no end": "03 6c616e",
    "dot in a label": "03 612e62 00",
    "line end in a label": "03 610a62 00",
  };
  for (const [what, text] of Object.entries(bad)) assert.equal(searchOf(hex(text)), null, what);
});

Deno.test("readSearchList() is not led round in circles by the bytes of a pointer", () => {
  // Names up to 259, one of them at 193; at 259 a pointer to it, c0c1; at 261 the name "aaaa".
  const bytes = hex(`02616100 ${"016100".repeat(85)} c0c1 046161616100`);
  assert.equal(searchOf(bytes)?.split(" ").length, 16);
  // A pointer to 260, where c104 is a pointer to itself.
  assert.equal(searchOf(Uint8Array.of(...bytes, 0xc1, 0x04)), null);
});

Deno.test("readSearchList() ignores the option when a name is longer than 253 characters", () => {
  const label = "a".repeat(63);
  const longest = [label, label, label, "a".repeat(61)].join(".");
  assert.equal(longest.length, 253);
  assert.equal(searchOf(encodeNames([longest])), longest);
  assert.equal(searchOf(encodeNames([longest + "a"])), null);
  // Built up by pointers: each name is the one before with a label in front.
  const bytes = [...encodeNames([label])];
  for (let at = 0, i = 0; i < 4; i++) {
    const next = bytes.length;
    bytes.push(63, ...ascii(label), 0xc0 | (at >> 8), at & 255);
    at = next;
  }
  assert.equal(searchOf(Uint8Array.from(bytes)), null);
});

Deno.test("readSearchList() keeps at most 16 names, and only whole ones", () => {
  const many = Array.from({ length: 20 }, (_, i) => `d${i}`);
  assert.equal(searchOf(encodeNames(many)), many.slice(0, 16).join(" "));
  const long = Array.from({ length: 9 }, (_, i) => `${"x".repeat(60)}${i}.org`);
  assert.equal(searchOf(encodeNames(long)), long.slice(0, 7).join(" "));
});

Deno.test("readSearchList() is the inverse of encoding", () => {
  const names = fc.array(fc.domain().filter((name) => name.length < 100), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(fc.property(names, (names) => {
    assert.equal(searchOf(encodeNames(names)), names.join(" "));
  }));
});

Deno.test("readSearchList() and readDomainName() give what priv accepts, or nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const search = searchOf(bytes);
    if (search !== null) assert.equal(DomainNameList.parse(search).ok, true, search);
    const text = domainOf(bytes);
    if (text.ok) assert.equal(DomainName.parse(text.domain).ok, true);
    if (text.search !== "") assert.equal(DomainNameList.parse(text.search).ok, true);
  }));
});
