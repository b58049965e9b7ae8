import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import { DHCP_TAKEN, DROP_DHCP_SERVER, DROP_DHCP_YIADDR } from "./drops.ts";
import { LOST_MOVED } from "./output.ts";
import { ACD_AFTER, ACD_BEFORE, ACD_NEVER } from "./settings.ts";
import { MemoryServer } from "./testing/memory_server.ts";
import { buildMessage } from "./testing/messages.ts";
import { Simulation } from "./testing/simulation.ts";

function names(s: Simulation): string[] {
  return s.states().map(([, name]) => name);
}

Deno.test("Dhcp4Client takes one of several leases by rapid commit", () => {
  const s = new Simulation();
  s.servers.push(new MemoryServer());
  Object.assign(s.servers[1], { address: "192.0.2.2", offer: "192.0.2.8" });
  for (const server of s.servers) server.rapid = true;
  s.up();
  s.run(1000);
  assert.deepEqual(names(s), ["SELECTING", "BOUND"]);
  assert.equal(s.client.lease.address, ip("192.0.2.7"));
});

Deno.test("Dhcp4Client that has chosen an offer takes no lease by rapid commit (RFC 4039 §3.1)", () => {
  const s = new Simulation();
  const other = new MemoryServer();
  Object.assign(other, { address: "192.0.2.2", offer: "192.0.2.8" });
  s.up();
  s.run(2);
  assert.equal(names(s).at(-1), "REQUESTING");
  const { xid } = s.sent()[0].message;
  const late = other.build(5, xid, [[80, []]]);
  assert.equal(s.client.receive(late, 0, late.length), DROP_DHCP_SERVER);
  const chosen = s.server.build(5, xid, [[80, []]]);
  assert.equal(s.client.receive(chosen, 0, chosen.length), DHCP_TAKEN, "it echoes option 80");
});

for (const acd of [ACD_AFTER, ACD_NEVER]) {
  Deno.test(`Dhcp4Client follows a DHCPACK that gives another address, acd ${acd}`, () => {
    const s = moving(acd);
    assert.deepEqual(names(s).slice(3), ["RENEWING", "BOUND"]);
    const bound = s.records.filter((record) => record.what === "bound").at(-1);
    assert.deepEqual([bound?.address, bound?.renewed], [ip("192.0.2.8"), false]);
    assert.equal(s.client.lease.address, ip("192.0.2.8"));
  });
}

Deno.test("Dhcp4Client does not use another address of a DHCPACK unprobed with acd=before", () => {
  const s = moving(ACD_BEFORE);
  assert.equal(s.client.hasLease, false);
  const lost = s.records.flatMap((record) => record.what === "lost" ? [record] : []);
  assert.deepEqual(lost.map(({ address, cause }) => [address, cause]), [
    [ip("192.0.2.7"), LOST_MOVED],
  ]);
  s.server.answers = () => true;
  s.run(1000);
  assert.equal(s.sent().at(-2)?.message.requested, ip("192.0.2.8"), "a wish");
  assert.equal(names(s).at(-1), "PROBING");
  s.tell((client) => client.addressVerified());
  assert.equal(s.client.lease.address, ip("192.0.2.8"));
});

/** A client in RENEWING that is given another address. */
function moving(acd: number): Simulation {
  const s = new Simulation();
  s.settings.acd = acd;
  s.up();
  s.run(10);
  s.tell((client) => client.addressVerified());
  s.server.answers = () => false;
  s.run(1800_000);
  s.server.offer = "192.0.2.8";
  s.send(s.server.build(5, s.sent().at(-1)!.message.xid));
  s.run(10);
  return s;
}

Deno.test("Dhcp4Client passes option 116 on once for each DHCPDISCOVER", () => {
  const s = new Simulation();
  s.server.up = false;
  s.up();
  s.run(10);
  const { xid } = s.sent()[0].message;
  const told = () => s.records.filter((record) => record.what === "auto-configure").length;
  const offer = (allowed: number) => {
    const options: [number, number[]][] = [[53, [2]], [116, [allowed]]];
    const bytes = buildMessage({ xid, yiaddr: "0.0.0.0", options });
    return s.client.receive(bytes, 0, bytes.length);
  };
  assert.equal(offer(0), DHCP_TAKEN);
  for (let i = 0; i < 20; i++) assert.equal(offer(i % 2), DROP_DHCP_YIADDR);
  assert.equal(told(), 1);
  s.run(700);
  assert.equal(offer(1), DHCP_TAKEN);
  assert.equal(told(), 2);
});
