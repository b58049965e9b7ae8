import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { DROP_DHCP_COOKIE, DROP_DHCP_SHORT } from "./drops.ts";
import { Dhcp4Message, OptionIterator } from "./message.ts";
import { buildMessage, MAC, optionBytes, word, XID } from "./testing/messages.ts";

function open(bytes: Uint8Array): Dhcp4Message {
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, bytes.length), 0);
  return message;
}

/** All options as `code:hex`. */
function list(bytes: Uint8Array): string[] {
  const options = new OptionIterator();
  options.begin(open(bytes));
  const found: string[] = [];
  while (options.next()) {
    const data = bytes.subarray(options.at, options.at + options.length);
    found.push(`${options.code}:${[...data].join(".")}`);
  }
  assert.equal(options.next(), false, "the end stays the end");
  return found;
}

Deno.test("Dhcp4Message shows the fixed fields of RFC 2131 §2", () => {
  const bytes = buildMessage({ ciaddr: "192.0.2.8", siaddr: "192.0.2.9" });
  bytes.set([0x12, 0x34, 0x80, 0x01], 8);
  bytes.set(word("192.0.2.10"), 24);
  const message = open(bytes);
  assert.deepEqual([message.op, message.htype, message.hlen, message.xid], [2, 1, 6, XID]);
  assert.deepEqual([message.secs, message.flags], [0x1234, 0x8001]);
  assert.deepEqual([message.ciaddr, message.yiaddr], [0xc0000208, 0xc0000207]);
  assert.deepEqual([message.siaddr, message.giaddr], [0xc0000209, 0xc000020a]);
  assert.deepEqual([...bytes.subarray(message.chaddrAt, message.chaddrAt + 6)], [...MAC]);
});

Deno.test("Dhcp4Message.set() refuses a message without the cookie, or with less than 240 bytes", () => {
  const bytes = buildMessage({ tail: [] });
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, 240), 0);
  for (let length = 0; length < 240; length++) {
    assert.equal(message.set(bytes, 0, length), DROP_DHCP_SHORT);
  }
  assert.equal(message.set(bytes, 1, 240), DROP_DHCP_SHORT, "beyond the buffer");
  assert.equal(message.set(bytes, -1, 240), DROP_DHCP_SHORT, "before the buffer");
  bytes[239] ^= 1;
  assert.equal(message.set(bytes, 0, 240), DROP_DHCP_COOKIE);
});

Deno.test("OptionIterator.next() skips PAD and stops at END", () => {
  const options = [0, 0, 53, 1, 2, 0, 54, 0, 255, 51, 4, 1, 2, 3, 4];
  assert.deepEqual(list(buildMessage({ tail: options })), ["53:2", "54:"]);
});

Deno.test("OptionIterator.next() takes what is valid when the tail is corrupt", () => {
  for (const tail of [[], [51], [51, 4], [51, 4, 1, 2, 3], [51, 255, 1], [0, 0]]) {
    assert.deepEqual(list(buildMessage({ tail: [53, 1, 5, ...tail] })), ["53:5"]);
  }
});

Deno.test("OptionIterator.next() goes on to file, then sname, as option 52 says (RFC 2132 §9.3)", () => {
  const file = [...optionBytes([[6, [6]]]), 255, 9, 1, 9];
  const sname = optionBytes([[3, [3]]]);
  const overloaded = (value: number[]) =>
    list(buildMessage({ options: [[53, [2]], [52, value], [1, [1]]], file, sname }));
  assert.deepEqual(overloaded([1]), ["53:2", "52:1", "1:1", "6:6"]);
  assert.deepEqual(overloaded([2]), ["53:2", "52:2", "1:1", "3:3"]);
  assert.deepEqual(overloaded([3]), ["53:2", "52:3", "1:1", "6:6", "3:3"]);
  for (const value of [[0], [4], [255], [], [1, 1]]) {
    assert.deepEqual(overloaded(value).slice(2), ["1:1"], `option 52 of ${value}`);
  }
});

Deno.test("OptionIterator.next() does not obey option 52 in file or sname (CVE-2014-6060)", () => {
  const again = optionBytes([[52, [3]]]);
  const bytes = buildMessage({ options: [[52, [1]]], file: again, sname: again });
  assert.deepEqual(list(bytes), ["52:1", "52:3"]);
});

Deno.test("OptionIterator.next() goes on to file when the options field is corrupt", () => {
  const bytes = buildMessage({
    options: [[52, [1]]],
    tail: [51, 200],
    file: optionBytes([[6, [6]]]),
  });
  assert.deepEqual(list(bytes), ["52:1", "6:6"]);
});

Deno.test("OptionIterator.next() walks each area once, within its bounds, whatever the bytes are", () => {
  const bytes = fc.record({
    fixed: fc.uint8Array({ minLength: 192, maxLength: 192 }),
    options: fc.uint8Array({ maxLength: 100 }),
    overload: fc.option(fc.nat(4)),
  });
  fc.assert(fc.property(bytes, ({ fixed, options, overload }) => {
    const message = buildMessage({
      sname: fixed.subarray(0, 64),
      file: fixed.subarray(64),
      options: overload === null ? [] : [[52, [overload]]],
      tail: options,
    });
    const iterator = new OptionIterator();
    iterator.begin(open(message));
    const ends = new Map([[240, 240], [108, 108], [44, 44]]);
    while (iterator.next()) {
      const end = iterator.at + iterator.length;
      const area = iterator.at >= 240 ? 240 : iterator.at >= 108 ? 108 : 44;
      const last = { 240: message.length, 108: 236, 44: 108 }[area] ?? 0;
      assert.ok(iterator.at >= (ends.get(area) ?? 0) + 2, "goes forward");
      assert.ok(end <= last, "stays inside");
      ends.set(area, end);
    }
  }));
});
