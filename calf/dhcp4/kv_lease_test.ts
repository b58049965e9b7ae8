import assert from "node:assert/strict";
import "portable";
import { ip } from "../sdk/sdk_fixture.ts";
import {
  commitAutoConfigure,
  commitIpv6Only,
  commitLease,
  commitLoss,
  commitState,
  ORIGIN_DHCP,
} from "./kv_lease.ts";
import { Dhcp4Lease } from "./lease.ts";
import { INFINITE } from "./options.ts";
import { committed } from "./testing/commits.ts";
import { STATE_BOUND, STATE_INIT, STATE_SELECTING, STATE_V6ONLY } from "./transitions.ts";

function fullLease(): Dhcp4Lease {
  const lease = Object.assign(new Dhcp4Lease(), {
    address: ip("192.0.2.7"),
    prefixLength: 24,
    server: ip("192.0.2.1"),
    leaseTime: 3600,
    t1: 1800,
    t2: 3150,
    broadcast: ip("192.0.2.255"),
    router: ip("192.0.2.1"),
    mtu: 1500,
    nameServerCount: 2,
  });
  lease.nameServers.set([ip("192.0.2.53"), ip("192.0.2.54")]);
  lease.domain.ascii("example.org");
  lease.search.ascii("example.org lan");
  return lease;
}

Deno.test("commitLease() replaces everything in one commit", () => {
  assert.deepEqual(
    committed((kv, scratch) => commitLease(kv, scratch, fullLease(), ORIGIN_DHCP, STATE_BOUND)),
    [
      "-/",
      "/state=BOUND",
      "/ip=192.0.2.7/24",
      "/origin=dhcp",
      "/broadcast=192.0.2.255",
      "/gateway=192.0.2.1",
      "/mtu=1500",
      "/domain=example.org",
      "/search=example.org lan",
      "/nameserver/001=192.0.2.53",
      "/nameserver/002=192.0.2.54",
      "/lease/server=192.0.2.1",
      "/lease/time=3600",
      "/lease/t1=1800",
      "/lease/t2=3150",
    ],
  );
});

Deno.test("commitLease() leaves out what the server did not give", () => {
  const lease = Object.assign(new Dhcp4Lease(), {
    address: ip("192.0.2.7"),
    prefixLength: 32,
    leaseTime: INFINITE,
    t1: INFINITE,
    t2: INFINITE,
  });
  assert.deepEqual(
    committed((kv, scratch) => commitLease(kv, scratch, lease, ORIGIN_DHCP, STATE_BOUND)),
    [
      "-/",
      "/state=BOUND",
      "/ip=192.0.2.7/32",
      "/origin=dhcp",
      "/lease/time=infinite",
      "/lease/t1=infinite",
      "/lease/t2=infinite",
    ],
  );
});

Deno.test("commitLoss() removes everything, commitState() only tells the state", () => {
  assert.deepEqual(committed((kv, scratch) => commitLoss(kv, scratch, STATE_INIT)), [
    "-/",
    "/state=INIT",
  ]);
  assert.deepEqual(committed((kv, scratch) => commitState(kv, scratch, STATE_SELECTING)), [
    "/state=SELECTING",
  ]);
});

Deno.test("commitIpv6Only() removes everything, commitAutoConfigure() nothing", () => {
  const seconds = 1800;
  assert.deepEqual(
    committed((kv, scratch) => commitIpv6Only(kv, scratch, seconds, STATE_V6ONLY)),
    ["-/", "/state=V6ONLY", "/ipv6-only=1800"],
  );
  for (const [allowed, value] of [[true, "on"], [false, "off"]] as const) {
    const changes = committed((kv, scratch) => commitAutoConfigure(kv, scratch, allowed));
    assert.deepEqual(changes, [`/auto-configure=${value}`]);
  }
});
