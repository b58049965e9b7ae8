import assert from "node:assert/strict";
import { INFINITE_SECONDS } from "../../schema/values.ts";
import { readLease } from "./lease.ts";
import { KvStore } from "./store.ts";

Deno.test("readLease() gives null before a lease and after its loss", () => {
  const store = new KvStore();
  assert.equal(readLease(store), null);
  store.commit("calf:dhcp4", [
    { path: "/ip", text: "192.0.2.7/24" },
    { path: "/lease/time", text: "60" },
  ]);
  assert.notEqual(readLease(store), null);
  store.commit("calf:dhcp4", [{ path: "/", text: null }, { path: "/state", text: "INIT" }]);
  assert.equal(readLease(store), null);
});

Deno.test("readLease() gives null and empty lists for what the server did not send", () => {
  const store = new KvStore();
  store.commit("calf:dhcp4", [
    { path: "/ip", text: "192.0.2.7/32" },
    { path: "/lease/time", text: "infinite" },
  ]);
  assert.deepEqual(readLease(store), {
    origin: "dhcp",
    address: { address: "192.0.2.7", prefixLength: 32 },
    broadcast: null,
    gateway: null,
    routes: [],
    mtu: null,
    hostName: null,
    domain: null,
    search: [],
    nameservers: [],
    timeServers: [],
    captivePortal: null,
    server: null,
    leaseSeconds: INFINITE_SECONDS,
    t1Seconds: null,
    t2Seconds: null,
  });
});

Deno.test("readLease() gives every key of the lease, name servers in order whatever order they came in", () => {
  const store = new KvStore();
  const texts: [string, string][] = [
    ["/ip", "192.0.2.7/24"],
    ["/broadcast", "255.255.255.255"],
    ["/origin", "static"],
    ["/gateway", "192.0.2.1"],
    ["/route/002", "198.51.100.0/24 0.0.0.0"],
    ["/route/001", "10.0.0.0/8 192.0.2.9"],
    ["/hostname", "box"],
    ["/ntp/002", "192.0.2.124"],
    ["/ntp/001", "192.0.2.123"],
    ["/captive-portal", "https://portal.example.org/api"],
    ["/mtu", "1400"],
    ["/domain", "Example.org"],
    ["/search", "example.org Corp.example.org"],
    ["/nameserver/016", "192.0.2.56"],
    ["/nameserver/003", "192.0.2.54"],
    ["/nameserver/001", "192.0.2.53"],
    ["/lease/server", "192.0.2.2"],
    ["/lease/time", "3600"],
    ["/lease/t1", "1800"],
    ["/lease/t2", "3150"],
  ];
  assert.equal(store.commit("calf:dhcp4", texts.map(([path, text]) => ({ path, text }))), null);
  assert.deepEqual(readLease(store), {
    origin: "static",
    address: { address: "192.0.2.7", prefixLength: 24 },
    broadcast: "255.255.255.255",
    gateway: "192.0.2.1",
    routes: [
      { destination: "10.0.0.0/8", nextHop: "192.0.2.9" },
      { destination: "198.51.100.0/24", nextHop: null },
    ],
    mtu: 1400,
    hostName: "box",
    domain: "example.org",
    search: ["example.org", "corp.example.org"],
    nameservers: ["192.0.2.53", "192.0.2.54", "192.0.2.56"],
    timeServers: ["192.0.2.123", "192.0.2.124"],
    captivePortal: "https://portal.example.org/api",
    server: "192.0.2.2",
    leaseSeconds: 3600,
    t1Seconds: 1800,
    t2Seconds: 3150,
  });
});
