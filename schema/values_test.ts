import assert from "node:assert/strict";
import fc from "fast-check";
import { testValueType, type ValueCases } from "./values_fixture.ts";
import {
  DomainName,
  DomainNameList,
  INFINITE_SECONDS,
  Ipv4Address,
  Ipv4Broadcast,
  Ipv4Cidr,
  Ipv4Route,
  MacAddress,
  Mtu,
  OptionCodes,
  Seconds,
  Seed,
  ServerName,
} from "./values.ts";

const label63 = "a".repeat(63);
const name253 = [label63, label63, label63, "a".repeat(61)].join(".");

const CASES: ValueCases[] = [
  {
    type: OptionCodes,
    good: [["1"], ["254"], ["54 1 3"], [new Array(16).fill("254").join(" ")]],
    bad: [
      "0",
      "255",
      "01",
      "1  3",
      "1,3",
      "1 ",
      " 1",
      "x",
      "-1",
      new Array(17).fill("1").join(" "),
    ],
  },
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
  {
    type: Ipv4Route,
    good: [
      ["10.0.0.0/8 192.0.2.1"],
      ["0.0.0.0/0 192.0.2.1"],
      ["0.0.0.0/0 0.0.0.0"],
      ["198.51.100.7/32 0.0.0.0"],
      ["198.51.100.128/25 198.51.100.1"],
      ["128.0.0.0/1 192.0.2.1"],
      ["240.0.0.0/4 192.0.2.1"],
      ["169.254.169.254/32 192.0.2.1"],
      ["0.0.0.0/1 192.0.2.1"],
    ],
    bad: [
      "10.0.0.0/8",
      "10.0.0.0 192.0.2.1",
      "10.0.0.0/8 ",
      "10.0.0.0/8  192.0.2.1",
      "10.0.0.0/8\t192.0.2.1",
      "10.0.0.0/8 192.0.2.1 metric 1",
      "10.0.0.0/8 via 192.0.2.1",
      "10.0.0.0/8 192.0.2.1/24",
      "10.0.0.1/8 192.0.2.1",
      "10.128.0.0/8 192.0.2.1",
      "198.51.100.129/25 192.0.2.1",
      "0.0.0.1/0 192.0.2.1",
      "128.0.0.0/0 192.0.2.1",
      "10.0.0.0/33 192.0.2.1",
      "10.0.0.0/-1 192.0.2.1",
      "10.0.0.0/08 192.0.2.1",
      "10.0.0.0/ 192.0.2.1",
      "10.0.0/8 192.0.2.1",
      "010.0.0.0/8 192.0.2.1",
      "10.0.0.0/8 192.0.2",
      "10.0.0.0/8 192.0.2.256",
      "10.0.0.0/8 127.0.0.1",
      "10.0.0.0/8 224.0.0.1",
      "10.0.0.0/8 255.255.255.255",
      "10.0.0.0/8 0.0.0.1",
      "127.0.0.0/8 192.0.2.1",
      "127.0.0.1/32 0.0.0.0",
      "224.0.0.0/4 192.0.2.1",
      "239.255.255.250/32 192.0.2.1",
      "default 192.0.2.1",
      "::/0 ::1",
    ],
  },
  {
    type: ServerName,
    good: [["192.0.2.9"], ["sip.example.org"], ["SIP.Example.org", "sip.example.org"], [name253]],
    bad: [
      "127.0.0.1",
      "0.0.0.0",
      "224.0.0.1",
      "192.0.2",
      "192.0.2.9:5060",
      "sip:sip.example.org",
      "sip.example.org.",
      "sip.example.org,b",
      "a b",
      name253 + "a",
    ],
  },
];

for (const cases of CASES) testValueType(cases);

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

Deno.test("Ipv4Route.parse() gives destination and next hop, null when it is on the link", () => {
  assert.deepEqual(Ipv4Route.parse("10.0.0.0/8 192.0.2.1"), {
    ok: true,
    value: { destination: "10.0.0.0/8", nextHop: "192.0.2.1" },
  });
  assert.deepEqual(Ipv4Route.parse("10.0.0.0/8 0.0.0.0"), {
    ok: true,
    value: { destination: "10.0.0.0/8", nextHop: null },
  });
});

Deno.test("Ipv4Route.parse() agrees with arithmetic on 32 bits for every network and prefix", () => {
  const bits = fc.integer({ min: 0, max: 32 });
  const network = fc.tuple(fc.nat(0xffffffff), bits, fc.boolean()).map(([address, prefix, cut]) => {
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    return { address: cut ? (address & mask) >>> 0 : address, prefix, mask };
  });
  fc.assert(fc.property(network, ({ address, prefix, mask }) => {
    const quad = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
    const first = address >>> 24;
    const expected = ((address & ~mask) >>> 0) === 0 && first !== 127 && (first & 0xf0) !== 0xe0;
    const text = `${quad}/${prefix} 192.0.2.1`;
    assert.equal(Ipv4Route.parse(text).ok, expected, text);
  }));
});
