import assert from "node:assert/strict";
import fc from "fast-check";
import type { ValueType } from "./value_type.ts";
import {
  DomainName,
  DomainNameList,
  INFINITE_SECONDS,
  Ipv4Address,
  Ipv4Broadcast,
  Ipv4Cidr,
  MacAddress,
  Mtu,
  Seconds,
  Seed,
} from "./values.ts";
import { ClientState, LinkStatus } from "./word_values.ts";

/** What no type may accept, whatever it is put beside. */
const POISON = [
  "\n",
  "\r",
  "\0",
  "\t",
  "\x7f",
  "\x80",
  "é",
  "\u2028",
  ";",
  "#",
  '"',
  "'",
  "$",
  "`",
];
const POISONS_BEFORE_AND_AFTER = [...POISON, " ", "\\", "|", "&"];

const label63 = "a".repeat(63);
const name253 = [label63, label63, label63, "a".repeat(61)].join(".");

interface Table {
  type: ValueType<unknown>;
  /** Text and, where it differs, its canonical form. */
  good: [string, string?][];
  bad: string[];
}

const TABLES: Table[] = [
  {
    type: Ipv4Address,
    good: [["192.0.2.1"], ["1.0.0.0"], ["10.0.0.255"], ["126.255.255.255"], ["128.0.0.1"], [
      "223.255.255.255",
    ], ["240.0.0.1"]],
    bad: [
      "0.0.0.0",
      "0.1.2.3",
      "127.0.0.1",
      "224.0.0.1",
      "239.255.255.255",
      "255.255.255.255",
      "192.0.2",
      "192.0.2.1.1",
      "192.0.2.256",
      "192.0.02.1",
      "0300.0.2.1",
      "0xc0.0.2.1",
      "192.0.2.",
      ".192.0.2",
      "192..2.1",
      "+192.0.2.1",
      "-1.0.2.1",
      "192.0.2.1e0",
      "3221225985",
      "192.0.2.1/24",
      "::1",
      "192.0.2.1.",
    ],
  },
  {
    type: Ipv4Broadcast,
    good: [["192.0.2.255"], ["255.255.255.255"]],
    bad: ["0.0.0.0", "224.0.0.1", "127.255.255.255", "192.0.2.0255", "255.255.255.256"],
  },
  {
    type: Ipv4Cidr,
    good: [
      ["192.0.2.7/24"],
      ["10.0.0.1/8"],
      ["192.0.2.0/31"],
      ["192.0.2.1/31"],
      ["192.0.2.255/32"],
      ["192.0.2.1/30"],
      ["192.0.2.2/30"],
      ["64.0.0.1/1"],
    ],
    bad: [
      "192.0.2.7",
      "192.0.2.7/",
      "192.0.2.7/0",
      "192.0.2.7/33",
      "192.0.2.7/024",
      "192.0.2.7/-1",
      "192.0.2.7/2 4",
      "192.0.2.7/24/24",
      "192.0.2.7/255.255.255.0",
      "192.0.2.0/24",
      "192.0.2.255/24",
      "192.0.2.0/30",
      "192.0.2.3/30",
      "128.0.0.0/1",
      "0.0.0.0/32",
      "127.0.0.1/8",
      "224.0.0.1/24",
      "255.255.255.255/32",
      "/24",
    ],
  },
  {
    type: Mtu,
    good: [["576"], ["1500"], ["65535"]],
    bad: [
      "575",
      "0",
      "65536",
      "01500",
      "1500.0",
      "1e3",
      "-1500",
      "+1500",
      "0x5dc",
      "99999999999999",
    ],
  },
  {
    type: DomainName,
    good: [
      ["example.org"],
      ["EXAMPLE.Org", "example.org"],
      ["lan"],
      ["a"],
      ["xn--bcher-kva.example"],
      ["_tcp.example.org"],
      ["corp_net.example"],
      ["3com.example"],
      ["1.2.3.a4"],
      [label63],
      [name253],
    ],
    bad: [
      ".",
      ".org",
      "example.org.",
      "a..b",
      "-a.org",
      "a-.org",
      "a.-org",
      "a b",
      "a/b",
      "a@b",
      "*.org",
      "127.0.0.1",
      "1",
      "example.123",
      label63 + "a",
      name253 + "a",
      "a".repeat(513),
      "example.org\nnameserver 192.0.2.66",
      "$(reboot)",
      "..",
      "../etc",
    ],
  },
  {
    type: DomainNameList,
    good: [
      ["example.org"],
      ["Example.org corp.example.org", "example.org corp.example.org"],
      [Array(16).fill("a").join(" ")],
    ],
    bad: [
      "a  b",
      " a",
      "a ",
      "a\tb",
      "a,b",
      "a\nb",
      "a -b",
      Array(17).fill("a").join(" "),
      Array(9).fill(label63).join(" "),
    ],
  },
  {
    type: MacAddress,
    good: [["02:00:00:00:00:01"], ["FE:DC:BA:98:76:54", "fe:dc:ba:98:76:54"]],
    bad: [
      "00:00:00:00:00:00",
      "ff:ff:ff:ff:ff:ff",
      "01:00:5e:00:00:01",
      "02:00:00:00:00",
      "02:00:00:00:00:01:02",
      "2:0:0:0:0:1",
      "02-00-00-00-00-01",
      "020000000001",
      "02:00:00:00:00:0g",
    ],
  },
  {
    type: Seed,
    good: [["000102030405060708090a0b0c0d0e0f"]],
    bad: ["000102030405060708090A0B0C0D0E0F", "00", "0".repeat(31), "0".repeat(33), "g".repeat(32)],
  },
  {
    type: Seconds,
    good: [["1"], ["3600"], ["4294967294"], ["infinite"]],
    bad: ["0", "4294967295", "4294967296", "-1", "01", "1.5", "Infinity", "INFINITE", "1e3", "1s"],
  },
  { type: LinkStatus, good: [["up"], ["down"]], bad: ["UP", "upp", "1", "true"] },
  {
    type: ClientState,
    good: [["INIT"], ["SELECTING"], ["REQUESTING"], ["BOUND"], ["RENEWING"], ["REBINDING"], [
      "INIT-REBOOT",
    ], ["REBOOTING"]],
    bad: ["init", "BOUND2", "INIT_REBOOT", "__proto__", "length", "0"],
  },
];

for (const { type, good, bad } of TABLES) {
  Deno.test(`${type.name}.parse() accepts good text and format() gives its canonical form`, () => {
    for (const [text, canonical = text] of good) {
      const parsed = type.parse(text);
      assert.ok(parsed.ok, `${type.name} ${text}`);
      assert.equal(type.format(parsed.value), canonical);
      assert.deepEqual(type.parse(canonical), parsed);
      assert.deepEqual(type.parse(new TextEncoder().encode(text)), parsed, "as bytes");
    }
  });

  Deno.test(`${type.name}.parse() refuses bad text with a reason that does not repeat it`, () => {
    for (const text of ["", ...bad]) {
      const parsed = type.parse(text);
      assert.ok(!parsed.ok, `${type.name} must refuse ${JSON.stringify(text)}`);
      assert.match(parsed.reason, /^[\x20-\x7e]+$/);
      if (text.length > 9) assert.ok(!parsed.reason.includes(text));
    }
  });

  Deno.test(`${type.name}.parse() refuses line ends, NUL, quotes and shell words around good text`, () => {
    for (const [text] of good) {
      for (const poison of POISONS_BEFORE_AND_AFTER) {
        assert.ok(!type.parse(text + poison).ok, JSON.stringify(text + poison));
        assert.ok(!type.parse(poison + text).ok, JSON.stringify(poison + text));
      }
      for (const poison of POISON) {
        const middle = text.slice(0, 1) + poison + text.slice(1);
        assert.ok(!type.parse(middle).ok, JSON.stringify(middle));
      }
    }
  });

  Deno.test(`${type.name}.parse() gives only canonical words for arbitrary text`, () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789abAB.:/- _\n", "\0") });
    const changed = fc.tuple(fc.constantFrom(...good.map(([text]) => text)), fc.nat(), fc.string())
      .map(([text, at, other]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + other + text.slice(cut + other.length);
      });
    fc.assert(fc.property(fc.oneof(nearly, fc.string(), changed), (text) => {
      const parsed = type.parse(text);
      if (!parsed.ok) return;
      const canonical = type.format(parsed.value);
      assert.match(canonical, /^[A-Za-z0-9_.:/-]+( [A-Za-z0-9_.-]+)*$/);
      assert.deepEqual(type.parse(canonical), parsed);
    }));
  });
}

Deno.test("Ipv4Address.parse() refuses the bytes of a UTF-8 digit that looks like ASCII", () => {
  assert.ok(!Ipv4Address.parse(new TextEncoder().encode("192.0.2.\uff11")).ok);
  assert.ok(!Ipv4Address.parse("192.0.2.\uff11").ok);
});

Deno.test("Ipv4Cidr.parse() gives address and prefix length", () => {
  assert.deepEqual(Ipv4Cidr.parse("192.0.2.7/24"), {
    ok: true,
    value: { address: "192.0.2.7", prefixLength: 24 },
  });
});

Deno.test("Seconds.parse() gives INFINITE_SECONDS for infinite (RFC 2131 §3.3)", () => {
  assert.deepEqual(Seconds.parse("infinite"), { ok: true, value: INFINITE_SECONDS });
  assert.equal(Seconds.format(INFINITE_SECONDS), "infinite");
});

Deno.test("Ipv4Cidr.parse() agrees with arithmetic on 32 bits for every address and prefix", () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.integer({ min: 1, max: 32 }), (address, prefix) => {
    const quad = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
    const mask = prefix === 32 ? 0 : 0xffffffff >>> prefix;
    const host = (address & mask) >>> 0;
    const expected = Ipv4Address.parse(quad).ok && (prefix > 30 || (host !== 0 && host !== mask));
    assert.equal(Ipv4Cidr.parse(`${quad}/${prefix}`).ok, expected, `${quad}/${prefix}`);
  }));
});
