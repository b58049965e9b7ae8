import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { hex, ip } from "../sdk/sdk_fixture.ts";
import { Dhcp4Reply } from "./decode.ts";
import { DHCP_TAKEN, DROP_DHCP_LEASE_TIME, DROP_DHCP_YIADDR } from "./drops.ts";
import { Dhcp4Lease, leaseProblem } from "./lease.ts";
import { INFINITE } from "./options.ts";
import { Dhcp4Settings } from "./settings.ts";
import { FULL_ACK } from "./testing/golden.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";
import { stringOf } from "./testing/tables.ts";

function replyOf(options: Option[], yiaddr = "192.0.2.7"): Dhcp4Reply {
  const reply = new Dhcp4Reply();
  const bytes = buildMessage({ yiaddr, options: [[53, [5]], ...options] });
  assert.equal(reply.decode(bytes, 0, bytes.length), DHCP_TAKEN);
  return reply;
}

function leaseOf(
  options: Option[],
  yiaddr?: string,
  settings: Dhcp4Settings = new Dhcp4Settings(),
): Dhcp4Lease {
  const reply = replyOf(options, yiaddr);
  assert.equal(leaseProblem(reply), DHCP_TAKEN);
  const lease = new Dhcp4Lease();
  lease.set(reply, settings);
  return lease;
}

/** Lease time, T1 and T2 from options 51, 58 and 59; null leaves one out. */
function times(time: number | null, t1: number | null, t2: number | null): number[] {
  const options: Option[] = [];
  if (time !== null) options.push([51, word(time)]);
  if (t1 !== null) options.push([58, word(t1)]);
  if (t2 !== null) options.push([59, word(t2)]);
  const lease = leaseOf(options);
  return [lease.leaseTime, lease.t1, lease.t2];
}

Deno.test("Dhcp4Lease.set() takes the server's times when they make sense", () => {
  assert.deepEqual(times(3600, 900, 3000), [3600, 900, 3000]);
  assert.deepEqual(times(3600, 900, null), [3600, 900, 3150]);
  assert.deepEqual(times(3600, null, 3000), [3600, 1800, 3000]);
});

Deno.test("Dhcp4Lease.set() uses 0.5 and 0.875 when T1 or T2 is absent or impossible", () => {
  const defaults = [3600, 1800, 3150];
  assert.deepEqual(times(3600, null, null), defaults);
  assert.deepEqual(times(3600, 3000, 3000), defaults, "T1 = T2");
  assert.deepEqual(times(3600, 3200, null), defaults, "T1 > default T2");
  assert.deepEqual(times(3600, 900, 3600), defaults, "T2 = lease time");
  assert.deepEqual(times(3600, INFINITE, INFINITE), defaults, "infinite T1 and T2");
  assert.deepEqual(times(3600, 0, 0), defaults, "0");
  assert.deepEqual(times(3600, 1, 3000), [3600, 1800, 3000], "T1 that would make us spin");
});

Deno.test("Dhcp4Lease.set() gives a missing lease time an hour and a tiny one 20 s", () => {
  assert.deepEqual(times(null, null, null), [3600, 1800, 3150]);
  assert.deepEqual(times(5, null, null), [20, 10, 18]);
  assert.deepEqual(times(5, 2, 4), [20, 10, 18]);
  assert.deepEqual(times(120, null, null), [120, 60, 105]);
});

Deno.test("Dhcp4Lease.set() gives an infinite lease no timers (RFC 2131 §3.3)", () => {
  assert.deepEqual(times(INFINITE, 10, 20), [INFINITE, INFINITE, INFINITE]);
  assert.deepEqual(times(INFINITE - 1, null, null), [0xfffffffe, 0x7fffffff, 0xe0000000 - 1]);
});

Deno.test("Dhcp4Lease.set() keeps 10 ≤ t1 < t2 < lease time whatever the server says", () => {
  const seconds = fc.option(fc.oneof(fc.nat(100), fc.nat(0xffffffff)));
  fc.assert(fc.property(seconds, seconds, seconds, (time, t1, t2) => {
    if (time === 0) return;
    const [lease, renewal, rebinding] = times(time, t1, t2);
    if (time === INFINITE) return assert.deepEqual([renewal, rebinding], [INFINITE, INFINITE]);
    assert.ok(lease >= 20 && renewal >= 10 && renewal < rebinding && rebinding < lease);
    assert.equal(lease, Math.max(time ?? 3600, 20));
  }));
});

Deno.test("leaseProblem() refuses a lease time of 0 and an address that is no host's", () => {
  assert.equal(leaseProblem(replyOf([[51, word(0)]])), DROP_DHCP_LEASE_TIME);
  for (const yiaddr of ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]) {
    assert.equal(leaseProblem(replyOf([], yiaddr)), DROP_DHCP_YIADDR, yiaddr);
  }
  const mask: Option = [1, word("255.255.255.0")];
  assert.equal(leaseProblem(replyOf([mask], "192.0.2.0")), DROP_DHCP_YIADDR);
  assert.equal(leaseProblem(replyOf([mask], "192.0.2.255")), DROP_DHCP_YIADDR);
});

Deno.test("Dhcp4Lease.set() uses the class of the address when there is no usable mask", () => {
  assert.equal(leaseOf([], "10.1.2.3").prefixLength, 8);
  assert.equal(leaseOf([[1, word("255.0.255.0")]], "172.16.2.3").prefixLength, 16);
  assert.equal(leaseOf([[1, word(0)]], "192.0.2.3").prefixLength, 24);
  assert.equal(leaseOf([[1, word("255.255.255.255")]], "10.1.2.3").prefixLength, 32);
  assert.equal(leaseOf([[1, word("255.0.0.0")]], "192.0.2.3").prefixLength, 8);
  assert.equal(leaseOf([[1, word("128.0.0.0")]], "192.0.2.3").prefixLength, 24, "CVE-2024-3661");
});

Deno.test("Dhcp4Lease.set() takes the server identifier, never siaddr", () => {
  const reply = new Dhcp4Reply();
  for (
    const [options, server] of [[[[54, word("192.0.2.1")]], ip("192.0.2.1")], [[], 0]] as const
  ) {
    const bytes = buildMessage({
      siaddr: "192.0.2.9",
      options: [[53, [5]], ...options.map(([code, data]): Option => [code, data])],
    });
    reply.decode(bytes, 0, bytes.length);
    const lease = new Dhcp4Lease();
    lease.set(reply, new Dhcp4Settings());
    assert.equal(lease.server, server);
  }
});

const ROUTES: Option[] = [
  [3, word("192.0.2.2")],
  [33, [...word("10.0.0.0"), ...word("192.0.2.3")]],
];

/** The router and the number of further routes. */
function routing(lease: Dhcp4Lease): [router: number, routes: number] {
  return [lease.router, lease.routes.count];
}

Deno.test("Dhcp4Lease.set() ignores options 3 and 33 beside option 121 or 249 (RFC 3442)", () => {
  const withDefault = [0, ...word("192.0.2.1"), 8, 10, ...word("192.0.2.4")];
  const withoutDefault = [8, 10, ...word("192.0.2.4")];
  for (const code of [121, 249]) {
    assert.deepEqual(routing(leaseOf([...ROUTES, [code, withDefault]])), [ip("192.0.2.1"), 1]);
    assert.deepEqual(routing(leaseOf([...ROUTES, [code, withoutDefault]])), [0, 1]);
    assert.deepEqual(routing(leaseOf([...ROUTES, [code, [99]]])), [ip("192.0.2.2"), 1]);
  }
  const lease = leaseOf(ROUTES);
  assert.deepEqual(routing(lease), [ip("192.0.2.2"), 1]);
  assert.equal(lease.routes.nextHops[0], ip("192.0.2.3"));
});

Deno.test("Dhcp4Lease.set() takes only option 3 without classless routes (CVE-2024-3661)", () => {
  const settings = new Dhcp4Settings();
  settings.classlessRoutes = false;
  const options: Option[] = [...ROUTES, [121, [
    0,
    ...word("192.0.2.1"),
    1,
    0,
    ...word("192.0.2.1"),
  ]]];
  assert.deepEqual(routing(leaseOf(options, undefined, settings)), [ip("192.0.2.2"), 0]);
  const lease = leaseOf(options);
  assert.deepEqual(routing(lease), [ip("192.0.2.1"), 1]);
  lease.set(replyOf(options), settings);
  assert.deepEqual(routing(lease), [ip("192.0.2.2"), 0], "nothing stays of the lease before");
});

Deno.test("Dhcp4Lease.set() assumes the lease time of the settings when a server names none", () => {
  const settings = new Dhcp4Settings();
  settings.leaseTime = 600;
  assert.equal(leaseOf([], undefined, settings).leaseTime, 600);
  assert.equal(leaseOf([[51, word(120)]], undefined, settings).leaseTime, 120);
  settings.leaseTime = INFINITE;
  assert.equal(leaseOf([], undefined, settings).t1, INFINITE);
});

/** Every field, for comparison. */
function shown(lease: Dhcp4Lease): unknown {
  const texts = [lease.domain, lease.search, lease.serverName, lease.bootFile].map(stringOf);
  const { options, routes, nameServers, domain, search, serverName, bootFile, ...fields } = lease;
  const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => options.has(code));
  assert.ok([nameServers, domain, search, serverName, bootFile].every((field) => field));
  return {
    ...fields,
    texts,
    routes: [routes.router, ...routes.destinations.slice(0, routes.count)],
    nameServers: [...nameServers.slice(0, fields.nameServerCount)],
    options: codes.map((code) => {
      return [
        code,
        ...options.bytes.slice(options.at(code), options.at(code) + options.length(code)),
      ];
    }),
  };
}

function fullLease(): Dhcp4Lease {
  const reply = new Dhcp4Reply();
  const bytes = hex(FULL_ACK);
  assert.equal(reply.decode(bytes, 0, bytes.length), DHCP_TAKEN);
  const lease = new Dhcp4Lease();
  lease.set(reply, new Dhcp4Settings());
  return lease;
}

Deno.test("Dhcp4Lease.copyFrom() copies everything, and keeps nothing of its own", () => {
  const full = fullLease();
  const copy = leaseOf([[6, word("192.0.2.53")], [15, [0x61]], [26, [5, 220]], [252, [0x62]]]);
  const other = leaseOf([[28, word("192.0.2.255")]]);
  copy.copyFrom(full);
  assert.deepEqual(shown(copy), shown(full));
  copy.copyFrom(other);
  assert.deepEqual(shown(copy), shown(other));
});

Deno.test("Dhcp4Lease.set() keeps nothing of the lease before", () => {
  const lease = fullLease();
  lease.set(replyOf([]), new Dhcp4Settings());
  assert.deepEqual(shown(lease), shown(leaseOf([])));
});

Deno.test("Dhcp4Lease.setStatic() is the fallback of the settings, without end", () => {
  const settings = new Dhcp4Settings();
  settings.staticAddress = ip("10.1.2.3");
  settings.staticPrefixLength = 8;
  settings.staticRouter = ip("10.0.0.1");
  settings.staticNameServers.set([ip("10.0.0.2"), 0, ip("10.0.0.3")]);
  const lease = fullLease();
  lease.setStatic(settings);
  const expected = Object.assign(new Dhcp4Lease(), {
    address: ip("10.1.2.3"),
    prefixLength: 8,
    router: ip("10.0.0.1"),
    leaseTime: INFINITE,
    t1: INFINITE,
    t2: INFINITE,
    nameServerCount: 2,
  });
  expected.nameServers.set([ip("10.0.0.2"), ip("10.0.0.3")]);
  assert.deepEqual(shown(lease), shown(expected));
});

Deno.test("Dhcp4Lease.setLinkLocal() is an address and nothing else (RFC 3927 §2.6)", () => {
  const lease = fullLease();
  lease.setLinkLocal(ip("169.254.3.4"));
  const expected = Object.assign(new Dhcp4Lease(), {
    address: ip("169.254.3.4"),
    prefixLength: 16,
    leaseTime: INFINITE,
    t1: INFINITE,
    t2: INFINITE,
  });
  assert.deepEqual(shown(lease), shown(expected));
});

Deno.test("Dhcp4Lease.setInformed() takes the options of the answer, not its address or times", () => {
  const settings = new Dhcp4Settings();
  settings.informAddress = ip("192.0.2.200");
  settings.informPrefixLength = 25;
  const options: Option[] = [[1, word("255.255.255.0")], [51, word(600)], [54, word("192.0.2.1")]];
  const lease = new Dhcp4Lease();
  lease.setInformed(replyOf([...options, [3, word("192.0.2.2")]], "0.0.0.0"), settings);
  assert.deepEqual([lease.address, lease.prefixLength], [ip("192.0.2.200"), 25]);
  assert.deepEqual([lease.leaseTime, lease.t1, lease.t2], [INFINITE, INFINITE, INFINITE]);
  assert.deepEqual([lease.server, lease.router], [ip("192.0.2.1"), ip("192.0.2.2")]);
});
