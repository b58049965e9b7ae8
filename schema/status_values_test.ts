import assert from "node:assert/strict";
import { Count, LineText, Sha256, Timestamp } from "./status_values.ts";
import type { ValueType } from "./value_type.ts";

function accepts(type: ValueType<unknown>, texts: readonly string[]): void {
  for (const text of texts) {
    const parsed = type.parse(text);
    assert.ok(parsed.ok, `${type.name} refuses ${text}`);
    assert.equal(type.format(parsed.value), text);
  }
}

function refuses(type: ValueType<unknown>, texts: readonly string[]): void {
  for (const text of texts) assert.ok(!type.parse(text).ok, `${type.name} accepts ${text}`);
}

Deno.test("Count takes whole numbers that JavaScript can tell apart", () => {
  accepts(Count, ["0", "1", "9007199254740991"]);
  refuses(Count, ["", "-1", "01", "1.5", "1e3", "9007199254740992", "99999999999999999", " 1"]);
});

Deno.test("Timestamp takes what Date.prototype.toISOString() writes, and no other form", () => {
  accepts(Timestamp, [new Date(0).toISOString(), "2026-02-28T23:59:59.999Z"]);
  refuses(Timestamp, ["2026-13-01T00:00:00.000Z", "2026-01-01T00:00:00Z", "2026-01-01", "now"]);
});

Deno.test("LineText takes any printable line and no other", () => {
  accepts(LineText, ["x", `"'$;&|\\\``, "y".repeat(512)]);
  refuses(LineText, ["", "a\nb", "\x1b[0m", "é", "y".repeat(513)]);
});

Deno.test("Sha256 takes 64 hexadecimal digits", () => {
  accepts(Sha256, ["0123456789abcdef".repeat(4)]);
  refuses(Sha256, ["0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64)]);
});
