import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { HexBytes, PlainText, Uri } from "../../schema/text_values.ts";
import { DomainName, ServerName } from "../../schema/values.ts";
import { ascii, ip } from "../sdk/sdk_fixture.ts";
import { OptionTable } from "./option_table.ts";
import {
  readAddresses,
  readHex,
  readHostName,
  readSipServer,
  readText,
  readUri,
} from "./option_values.ts";
import type { Option } from "./testing/messages.ts";
import { word } from "./testing/messages.ts";
import { tableOf, textFrom } from "./testing/tables.ts";

type Reader = typeof readText;

/** The option's bytes, in parts of 255. */
function parts(code: number, bytes: Uint8Array): Option[] {
  const options: Option[] = [[code, bytes.subarray(0, 255)]];
  for (let at = 255; at < bytes.length; at += 255) {
    options.push([code, bytes.subarray(at, at + 255)]);
  }
  return options;
}

function read(reader: Reader, bytes: Uint8Array): string | null {
  return textFrom((out) => reader(tableOf(parts(66, bytes)), 66, out));
}

/** Bytes: anything, text of any characters, and text of many that are harmless. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.string({ unit: "binary-ascii", maxLength: 300 }).map(ascii),
  fc.stringMatching(/^[ -~]{0,30}$/).map(ascii),
  fc.stringMatching(/^[a-z]{0,5}:[!-~]{0,20}$/).map(ascii),
  fc.domain().map(ascii),
  fc.webUrl().map(ascii),
  fc.integer({ min: 250, max: 260 }).map((length) => new Uint8Array(length).fill(0x61)),
);
const nuls = fc.nat(2).map((count) => new Uint8Array(count));

Deno.test("readText(), readUri() and readHostName() give exactly what priv accepts", () => {
  const expect = (type: typeof PlainText | typeof Uri | typeof DomainName, text: string) => {
    const parsed = type.parse(text);
    return parsed.ok ? text : null;
  };
  fc.assert(
    fc.property(bytes, nuls, (bytes, nuls) => {
      const all = Uint8Array.from([...bytes, ...nuls]);
      const text = String.fromCharCode(...all).replace(/\0+$/, "");
      assert.equal(read(readText, all), expect(PlainText, text));
      assert.equal(read(readUri, all), expect(Uri, text));
      assert.equal(read(readHostName, all), expect(DomainName, text.replace(/\.$/, "")));
    }),
    { numRuns: 1000 },
  );
  for (let c = 0; c < 256; c++) {
    const [plain, uri] = [Uint8Array.of(0x61, c, 0x61), Uint8Array.of(0x61, 0x3a, c, 0x61)];
    assert.equal(read(readText, plain), expect(PlainText, String.fromCharCode(...plain)), `${c}`);
    assert.equal(read(readUri, uri), expect(Uri, String.fromCharCode(...uri)), `${c}`);
  }
});

Deno.test("readText() takes 255 bytes and no more", () => {
  const text = (length: number) => read(readText, new Uint8Array(length).fill(0x61));
  assert.equal(text(255), "a".repeat(255));
  assert.equal(text(256), null);
});

Deno.test("readText() does not let a shell's or a terminal's characters through", () => {
  for (const text of ["$(reboot)", "a;b", "a|b", "`a`", 'a"', "a\\n", "a\nb", "\x1b[2J", "a\0b"]) {
    assert.equal(read(readText, ascii(text)), null, JSON.stringify(text));
  }
});

Deno.test("readHostName() strips NULs and a final dot, and passes over what is no name", () => {
  assert.equal(read(readHostName, ascii("host\0\0")), "host");
  assert.equal(read(readHostName, ascii("host.lan.\0")), "host.lan");
  for (const text of ["", "\0", ".", "host name", "host\nname", "-host", "192.0.2.1", "a..b"]) {
    assert.equal(read(readHostName, ascii(text)), null, JSON.stringify(text));
  }
  const split: Option[] = [[12, []], [12, ascii("ho")], [12, ascii("st")]];
  assert.equal(textFrom((out) => readHostName(tableOf(split), 12, out)), "host");
});

Deno.test("readUri() takes the URN of a network without a portal (RFC 8910 §2)", () => {
  const urn = "urn:ietf:params:capport:unrestricted";
  assert.equal(read(readUri, ascii(urn)), urn);
});

Deno.test("readUri() wants a scheme that begins with a letter, and something after it", () => {
  assert.equal(read(readUri, ascii("a1+-.:b")), "a1+-.:b");
  for (const text of ["1a:b", "+a:b", ":b", "a:", "a", "", "//host/path", "a b:c"]) {
    assert.equal(read(readUri, ascii(text)), null, text);
  }
});

Deno.test("readHex() writes 1 to 255 bytes in lower case, NULs included", () => {
  assert.equal(read(readHex, Uint8Array.of(0xab, 0, 1, 0)), "ab000100");
  for (const length of [0, 1, 255, 256]) {
    const text = read(readHex, new Uint8Array(length).fill(0xcd));
    assert.equal(text, length >= 1 && length <= 255 ? "cd".repeat(length) : null);
    if (text !== null) assert.ok(HexBytes.parse(text).ok);
  }
});

Deno.test("readAddresses() passes over addresses that no host can have, and stops when full", () => {
  const addresses = (options: Option[], room = 4) => {
    const out = new Uint32Array(room);
    const count = readAddresses(tableOf(options), 42, out);
    assert.ok(count <= room);
    return [...out.subarray(0, count)];
  };
  const list = ["192.0.2.1", "0.0.0.0", "224.0.1.1", "192.0.2.2", "127.0.0.1", "192.0.2.3"];
  const good = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(ip);
  assert.deepEqual(addresses([[42, list.flatMap(word)]]), good);
  assert.deepEqual(addresses([[42, list.flatMap(word)]], 2), good.slice(0, 2));
  assert.deepEqual(addresses([[42, [...word("192.0.2.1"), 1]]]), []);
  assert.deepEqual(addresses([[42, []]]), []);
  assert.deepEqual(addresses([]), []);
});

function sipServers(data: ArrayLike<number>): string[] {
  const table: OptionTable = tableOf([[120, data]]);
  const list: string[] = [];
  for (let i = 0; i < 20; i++) {
    const text = textFrom((out) => readSipServer(table, i, out));
    if (text === null) break;
    list.push(text);
  }
  return list;
}

Deno.test("readSipServer() reads names (RFC 3361 §3.1) and addresses (§3.2)", () => {
  const sip = [3, ...ascii("sip"), 3, ...ascii("lan"), 0];
  assert.deepEqual(sipServers([0, ...sip, 1, 0x62, 0xc0, 4]), ["sip.lan", "b.lan"]);
  assert.deepEqual(
    sipServers([1, ...word("192.0.2.1"), ...word("0.0.0.0"), ...word("192.0.2.2")]),
    [
      "192.0.2.1",
      "192.0.2.2",
    ],
  );
  assert.deepEqual(sipServers([1, ...Array.from({ length: 12 }, () => word("192.0.2.1")).flat()]), [
    ...new Array(8).fill("192.0.2.1"),
  ]);
});

Deno.test("readSipServer() gives nothing when the option is malformed", () => {
  const sip = [3, ...ascii("sip"), 0];
  for (
    const data of [[], [0], [1], [2, ...sip], [1, 192, 0, 2], [0, 0xc0, 0], [0, 5, 0x61], [0, 0]]
  ) {
    assert.deepEqual(sipServers(data), [], `${data}`);
  }
  assert.deepEqual(sipServers([0, ...sip, 0xc0, 9]), ["sip"], "what came before is good");
});

Deno.test("readSipServer() gives only what priv accepts, whatever the bytes are", () => {
  const data = fc.tuple(fc.nat(2), fc.uint8Array({ maxLength: 60 }))
    .map(([encoding, rest]) => [encoding, ...rest]);
  fc.assert(fc.property(data, (data) => {
    for (const server of sipServers(data)) assert.ok(ServerName.parse(server).ok, server);
  }));
});
