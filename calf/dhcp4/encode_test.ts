import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ascii, hex, ip, toHex } from "../sdk/sdk_fixture.ts";
import { Random } from "../sdk/random.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Reply } from "./decode.ts";
import { Dhcp4Query } from "./encode.ts";
import { Dhcp4Message } from "./message.ts";
import { MAX_SENT_SIZE } from "./options.ts";
import {
  Dhcp4Settings,
  FALLBACK_IPV4LL,
  FQDN_BOTH,
  FQDN_DISABLED,
  FQDN_NONE,
  FQDN_PTR,
} from "./settings.ts";
import { DISCOVER, REQUEST_RENEWING, REQUEST_SELECTING } from "./testing/golden.ts";
import { buildMessage, MAC, optionNumber, readOptions, XID } from "./testing/messages.ts";

const ADDRESS = ip("192.0.2.7");
const SERVER = ip("192.0.2.1");

function put(text: Text, bytes: ArrayLike<number>): void {
  text.clear().raw(Uint8Array.from(bytes), 0, bytes.length);
}

/** Settings that identify the client by its MAC address. */
function settingsOf(change: (settings: Dhcp4Settings) => void = () => {}): Dhcp4Settings {
  const settings = new Dhcp4Settings();
  put(settings.clientId, [1, ...MAC]);
  change(settings);
  return settings;
}

function queryOf(settings: Dhcp4Settings): Dhcp4Query {
  const query = new Dhcp4Query(settings, new Random());
  query.chaddr.set(MAC);
  return query;
}

/** The message, after it was seen to stay where it should. */
function encoded(fill: (query: Dhcp4Query) => void, settings = settingsOf()): Uint8Array {
  const query = queryOf(settings);
  fill(query);
  const buffer = new Uint8Array(5 + MAX_SENT_SIZE + 5).fill(0xee);
  const length = query.encode(buffer, 5);
  assert.ok(length >= 300 && length <= MAX_SENT_SIZE, `${length} bytes`);
  assert.deepEqual([...buffer.subarray(0, 5)], new Array(5).fill(0xee), "nothing before");
  assert.ok(buffer.subarray(5 + length).every((byte) => byte === 0xee), "nothing after");
  return buffer.slice(5, 5 + length);
}

const FORMS = {
  discover: (q: Dhcp4Query) => q.discover(XID, 1, 0),
  requestSelecting: (q: Dhcp4Query) => q.requestSelecting(XID, 3, ADDRESS, SERVER),
  requestRebooting: (q: Dhcp4Query) => q.requestRebooting(XID, 3, ADDRESS),
  requestRenewing: (q: Dhcp4Query) => q.requestRenewing(XID, 3, ADDRESS),
  decline: (q: Dhcp4Query) => q.decline(XID, ADDRESS, SERVER),
  release: (q: Dhcp4Query) => q.release(XID, ADDRESS, SERVER),
  inform: (q: Dhcp4Query) => q.inform(XID, 2, ADDRESS),
};

/** Every setting that puts something into a message. */
function everything(settings: Dhcp4Settings): void {
  put(settings.hostName, ascii("host.example.org"));
  put(settings.vendorClass, ascii("mirage"));
  put(settings.userClass, ascii("lab"));
  settings.leaseTime = 600;
  settings.fallback = FALLBACK_IPV4LL;
  settings.ipv6Only = true;
}

Deno.test("Dhcp4Query.encode() writes golden packets", () => {
  assert.equal(toHex(encoded(FORMS.discover)), toHex(hex(DISCOVER)));
  assert.equal(toHex(encoded(FORMS.requestSelecting)), toHex(hex(REQUEST_SELECTING)));
  assert.equal(toHex(encoded(FORMS.requestRenewing)), toHex(hex(REQUEST_RENEWING)));
});

Deno.test("Dhcp4Query.encode() puts in each form what table 5 allows (RFC 2131 §4.4.1)", () => {
  const shape = (fill: (query: Dhcp4Query) => void) => {
    const bytes = encoded(fill);
    const message = new Dhcp4Message();
    message.set(bytes, 0, bytes.length);
    const options = readOptions(bytes);
    const number = (code: number) => optionNumber(options.get(code));
    return {
      type: number(53),
      secs: message.secs,
      ciaddr: message.ciaddr,
      requested: number(50),
      server: number(54),
      asks: options.has(55) && options.has(57),
    };
  };
  const none = undefined;
  assert.deepEqual(Object.values(FORMS).map(shape), [
    { type: 1, secs: 1, ciaddr: 0, requested: none, server: none, asks: true },
    { type: 3, secs: 3, ciaddr: 0, requested: ADDRESS, server: SERVER, asks: true },
    { type: 3, secs: 3, ciaddr: 0, requested: ADDRESS, server: none, asks: true },
    { type: 3, secs: 3, ciaddr: ADDRESS, requested: none, server: none, asks: true },
    { type: 4, secs: 0, ciaddr: 0, requested: ADDRESS, server: SERVER, asks: false },
    { type: 7, secs: 0, ciaddr: ADDRESS, requested: none, server: SERVER, asks: false },
    { type: 8, secs: 2, ciaddr: ADDRESS, requested: none, server: none, asks: true },
  ]);
});

Deno.test("Dhcp4Query.encode() orders the options, 53 first, and tells each form its own", () => {
  const codes = (
    fill: (query: Dhcp4Query) => void,
    change = everything,
  ) => [...readOptions(encoded(fill, settingsOf(change))).keys()];
  assert.deepEqual(codes((q) => q.discover(XID, 1, ADDRESS)), [
    ...[53, 61, 50, 51, 57, 60, 77, 12, 80, 116, 55],
  ]);
  assert.deepEqual(codes(FORMS.requestSelecting), [53, 61, 50, 54, 51, 57, 60, 77, 12, 55]);
  assert.deepEqual(codes(FORMS.requestRenewing), [53, 61, 51, 57, 60, 77, 12, 55]);
  assert.deepEqual(codes(FORMS.decline), [53, 61, 50, 54]);
  assert.deepEqual(codes(FORMS.release), [53, 61, 54]);
  assert.deepEqual(codes(FORMS.inform), [53, 61, 57, 60, 77, 12, 55]);
  const bare = (settings: Dhcp4Settings) => {
    settings.clientId.clear();
    settings.rapidCommit = false;
  };
  assert.deepEqual(codes(FORMS.discover, bare), [53, 57, 55]);
});

Deno.test("Dhcp4Query.encode() writes the settings as their RFCs have them", () => {
  const options = readOptions(encoded(FORMS.discover, settingsOf(everything)));
  assert.deepEqual(options.get(51), [0, 0, 2, 88]);
  assert.deepEqual(options.get(60), [...ascii("mirage")]);
  assert.deepEqual(options.get(77), [3, ...ascii("lab")], "RFC 3004 §4");
  assert.deepEqual(options.get(12), [...ascii("host.example.org")]);
  assert.deepEqual(options.get(80), [], "RFC 4039 §4");
  assert.deepEqual(options.get(116), [1], "RFC 2563 §2");
});

Deno.test("Dhcp4Query.encode() sends option 81 instead of 12 when asked (RFC 4702 §2)", () => {
  const fqdn = (name: string, mode: number) => {
    const options = readOptions(encoded(
      FORMS.discover,
      settingsOf((settings) => {
        put(settings.hostName, ascii(name));
        settings.fqdn = mode;
      }),
    ));
    assert.equal(options.has(12), mode === FQDN_DISABLED && name !== "");
    return toHex(Uint8Array.from(options.get(81) ?? []));
  };
  assert.equal(fqdn("host.lan", FQDN_DISABLED), "");
  assert.equal(fqdn("host.lan", FQDN_NONE), "0c0000" + "04686f7374" + "036c616e" + "00");
  assert.equal(fqdn("host.lan", FQDN_PTR), "040000" + "04686f7374" + "036c616e" + "00");
  assert.equal(fqdn("host.lan", FQDN_BOTH), "050000" + "04686f7374" + "036c616e" + "00");
  assert.equal(fqdn("host", FQDN_BOTH), "050000" + "04686f7374", "a part of a name has no root");
  assert.equal(fqdn("", FQDN_BOTH), "");
});

Deno.test("Dhcp4Query.encode() leaves option 54 out when the server did not say who it is", () => {
  const options = readOptions(encoded((q) => q.requestSelecting(XID, 1, ADDRESS, 0)));
  assert.equal(options.has(54), false);
});

Deno.test("Dhcp4Query.encode() sets the BROADCAST bit when asked", () => {
  const flags = (form: keyof typeof FORMS) => {
    const bytes = encoded(FORMS[form], settingsOf((settings) => settings.broadcast = true));
    return toHex(bytes.subarray(10, 12));
  };
  assert.equal(flags("discover"), "8000");
  assert.equal(toHex(encoded(FORMS.discover).subarray(10, 12)), "0000");
  assert.deepEqual([flags("decline"), flags("release")], ["0000", "0000"], "table 5");
});

Deno.test("Dhcp4Query.encode() asks for routes, names and IPv6-only only when they are used", () => {
  const asked = (change: (settings: Dhcp4Settings) => void) =>
    readOptions(encoded(FORMS.discover, settingsOf(change))).get(55) ?? [];
  const all = asked((settings) => {
    settings.ipv6Only = true;
    settings.fqdn = FQDN_PTR;
  });
  assert.deepEqual(all.slice(0, 5), [1, 121, 249, 33, 3], "RFC 3442: 121 before 33 and 3");
  assert.ok(all.includes(108) && all.includes(81));
  assert.equal(new Set(all).size, all.length);
  const fewer = asked((settings) => settings.classlessRoutes = false);
  assert.deepEqual(all.filter((code) => !fewer.includes(code)), [121, 249, 33, 108, 81]);
});

Deno.test("Dhcp4Query.encode() tells next to nothing when asked (RFC 7844 §3)", () => {
  const orders = new Set<string>();
  const lists = new Set<string>();
  const settings = settingsOf((settings) => {
    everything(settings);
    put(settings.clientId, ascii("\0serial number"));
    settings.anonymity = true;
  });
  const query = queryOf(settings);
  for (let i = 0; i < 200; i++) {
    query.discover(XID, 1, ADDRESS);
    const buffer = new Uint8Array(MAX_SENT_SIZE);
    const options = readOptions(buffer.slice(0, query.encode(buffer, 0)));
    assert.deepEqual([...options.keys()].sort(), [53, 55, 61], "§3.1, §3.3");
    assert.equal([...options.keys()][0], 53);
    assert.deepEqual(options.get(61), [1, ...MAC], "§3.5");
    const list = options.get(55) ?? [];
    assert.deepEqual([...list].sort((a, b) => a - b), [1, 3, 6, 15, 108, 121], "§3.6");
    assert.ok(list.indexOf(121) < list.indexOf(3), "RFC 3442");
    orders.add([...options.keys()].join());
    lists.add(list.join());
  }
  assert.equal(orders.size, 2);
  // 360 orders have 121 before 3.
  assert.ok(lists.size > 100, `${lists.size} orders`);
  const request = readOptions(encoded(FORMS.requestSelecting, settings));
  assert.deepEqual([...request.keys()].sort(), [50, 53, 54, 55, 61]);
});

Deno.test("Dhcp4Query.encode() divides an option that is too long (RFC 3396 §5)", () => {
  const settings = settingsOf((settings) => {
    settings.clientId.clear();
    put(settings.userClass, new Array(255).fill(0x61));
  });
  const bytes = encoded(FORMS.requestRenewing, settings);
  const at = bytes.findIndex((_, i) => bytes[i] === 77 && bytes[i + 1] === 255);
  assert.deepEqual([...bytes.subarray(at, at + 4)], [77, 255, 255, 0x61]);
  assert.deepEqual([...bytes.subarray(at + 257, at + 260)], [77, 1, 0x61]);
});

Deno.test("Dhcp4Query.encode() leaves out the least important options of a message too long", () => {
  const texts = (id: number, vendor: number, user: number, name: number) =>
    settingsOf((settings) => {
      everything(settings);
      put(settings.clientId, new Array(id).fill(1));
      put(settings.vendorClass, new Array(vendor).fill(0x76));
      put(settings.userClass, new Array(user).fill(0x75));
      put(settings.hostName, new Array(name).fill(0x68));
    });
  const sent = (
    settings: Dhcp4Settings,
  ) => [
    ...readOptions(encoded((q) => q.requestSelecting(XID, 1, ADDRESS, SERVER), settings)).keys(),
  ];
  const all = [53, 61, 50, 54, 51, 57, 60, 77, 12, 55];
  const without = (...codes: number[]) => all.filter((code) => !codes.includes(code));
  assert.deepEqual(sent(texts(7, 50, 50, 50)), all);
  assert.deepEqual(sent(texts(7, 50, 200, 50)), without(77));
  assert.deepEqual(sent(texts(7, 200, 50, 60)), without(77, 60));
  assert.deepEqual(sent(texts(200, 50, 50, 63)), without(77, 60, 12));
  assert.deepEqual(sent(texts(255, 255, 255, 63)), without(77, 60, 12, 51));
});

Deno.test("Dhcp4Query.encode() leaves nothing out of a message that fits, up to the last byte", () => {
  const length = (vendor: number, user: number) =>
    encoded(
      FORMS.requestRenewing,
      settingsOf((settings) => {
        put(settings.vendorClass, new Array(vendor).fill(0x76));
        put(settings.userClass, new Array(user).fill(0x75));
      }),
    ).length;
  const bare = length(100, 0) - 102;
  for (const user of [0, 20, 100, 253, 254]) {
    // An option has 2 bytes before its data, and a class 1.
    const beside = bare + (user === 0 ? 0 : 3 + user);
    for (let vendor = 1; vendor <= 255; vendor++) {
      const whole = beside + 2 + vendor;
      const expected = whole <= MAX_SENT_SIZE ? whole : bare + 2 + vendor;
      assert.equal(length(vendor, user), Math.max(expected, 300), `${vendor} and ${user} bytes`);
    }
  }
});

Deno.test("Dhcp4Query.encode() counts both heads of a divided option", () => {
  const length = (vendor: number) => {
    const settings = settingsOf((settings) => {
      settings.clientId.clear();
      put(settings.vendorClass, new Array(vendor).fill(0x76));
      put(settings.userClass, new Array(255).fill(0x75));
    });
    const bytes = encoded(FORMS.requestRenewing, settings);
    return [bytes.length, bytes.includes(0x75, 240)];
  };
  const [alone] = length(0);
  assert.ok(typeof alone === "number" && alone < MAX_SENT_SIZE - 3);
  const room = MAX_SENT_SIZE - alone - 2;
  assert.deepEqual(length(room), [MAX_SENT_SIZE, true]);
  assert.equal(length(room + 1)[1], false);
});

Deno.test("Dhcp4Query.encode() stays within 548 bytes and says who we are, whatever is set", () => {
  const bytes = fc.uint8Array({ maxLength: 255 });
  const label = fc.stringMatching(/^[a-z]{1,40}$/);
  const settings = fc.record({
    clientId: bytes,
    vendorClass: bytes,
    userClass: bytes,
    hostName: fc.array(label, { maxLength: 6 }).map((labels) => ascii(labels.join("."))),
    fqdn: fc.nat(3),
    leaseTime: fc.nat(1),
    fallback: fc.nat(2),
    switches: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  });
  const form = fc.constantFrom(...Object.values(FORMS), (q: Dhcp4Query) => q.discover(XID, 1, 1));
  fc.assert(fc.property(settings, form, (values, form) => {
    const settings = settingsOf((settings) => {
      put(settings.clientId, values.clientId);
      put(settings.vendorClass, values.vendorClass);
      put(settings.userClass, values.userClass);
      put(settings.hostName, values.hostName);
      settings.fqdn = values.fqdn;
      settings.leaseTime = values.leaseTime;
      settings.fallback = values.fallback;
      [settings.anonymity, settings.ipv6Only, settings.classlessRoutes, settings.rapidCommit] =
        values.switches;
    });
    const query = queryOf(settings);
    form(query);
    const bytes = encoded(form, settings);
    const reply = new Dhcp4Reply();
    bytes[0] = 2;
    reply.decode(bytes, 0, bytes.length);
    assert.ok(query.isEchoedBy(reply));
    assert.equal(reply.options.byte(53), query.messageType);
    assert.equal(reply.options.has(61), values.clientId.length > 0);
    const tells = !(settings.anonymity && query.messageType === 1);
    assert.equal(reply.options.has(50), query.requestedAddress !== 0 && tells);
    assert.equal(reply.options.has(54) ? reply.options.word(54) : 0, query.server);
    assert.equal(reply.options.has(55), query.messageType !== 4 && query.messageType !== 7);
  }));
});

Deno.test("Dhcp4Query.isEchoedBy() refuses another's client identifier only (RFC 6842 §3)", () => {
  const query = queryOf(settingsOf());
  const anonymous = queryOf(settingsOf((settings) => settings.clientId.clear()));
  const answer = (identifier: number[] | null) => {
    const reply = new Dhcp4Reply();
    const bytes = buildMessage({
      options: identifier === null ? [[53, [2]]] : [[53, [2]], [61, identifier]],
    });
    assert.equal(reply.decode(bytes, 0, bytes.length), 0);
    return [query.isEchoedBy(reply), anonymous.isEchoedBy(reply)];
  };
  assert.deepEqual(answer(null), [true, true]);
  assert.deepEqual(answer([1, ...MAC]), [true, true]);
  assert.deepEqual(answer([1, 2, 0, 0, 0, 0, 2]), [false, true]);
  assert.deepEqual(answer([1, ...MAC, 0]), [false, true]);
  assert.deepEqual(answer(new Array(255).fill(1)), [false, true]);
});
