import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { DHCPACK, DHCPDISCOVER, DHCPNAK, DHCPOFFER, INFINITE } from "./options.ts";
import { MemoryServer } from "./testing/memory_server.ts";
import { buildMessage, type Option, word } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";

/** How a network treats messages, one after the other: `null` loses, numbers delay. */
const weather = fc.array(
  fc.array(fc.oneof(fc.nat(20), fc.nat(3000)), { maxLength: 2 }),
  { minLength: 1, maxLength: 40 },
);

/** Loss, duplication and reordering as in `fates`, and good weather afterwards. */
function badWeather(s: Simulation, fates: number[][]): void {
  const left = [...fates];
  s.deliveries = () => left.shift() ?? [1];
}

Deno.test("Dhcp4Client gets a lease in spite of loss, duplication and reordering", () => {
  fc.assert(fc.property(weather, fc.nat(0xffffffff), (fates, seed) => {
    const s = new Simulation(seed);
    s.servers.push(new MemoryServer());
    s.servers[1].address = "192.0.2.2";
    s.servers[1].offer = "192.0.2.8";
    badWeather(s, fates);
    s.up();
    s.run(600_000);
    assert.equal(s.client.hasLease, true);
    const server = s.client.lease.server === ip("192.0.2.1") ? s.servers[0] : s.servers[1];
    assert.equal(s.client.lease.address, ip(server.offer), "one server's address, not a mixture");
  }));
});

Deno.test("Dhcp4Client keeps its lease for days when the weather is bad now and then", () => {
  fc.assert(
    fc.property(fc.array(weather, { maxLength: 5 }), (storms) => {
      const s = new Simulation();
      s.server.leaseTime = 600;
      s.up();
      s.run(100);
      for (const fates of storms) {
        badWeather(s, fates.slice(0, 3));
        s.run(86400_000);
      }
      assert.equal(s.records.some((record) => record.what === "lost"), false);
      assert.equal(s.client.hasLease, true);
    }),
    { numRuns: 30 },
  );
});

/** One thing that happens to a client. */
type Happening = (s: Simulation) => void;

const addresses = fc.constantFrom("192.0.2.7", "192.0.2.8", "0.0.0.0", "127.0.0.1", "192.0.2.255");
const seconds = fc.oneof(fc.nat(200), fc.nat(INFINITE), fc.constant(INFINITE));

const messages = fc.record({
  type: fc.constantFrom(DHCPOFFER, DHCPACK, DHCPACK, DHCPNAK, DHCPDISCOVER, 9),
  /** Which of our messages, counted from the last one, is answered; none when −1. */
  answers: fc.constantFrom(0, 0, 0, 1, 2, -1),
  yiaddr: addresses,
  server: fc.option(addresses),
  time: fc.option(seconds),
  t1: fc.option(seconds),
  t2: fc.option(seconds),
}).map(({ type, answers, yiaddr, server, time, t1, t2 }): Happening => (s) => {
  const options: Option[] = [[53, [type]]];
  if (server !== null) options.push([54, word(server)]);
  if (time !== null) options.push([51, word(time)]);
  if (t1 !== null) options.push([58, word(t1)]);
  if (t2 !== null) options.push([59, word(t2)]);
  const xid = answers < 0 ? 0 : s.sent().at(-1 - answers)?.message.xid ?? 0;
  const bytes = buildMessage({ xid, yiaddr, options });
  const last = s.sent().at(-1)?.message;
  const before = s.records.length;
  s.client.receive(bytes, 0, bytes.length);
  const bound = s.records.slice(before).find((record) => record.what === "bound");
  if (bound === undefined) return;
  assert.equal(type, DHCPACK, "only a DHCPACK configures");
  assert.equal(xid, last?.xid, "and only one for our xid");
  assert.notEqual(last?.type, DHCPDISCOVER, "after a DHCPREQUEST");
  assert.equal(bound.address, ip(yiaddr));
});

const happenings = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: messages },
    {
      weight: 4,
      arbitrary: fc.oneof(fc.nat(5000), fc.nat(100_000), fc.nat(4000_000))
        .map((ms): Happening => (s) => s.run(ms)),
    },
    { weight: 1, arbitrary: fc.nat(0x7fffffff).map((ms): Happening => (s) => s.sleep(ms)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Happening>(
        (s) => s.up(),
        (s) => s.down(),
        (s) => s.client.leaseAccepted(),
        (s) => s.client.leaseRefused(),
        (s) => s.commits = !s.commits,
        (s) => s.client.onTimer(),
      ),
    },
  ),
  { maxLength: 40 },
);

Deno.test("Dhcp4Client keeps its promises in any order of events", () => {
  fc.assert(
    fc.property(happenings, fc.nat(0xffffffff), (happenings, seed) => {
      const s = new Simulation(seed);
      s.servers = [];
      s.up();
      for (const happen of happenings) happen(s);
      let leased = false;
      for (const record of s.records) {
        if (record.what === "bound") {
          const { t1, t2, leaseTime } = record;
          assert.ok(leaseTime >= 20);
          assert.ok(leaseTime === INFINITE ? t1 === INFINITE && t2 === INFINITE : t1 < t2);
          assert.ok(t2 <= leaseTime);
          assert.equal(record.renewed, leased);
          leased = true;
        } else if (record.what === "lost") {
          assert.equal(leased, true, "lost without a lease");
          leased = false;
        } else if (record.what === "state") {
          const name = record.state;
          assert.equal(leased, name === "RENEWING" || name === "REBINDING", `lease in ${name}`);
        }
      }
      assert.equal(s.client.hasLease, leased);
    }),
    { numRuns: 300 },
  );
});

Deno.test("Dhcp4Client never sends more than a few messages in a second", () => {
  fc.assert(
    fc.property(happenings, (happenings) => {
      const s = new Simulation();
      s.up();
      for (const happen of happenings) happen(s);
      const sent = s.sent().map(({ at }) => at);
      // Each happening may provoke an answer; time alone must not.
      const limit = 5 + happenings.length;
      for (let i = limit; i < sent.length; i++) {
        assert.ok(sent[i] - sent[i - limit] >= 1000, `${limit} messages within a second`);
      }
    }),
  );
});
