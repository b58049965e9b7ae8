import assert from "node:assert/strict";
import "portable";
import { ascii, fromAscii, hex, ip } from "../sdk/sdk_fixture.ts";
import { Dhcp4Reply } from "./decode.ts";
import {
  DHCP_TAKEN,
  DROP_DHCP_COOKIE,
  DROP_DHCP_HARDWARE,
  DROP_DHCP_NO_TYPE,
  DROP_DHCP_OP,
  DROP_DHCP_SHORT,
  DROP_DHCP_TYPE,
} from "./drops.ts";
import { ACK, ACK_VALUES, OVERLOADED_ACK, OVERLOADED_VALUES } from "./testing/golden.ts";
import { OptionTable } from "./option_table.ts";
import { buildMessage, type MessageFields, type Option, word } from "./testing/messages.ts";
import { stringOf } from "./testing/tables.ts";

function dataOf(options: OptionTable, code: number): number[] {
  return [...options.bytes.subarray(options.at(code), options.at(code) + options.length(code))];
}

/** Everything that a reply says. */
function values(reply: Dhcp4Reply): Record<string, unknown> {
  const text = (t: { bytes: Uint8Array; length: number }) => fromAscii(t.bytes.slice(0, t.length));
  return {
    messageType: reply.messageType,
    xid: reply.xid,
    yiaddr: reply.yiaddr,
    server: reply.server,
    leaseTime: reply.hasLeaseTime ? reply.leaseTime : null,
    t1: reply.hasT1 ? reply.t1 : null,
    t2: reply.hasT2 ? reply.t2 : null,
    prefixLength: reply.prefixLength,
    broadcast: reply.broadcast,
    router: reply.router,
    nameServers: [...reply.nameServers.subarray(0, reply.nameServerCount)],
    mtu: reply.mtu,
    domain: text(reply.domain),
    search: text(reply.search),
    clientId: dataOf(reply.options, 61),
  };
}

function decodeBytes(bytes: Uint8Array): number | Record<string, unknown> {
  const reply = new Dhcp4Reply();
  const reason = reply.decode(bytes, 0, bytes.length);
  return reason === DHCP_TAKEN ? values(reply) : reason;
}

function decoded(options: Option[], fields: MessageFields = {}): Record<string, unknown> {
  const result = decodeBytes(buildMessage({ ...fields, options: [[53, [5]], ...options] }));
  assert.ok(typeof result === "object", `refused: ${result}`);
  return result;
}

Deno.test("Dhcp4Reply.decode() reads golden packets", () => {
  assert.deepEqual(decodeBytes(hex(ACK)), ACK_VALUES);
  assert.deepEqual(decodeBytes(hex(OVERLOADED_ACK)), OVERLOADED_VALUES);
});

Deno.test("Dhcp4Reply.decode() reads nothing beyond a message, wherever it is cut off", () => {
  for (const golden of [ACK, OVERLOADED_ACK]) {
    const bytes = hex(golden);
    for (let length = 0; length <= bytes.length; length++) {
      const results = [0, 1, 0x35, 0xff].map((poison) => {
        const buffer = new Uint8Array(7 + length + 300).fill(poison);
        buffer.set(bytes.subarray(0, length), 7);
        const reply = new Dhcp4Reply();
        const reason = reply.decode(buffer, 7, length);
        return reason === DHCP_TAKEN ? values(reply) : reason;
      });
      for (const result of results) assert.deepEqual(result, results[0]);
      if (length < 240) assert.equal(results[0], DROP_DHCP_SHORT);
      if (length >= 243) {
        assert.equal(typeof results[0], "object", "53 is there: the rest is extra");
      }
    }
  }
});

Deno.test("Dhcp4Reply.decode() refuses what is not a DHCP message from a server", () => {
  const refuse = (fields: MessageFields, reason: number) =>
    assert.equal(decodeBytes(buildMessage(fields)), reason, JSON.stringify(fields));
  const options: Option[] = [[53, [5]]];
  refuse({ options, op: 1 }, DROP_DHCP_OP);
  refuse({ options, op: 0 }, DROP_DHCP_OP);
  refuse({ options, htype: 6 }, DROP_DHCP_HARDWARE);
  refuse({ options, hlen: 16 }, DROP_DHCP_HARDWARE);
  refuse({ options: [] }, DROP_DHCP_NO_TYPE);
  refuse({ options: [[53, []]] }, DROP_DHCP_NO_TYPE);
  refuse({ options: [[53, [5, 5]]] }, DROP_DHCP_NO_TYPE);
  for (const type of [1, 3, 4, 7, 8, 9, 18, 255]) {
    refuse({ options: [[53, [type]]] }, DROP_DHCP_TYPE);
  }
  const bytes = buildMessage({ options });
  bytes[236] = 0;
  assert.equal(decodeBytes(bytes), DROP_DHCP_COOKIE);
});

Deno.test("Dhcp4Reply.decode() leaves absent what the server leaves out", () => {
  assert.deepEqual(decoded([]), {
    ...ACK_VALUES,
    server: 0,
    leaseTime: null,
    t1: null,
    t2: null,
    prefixLength: 0,
    broadcast: 0,
    router: 0,
    nameServers: [],
    mtu: 0,
    domain: "",
    search: "",
    clientId: [],
  });
});

Deno.test("Dhcp4Reply.decode() keeps nothing of the message before", () => {
  const reply = new Dhcp4Reply();
  const full = hex(ACK);
  const empty = buildMessage({ options: [[53, [5]]] });
  assert.equal(reply.decode(full, 0, full.length), DHCP_TAKEN);
  assert.equal(reply.decode(empty, 0, empty.length), DHCP_TAKEN);
  assert.deepEqual(values(reply), decoded([]));
});

Deno.test("Dhcp4Reply.decode() ignores an option of a wrong length", () => {
  const codes = [1, 3, 6, 26, 28, 51, 54, 58, 59];
  for (const length of [0, 1, 3, 5, 7]) {
    const options = codes.map((code): Option => [code, new Array(length).fill(1)]);
    assert.deepEqual(decoded(options), decoded([]), `length ${length}`);
  }
});

Deno.test("Dhcp4Reply.decode() takes the first of two fixed-size options, never both together", () => {
  const twice = decoded([
    [51, word(100)],
    [51, word(200)],
    [1, word("255.255.255.0")],
    [1, word("255.0.0.0")],
    [54, word("192.0.2.1")],
    [54, word("192.0.2.2")],
    [26, [5, 220]],
    [26, [5, 0]],
    [53, [2]],
  ]);
  assert.deepEqual(twice.messageType, 5);
  assert.deepEqual([twice.leaseTime, twice.prefixLength, twice.mtu], [100, 24, 1500]);
  assert.equal(twice.server, ip("192.0.2.1"));
  const halves = decoded([[51, [0, 0]], [51, [14, 16]]]);
  assert.equal(halves.leaseTime, null);
  const badFirst = decoded([[51, [1]], [51, word(100)], [1, word(5)], [1, word("255.0.0.0")]]);
  assert.deepEqual([badFirst.leaseTime, badFirst.prefixLength], [100, 0]);
});

Deno.test("Dhcp4Reply.decode() puts a divided variable-length option together (RFC 3396 §7)", () => {
  const servers = [...word("192.0.2.1"), ...word("192.0.2.2")];
  const search = [3, ...ascii("lan"), 0, 1, 0x61, 0xc0, 0];
  const parts = decoded([
    [6, servers.slice(0, 3)],
    [119, search.slice(0, 2)],
    [15, ascii("exam")],
    [6, servers.slice(3)],
    [119, search.slice(2)],
    [15, ascii("ple.org")],
  ]);
  assert.deepEqual(parts.nameServers, [ip("192.0.2.1"), ip("192.0.2.2")]);
  assert.deepEqual([parts.domain, parts.search], ["example.org", "lan a.lan"]);
});

Deno.test("Dhcp4Reply.decode() passes over addresses that no host can have", () => {
  const bad = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"].flatMap(word);
  const reply = decoded([
    [3, [...bad, ...word("192.0.2.1"), ...word("192.0.2.2")]],
    [6, [...bad, ...word("192.0.2.53")]],
    [54, word("0.0.0.0")],
    [28, word("0.0.0.0")],
  ]);
  assert.equal(reply.router, ip("192.0.2.1"));
  assert.deepEqual(reply.nameServers, [ip("192.0.2.53")]);
  assert.deepEqual([reply.server, reply.broadcast], [0, 0]);
});

Deno.test("Dhcp4Reply.decode() keeps 16 name servers of more", () => {
  const servers = Array.from({ length: 20 }, (_, i) => ip("192.0.2.1") + i);
  assert.deepEqual(decoded([[6, servers.flatMap(word)]]).nameServers, servers.slice(0, 16));
});

Deno.test("Dhcp4Reply.decode() ignores an MTU below 576 and a mask with holes", () => {
  const mtu = (value: number) => decoded([[26, [value >> 8, value & 255]]]).mtu;
  assert.deepEqual([0, 68, 575, 576, 1500, 65535].map(mtu), [0, 0, 0, 576, 1500, 65535]);
  assert.equal(decoded([[1, word("255.0.255.0")]]).prefixLength, 0);
  assert.equal(decoded([[1, word("255.255.255.255")]]).prefixLength, 32);
});

Deno.test("Dhcp4Reply.decode() prefers option 119 to several names in option 15", () => {
  const several: Option = [15, ascii("lan example.org")];
  assert.equal(decoded([several]).search, "lan example.org");
  assert.equal(decoded([several, [119, [1, 0x62, 0]]]).search, "b");
  assert.equal(decoded([several, [119, [0xc0, 0]]]).search, "lan example.org");
});

Deno.test("Dhcp4Reply.decode() takes an OFFER with option 80, and a short message without END", () => {
  const options: Option[] = [[53, [2]], [80, []], [51, word(100)]];
  const result = decodeBytes(buildMessage({ options, tail: [] }));
  assert.ok(typeof result === "object");
  assert.deepEqual([result.messageType, result.leaseTime], [2, 100]);
});

/** What a reply says beyond the addresses and times of a lease. */
function further(options: Option[], fields: MessageFields = {}): Record<string, unknown> {
  const reply = new Dhcp4Reply();
  const bytes = buildMessage({ ...fields, options: [[53, [2]], ...options] });
  assert.equal(reply.decode(bytes, 0, bytes.length), DHCP_TAKEN);
  return {
    siaddr: reply.siaddr,
    rapidCommit: reply.rapidCommit,
    ipv6OnlyWait: reply.hasIpv6OnlyWait ? reply.ipv6OnlyWait : null,
    autoConfigure: reply.hasAutoConfigure ? reply.autoConfigure : null,
    message: fromAscii(reply.message.bytes.slice(0, reply.message.length)),
    serverName: stringOf(reply.serverName),
    bootFile: stringOf(reply.bootFile),
  };
}

const NOTHING = {
  siaddr: 0,
  rapidCommit: false,
  ipv6OnlyWait: null,
  autoConfigure: null,
  message: "",
  serverName: "",
  bootFile: "",
};

Deno.test("Dhcp4Reply.decode() reads options 56, 80, 108 and 116, and siaddr", () => {
  assert.deepEqual(further([]), NOTHING);
  const options: Option[] = [[80, []], [108, word(1800)], [116, [1]], [56, ascii("no\n\\")]];
  assert.deepEqual(further(options, { siaddr: "192.0.2.9", yiaddr: "0.0.0.0" }), {
    ...NOTHING,
    siaddr: ip("192.0.2.9"),
    rapidCommit: true,
    ipv6OnlyWait: 1800,
    autoConfigure: true,
    message: "no\\x0a\\x5c",
  });
  assert.equal(further([[116, [0]]]).autoConfigure, false);
  assert.equal(further([[108, word(0xffffffff)]]).ipv6OnlyWait, 0xffffffff);
});

Deno.test("Dhcp4Reply.decode() ignores options 80, 108 and 116 of a wrong length or value", () => {
  const wrong: Option[] = [[80, [1]], [108, [0, 0, 1]], [108, [0, 0, 0, 1, 0]], [116, []]];
  for (const option of [...wrong, [116, [1, 1]], [116, [2]], [116, [255]]] as Option[]) {
    assert.deepEqual(further([option]), NOTHING, `${option}`);
  }
});

Deno.test("Dhcp4Reply.decode() reads sname and file unless they hold options", () => {
  const fields = { sname: ascii("bootsrv\0\xff"), file: ascii("pxe linux\0rest") };
  const both = { ...NOTHING, serverName: "bootsrv", bootFile: "pxe linux" };
  assert.deepEqual(further([], fields), both);
  assert.deepEqual(further([[52, [1]]], fields), { ...both, bootFile: "" });
  assert.deepEqual(further([[52, [2]]], fields), { ...both, serverName: "" });
  assert.deepEqual(further([[52, [3]]], fields), NOTHING);
  assert.deepEqual(further([], { sname: new Array(64).fill(0x61) }), NOTHING, "no NUL");
  assert.equal(further([], { file: new Array(127).fill(0x61) }).bootFile, "a".repeat(127));
  for (const text of ["$(id)\0", "a\nb\0", "\0pxe\0"]) {
    assert.deepEqual(further([], { file: ascii(text), sname: ascii(text) }), NOTHING, text);
  }
});

Deno.test("Dhcp4Reply.decode() cuts a long message of the server off", () => {
  const text = further([[56, new Array(250).fill(0x61)]], {});
  assert.equal(text.message, "a".repeat(200));
});
