import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { formatLine, NO_PREVIOUS, parseLine } from "./line.ts";
import { sha256 } from "./sha256.ts";

const PLACE = { seq: 7, timeMs: 1_700_000_000_123, prev: NO_PREVIOUS };

Deno.test("formatLine() writes the members in their order, and nothing for what is not said", () => {
  const event = { actor: "priv", action: "link-up", interface: "eth0", result: "ok" } as const;
  assert.equal(
    formatLine(event, PLACE),
    `{"seq":7,"time":"2023-11-14T22:13:20.123Z","actor":"priv","interface":"eth0",` +
      `"action":"link-up","result":"ok","prev":"${NO_PREVIOUS}"}`,
  );
  const change = { actor: "operator uid=0 pid=9", action: "write", key: "/request" } as const;
  assert.match(
    formatLine({ ...change, old: null, new: "renew", result: "denied", detail: "no" }, PLACE),
    /"action":"write","key":"\/request","old":null,"new":"renew","result":"denied","detail":"no","prev"/,
  );
});

Deno.test("formatLine() makes one line of printable ASCII of a bounded length of any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) => {
    const event = { actor: "calf:dhcp4", action: "write", key: text, new: text } as const;
    const line = formatLine({ ...event, result: "ok", detail: text }, PLACE);
    assert.match(line, /^[\x20-\x7e]{1,16000}$/);
    const read = parseLine(line);
    assert.equal(read?.new, text.length <= 512 ? text : `${text.slice(0, 512)}...`);
    assert.equal(read?.prev, NO_PREVIOUS);
  }));
});

Deno.test("parseLine() is null for what is no line of an audit log", () => {
  const good = formatLine({ actor: "priv", action: "link-up", result: "ok" }, PLACE);
  assert.notEqual(parseLine(good), null);
  for (const bad of ["", "{", "null", "[]", "{}", good.slice(1), good.replace("link-up", "fly")]) {
    assert.equal(parseLine(bad), null, bad);
  }
  assert.equal(parseLine(good.replace(":7,", ':"7",')), null);
});

Deno.test("sha256() is the SHA-256 of FIPS 180-4, of text as of bytes", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(sha256("abc"), abc);
  assert.equal(sha256(new TextEncoder().encode("abc")), abc);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assert.equal(sha256(bytes), createHash("sha256").update(bytes).digest("hex"));
  }));
});
