import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { fromAscii, ip } from "../sdk/sdk_fixture.ts";
import { Text } from "../sdk/text.ts";
import { Ipv4Route } from "../../schema/values.ts";
import { Dhcp4Message, OptionIterator } from "./message.ts";
import { OptionTable } from "./option_table.ts";
import { Routes } from "./routes.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";

const GATEWAY = word("192.0.2.1");

function read(options: Option[], routes = new Routes()) {
  const bytes = buildMessage({ options });
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, bytes.length), 0);
  const table = new OptionTable();
  table.read(message, new OptionIterator());
  const replaces = routes.read(table);
  const list = Array.from({ length: routes.count }, (_, i) => {
    const text = routes.append(new Text(40), i);
    return fromAscii(text.bytes.subarray(0, text.length));
  });
  const router = new Text(15).ipv4(routes.router);
  return { replaces, router: fromAscii(router.bytes.subarray(0, router.length)), list };
}

const NONE = { replaces: false, router: "0.0.0.0", list: [] };

Deno.test("Routes.read() reads option 121 of every width (RFC 3442)", () => {
  const data = [
    ...[0, ...GATEWAY],
    ...[8, 10, ...GATEWAY],
    ...[24, 10, 0, 0, ...GATEWAY],
    ...[16, 10, 17, ...GATEWAY],
    ...[25, 10, 229, 0, 128, ...GATEWAY],
    ...[32, 10, 198, 122, 47, 0, 0, 0, 0],
  ];
  assert.deepEqual(read([[121, data.slice(0, 20)], [121, data.slice(20)]]), {
    replaces: true,
    router: "192.0.2.1",
    list: [
      "10.0.0.0/8 192.0.2.1",
      "10.0.0.0/24 192.0.2.1",
      "10.17.0.0/16 192.0.2.1",
      "10.229.0.128/25 192.0.2.1",
      "10.198.122.47/32 0.0.0.0",
    ],
  });
});

Deno.test("Routes.read() clears bits beyond the prefix", () => {
  const data = [9, 10, 255, ...GATEWAY, 1, 255, ...GATEWAY];
  const { list } = read([[121, data]]);
  assert.deepEqual(list, ["10.128.0.0/9 192.0.2.1", "128.0.0.0/1 192.0.2.1"]);
});

Deno.test("Routes.read() keeps a default route on the link, and the first router", () => {
  const data = [0, 0, 0, 0, 0, 0, ...GATEWAY, 0, ...word("192.0.2.2")];
  const expected = { replaces: true, router: "192.0.2.1", list: ["0.0.0.0/0 0.0.0.0"] };
  assert.deepEqual(read([[121, data]]), expected);
});

Deno.test("Routes.read() prefers 121 to 249 and 249 to 33", () => {
  const all: Option[] = [
    [33, [10, 0, 0, 0, ...GATEWAY]],
    [249, [16, 172, 16, ...GATEWAY]],
    [121, [24, 192, 168, 1, ...GATEWAY]],
  ];
  assert.deepEqual(read(all).list, ["192.168.1.0/24 192.0.2.1"]);
  assert.deepEqual(read(all.slice(0, 2)).list, ["172.16.0.0/16 192.0.2.1"]);
  assert.deepEqual(read(all.slice(0, 1)), {
    replaces: false,
    router: "0.0.0.0",
    list: ["10.0.0.0/8 192.0.2.1"],
  });
});

Deno.test("Routes.read() takes a malformed option for an absent one, whole", () => {
  const good = [8, 10, ...GATEWAY];
  const bad = [
    [],
    [8],
    [8, 10],
    [8, 10, 192, 0, 2],
    [33, 10, 0, 0, 0, 0, ...GATEWAY],
    [255, ...GATEWAY],
    [...good, 0],
    [0, 0, 0, 0],
  ];
  for (const data of bad) {
    assert.deepEqual(read([[121, data]]), NONE, `${data}`);
    assert.deepEqual(read([[121, data], [249, good]]).list, ["10.0.0.0/8 192.0.2.1"], `${data}`);
  }
});

Deno.test("Routes.read() leaves out routes that no host can have", () => {
  const bad = [
    ...[8, 127, ...GATEWAY],
    ...[4, 224, ...GATEWAY],
    ...[8, 239, ...GATEWAY],
    ...[8, 10, ...word("224.0.0.1")],
    ...[8, 10, ...word("127.0.0.1")],
    ...[8, 10, ...word("255.255.255.255")],
    ...[0, ...word("0.1.2.3")],
  ];
  assert.deepEqual(read([[121, [...bad, 8, 10, ...GATEWAY]]]), {
    replaces: true,
    router: "0.0.0.0",
    list: ["10.0.0.0/8 192.0.2.1"],
  });
});

Deno.test("Routes.read() keeps the first route to a destination, and 32 routes", () => {
  const twice = [8, 10, ...GATEWAY, 8, 10, ...word("192.0.2.2")];
  assert.deepEqual(read([[121, twice]]).list, ["10.0.0.0/8 192.0.2.1"]);
  const many = Array.from({ length: 40 }, (_, i) => [16, 10, i, ...GATEWAY]).flat();
  const { list } = read([[121, many.slice(0, 240)], [121, many.slice(240)]]);
  assert.equal(list.length, 32);
  assert.equal(list[31], "10.31.0.0/16 192.0.2.1");
});

Deno.test("Routes.read() takes option 33 as classful, and a host for a host (RFC 2132 §5.8)", () => {
  const pairs = [
    ["10.0.0.0", "192.0.2.1"],
    ["172.16.0.0", "192.0.2.1"],
    ["198.51.100.0", "192.0.2.1"],
    ["10.1.2.0", "192.0.2.2"],
    ["0.0.0.0", "192.0.2.3"],
    ["203.0.113.0", "0.0.0.0"],
    ["224.0.0.0", "192.0.2.1"],
  ];
  assert.deepEqual(read([[33, pairs.flat().flatMap(word)]]), {
    replaces: false,
    router: "0.0.0.0",
    list: [
      "10.0.0.0/8 192.0.2.1",
      "172.16.0.0/16 192.0.2.1",
      "198.51.100.0/24 192.0.2.1",
      "10.1.2.0/32 192.0.2.2",
    ],
  });
  assert.deepEqual(read([[33, [...word("10.0.0.0"), 192, 0, 2]]]), NONE);
});

Deno.test("Routes.read() gives only routes that priv accepts, whatever the bytes are", () => {
  const width = fc.nat(34);
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 8 });
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.tuple(width, bytes), { maxLength: 8 }).map((routes) =>
      routes.flatMap(([bits, rest]) => {
        const length = Math.ceil(bits / 8) + 4;
        return [bits, ...[...rest, ...new Array(8).fill(10)].slice(0, length)];
      })
    ),
  );
  const options = fc.array(fc.tuple(fc.constantFrom(121, 249, 33), data), { maxLength: 3 });
  const routes = new Routes();
  fc.assert(fc.property(options, (options) => {
    const all = options.map(([code, data]): Option => [code, Array.from(data)]);
    const { list } = read(all, routes);
    for (const route of list) assert.ok(Ipv4Route.parse(route).ok, route);
    assert.deepEqual(read(all).list, list, "nothing stays of the option before");
  }));
});

Deno.test("Routes.find() gives the most specific route", () => {
  const routes = new Routes();
  const networks = [[8, 10], [16, 10, 1], [32, 10, 1, 2, 3], [0]];
  read([[121, networks.flatMap((network) => [...network, ...GATEWAY])]], routes);
  const destinations = ["10.9.9.9", "10.1.9.9", "10.1.2.3", "192.0.2.9"];
  assert.deepEqual(destinations.map((text) => routes.find(ip(text))), [0, 1, 2, -1]);
});
