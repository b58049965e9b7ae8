import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { DomainName } from "../../schema/values.ts";
import { ascii, hex } from "../sdk/sdk_fixture.ts";
import { Text } from "../sdk/text.ts";
import { MAX_FQDN_LENGTH, readFqdn, writeFqdn } from "./fqdn.ts";
import { FQDN_BOTH, FQDN_NONE, FQDN_PTR } from "./settings.ts";
import type { Option } from "./testing/messages.ts";
import { tableOf, textFrom } from "./testing/tables.ts";

function nameIn(data: ArrayLike<number>): string | null {
  const bytes = Array.from(data);
  const options: Option[] = [[81, bytes.slice(0, 255)]];
  if (bytes.length > 255) options.push([81, bytes.slice(255)]);
  return textFrom((out) => readFqdn(tableOf(options), out));
}

Deno.test("readFqdn() reads the wire format, whole or a part, whatever the other flags", () => {
  const name = "04686f7374 036c616e";
  for (const flags of ["04", "05", "06", "07", "0c", "f4"]) {
    assert.equal(nameIn(hex(`${flags} ffff ${name} 00`)), "host.lan", flags);
  }
  assert.equal(nameIn(hex(`040000 ${name}`)), "host.lan");
  assert.equal(nameIn(hex(`040000 04686f7374`)), "host");
});

Deno.test("readFqdn() reads the deprecated form (RFC 4702 §2.3.1)", () => {
  assert.equal(nameIn([0, 0, 0, ...ascii("host.lan")]), "host.lan");
  assert.equal(nameIn([1, 255, 255, ...ascii("host.lan.\0")]), "host.lan");
});

Deno.test("readFqdn() takes a malformed option for an absent one", () => {
  const bad = {
    "no name": "040000",
    "too short": "0400",
    "nothing": "",
    "the root": "040000 00",
    "label past the end": "040000 05686f7374",
    "pointer": "040000 04686f7374 c000",
    "something after the root": "040000 04686f7374 00 00",
    "dots alone": "000000 2e2e",
    "NUL in a label": "040000 03680074 00",
    "not a name": "000000 686f737420",
    "digits": "000000 3139322e302e322e31",
  };
  for (const [what, text] of Object.entries(bad)) assert.equal(nameIn(hex(text)), null, what);
  const label = [63, ...new Array(63).fill(0x61)];
  assert.equal(
    nameIn([4, 0, 0, ...label, ...label, ...label, ...label, 0]),
    null,
    "255 characters",
  );
  assert.equal(
    nameIn([4, 0, 0, ...label, ...label, ...label, 61, ...new Array(61).fill(0x61), 0])
      ?.length,
    253,
  );
});

Deno.test("readFqdn() does not shorten a name that is too long for its place", () => {
  const table = tableOf([[81, [4, 0, 0, ...new Array(120).fill([1, 0x61]).flat()]]]);
  assert.equal(readFqdn(table, new Text(253)), true);
  const longer = tableOf([[81, [4, 0, 0, ...new Array(126).fill([1, 0x61]).flat()]], [81, [
    ...new Array(3).fill([1, 0x61]).flat(),
  ]]]);
  assert.equal(readFqdn(longer, new Text(253)), false);
});

Deno.test("readFqdn() gives what priv accepts or nothing, whatever the bytes are", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), fc.boolean(), (bytes, encoded) => {
    const name = nameIn([encoded ? 4 : 0, 0, 0, ...bytes]);
    if (name !== null) assert.ok(DomainName.parse(name).ok, name);
  }));
});

Deno.test("readFqdn() reads what writeFqdn() writes", () => {
  const names = fc.oneof(
    fc.domain(),
    fc.stringMatching(/^[a-z]{1,63}$/),
    fc.array(fc.stringMatching(/^[a-z]{1,63}$/), { minLength: 1, maxLength: 4 })
      .map((labels) => labels.join(".").slice(0, 253).replace(/\.$/, "")),
  ).filter((name) => DomainName.parse(name).ok);
  const mode = fc.constantFrom(FQDN_NONE, FQDN_PTR, FQDN_BOTH);
  fc.assert(fc.property(names, mode, (name, mode) => {
    const out = new Uint8Array(MAX_FQDN_LENGTH + 1).fill(0xee);
    const length = writeFqdn(new Text(253).ascii(name), mode, out);
    assert.ok(out.subarray(length).every((byte) => byte === 0xee), "nothing after");
    assert.equal(nameIn(out.subarray(0, length)), name);
  }));
  const longest = new Text(253).ascii(`${"a".repeat(63)}.`.repeat(3) + "a".repeat(61));
  assert.equal(writeFqdn(longest, FQDN_BOTH, new Uint8Array(MAX_FQDN_LENGTH)), MAX_FQDN_LENGTH);
});
