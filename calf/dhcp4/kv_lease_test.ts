import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import * as capnp from "capnp-es";
import { Request } from "../../schema/kv.capnp.ts";
import { KEYS } from "../../schema/keys.ts";
import { KV_MAX_CHANGES, KvClient } from "../sdk/kv.ts";
import { fromAscii, ip, RecordingHost } from "../sdk/sdk_fixture.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Reply } from "./decode.ts";
import { commitLease, commitLoss, commitState, ORIGIN_DHCP, SCRATCH_LENGTH } from "./kv_lease.ts";
import { Dhcp4Lease, leaseProblem } from "./lease.ts";
import { INFINITE } from "./options.ts";
import { buildMessage, type Option } from "./testing/messages.ts";
import { Dhcp4Settings } from "./settings.ts";
import { STATE_BOUND, STATE_INIT, STATE_SELECTING } from "./transitions.ts";

/** The changes of the one commit that `send` sends, as `key=value` or `-key`. */
function committed(send: (kv: KvClient, scratch: Text) => number): string[] {
  const host = new RecordingHost();
  assert.ok(send(new KvClient(host), new Text(SCRATCH_LENGTH)) > 0);
  assert.equal(host.messages.length, 1, "one message");
  const request = new capnp.Message(host.messages[0], false).getRoot(Request);
  assert.equal(request.which(), Request.COMMIT);
  return [...request.commit].map((change) => {
    const path = "/" + [...change.path].join("/");
    return change._isDelete ? `-${path}` : `${path}=${fromAscii(change.write.toUint8Array())}`;
  });
}

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
  const state = (kv: KvClient, scratch: Text) => commitState(kv, scratch, STATE_SELECTING);
  assert.deepEqual(committed(state), ["/state=SELECTING"]);
});

Deno.test("commitLease() writes only what priv accepts, whatever a usable DHCPACK says", () => {
  const code = fc.constantFrom(1, 3, 6, 15, 26, 28, 51, 54, 58, 59, 119);
  const data = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ maxLength: 80 }),
    fc.domain().map((name) => Uint8Array.from(name, (char) => char.charCodeAt(0))),
  );
  const options = fc.array(fc.tuple(code, data), { maxLength: 15 });
  fc.assert(fc.property(fc.ipV4(), options, (yiaddr, options) => {
    const all: Option[] = [[53, [5]], ...options];
    const bytes = buildMessage({ yiaddr, options: all });
    const reply = new Dhcp4Reply();
    assert.equal(reply.decode(bytes, 0, bytes.length), 0);
    if (leaseProblem(reply) !== 0) return;
    const lease = new Dhcp4Lease();
    lease.set(reply, new Dhcp4Settings());
    const changes = committed((kv, scratch) =>
      commitLease(kv, scratch, lease, ORIGIN_DHCP, STATE_BOUND)
    ).slice(1);
    assert.ok(changes.length < KV_MAX_CHANGES);
    for (const change of changes) {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(change) ?? [];
      const parsed = KEYS.get(key)?.type.parse(value);
      assert.ok(parsed?.ok, `${change}: ${parsed?.ok === false ? parsed.reason : "no key"}`);
    }
  }));
});

Deno.test("commitLease() fits into a message when the server gives as much as it can", () => {
  const lease = fullLease();
  lease.nameServerCount = 16;
  lease.nameServers.fill(ip("203.0.113.253"));
  lease.domain.clear();
  lease.search.clear();
  for (let i = 0; i < 253; i++) lease.domain.ascii("a");
  for (let i = 0; i < 512; i++) lease.search.ascii("a");
  assert.equal(
    committed((kv, scratch) => commitLease(kv, scratch, lease, ORIGIN_DHCP, STATE_BOUND)).length,
    29,
  );
});
