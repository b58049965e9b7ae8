import assert from "node:assert/strict";
import { HandlerStatistics } from "../metrics/statistics.ts";
import { FOREVER, RTPROT_DHCP } from "../../ffi/netlink.ts";
import { Configurator } from "../configurator.ts";
import { Journal } from "../journal.ts";
import { AuditList } from "../testing/audit_list.ts";
import { FakeKernel, INDEX, leaseOf } from "../testing/fake_kernel.ts";
import { AuditedNetlink } from "./audited_netlink.ts";

const ADDRESS = {
  index: INDEX,
  address: "192.0.2.7",
  prefixLength: 24,
  broadcast: "192.0.2.255",
  validSeconds: 120,
  preferredSeconds: 120,
};

function setUp() {
  const kernel = new FakeKernel();
  const audit = new AuditList();
  return { kernel, audit, netlink: new AuditedNetlink(kernel, audit) };
}

Deno.test("AuditedNetlink records each change with what was before, and passes it on", () => {
  const { kernel, audit, netlink } = setUp();
  netlink.links();
  netlink.setLinkUp(INDEX);
  netlink.setLinkMtu(INDEX, 1400);
  netlink.setLinkMtu(INDEX, 1500);
  netlink.putAddress(ADDRESS);
  netlink.putAddress({ ...ADDRESS, validSeconds: FOREVER });
  const route = {
    index: INDEX,
    destination: "0.0.0.0/0",
    gateway: "192.0.2.1",
    source: "192.0.2.7",
    metric: 1007,
    scope: "global",
    protocol: RTPROT_DHCP,
  } as const;
  netlink.addRoute(route);
  netlink.addRoute({ ...route, destination: "198.51.100.1/32", gateway: null, source: null });
  netlink.deleteRoute(route);
  netlink.deleteAddress(ADDRESS);
  netlink.putAddress(ADDRESS);
  assert.deepEqual(audit.texts(), [
    "eth0 | link-up | ok",
    "eth0 | mtu-set | 1500 | 1400 | ok",
    "eth0 | mtu-set | 1400 | 1500 | ok",
    "eth0 | address-add |  | 192.0.2.7/24 broadcast 192.0.2.255 valid for 120 s | ok",
    "eth0 | address-renew | 192.0.2.7/24 broadcast 192.0.2.255 | " +
    "192.0.2.7/24 broadcast 192.0.2.255 valid forever | ok",
    "eth0 | route-add |  | 0.0.0.0/0 via 192.0.2.1 from 192.0.2.7 metric 1007 | ok",
    "eth0 | route-add |  | 198.51.100.1/32 on the link metric 1007 | ok",
    "eth0 | route-remove | 0.0.0.0/0 via 192.0.2.1 from 192.0.2.7 metric 1007 |  | ok",
    "eth0 | address-remove | 192.0.2.7/24 broadcast 192.0.2.255 |  | ok",
    "eth0 | address-add |  | 192.0.2.7/24 broadcast 192.0.2.255 valid for 120 s | ok",
  ]);
  assert.deepEqual(kernel.calls.length, 10);
});

Deno.test("AuditedNetlink records what the kernel refuses, and throws what it throws", () => {
  const { kernel, audit, netlink } = setUp();
  kernel.failing.add("putAddress");
  assert.throws(() => netlink.putAddress({ ...ADDRESS, broadcast: null }), /putAddress failed/);
  assert.deepEqual(audit.texts(), [
    `#${INDEX} | address-add |  | 192.0.2.7/24 valid for 120 s | failed | putAddress failed`,
  ]);
  kernel.failing.clear();
  netlink.link(INDEX);
  netlink.putAddress(ADDRESS);
  assert.match(audit.texts()[0], /^eth0 \| address-add/);
});

Deno.test("AuditedNetlink knows a predecessor's address, which begins anew", () => {
  const { kernel, audit, netlink } = setUp();
  kernel.entries = [ADDRESS];
  netlink.addresses(INDEX);
  netlink.putAddress(ADDRESS);
  assert.match(audit.texts()[0], /address-renew/);
});

Deno.test("AuditedNetlink asks the kernel for nothing that would not be asked otherwise", () => {
  const asked = (wrap: boolean): string[] => {
    const kernel = new FakeKernel();
    const calls: string[] = [];
    const counting = new Proxy(kernel, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        calls.push(String(name));
        return member.bind(target);
      },
    });
    const directory = Deno.makeTempDirSync();
    const configurator = new Configurator({
      handlers: new HandlerStatistics(),
      netlink: wrap ? new AuditedNetlink(counting, new AuditList()) : counting,
      index: INDEX,
      metric: 1007,
      journal: new Journal(`${directory}/owned`, INDEX),
      now: () => 0,
      warn: () => {},
      info: () => {},
    });
    const lease = leaseOf("192.0.2.7/24", { gateway: "192.0.2.1", mtu: 1400 });
    configurator.apply({ lease, expiresMs: 120_000 });
    configurator.apply({ lease, expiresMs: 240_000 });
    configurator.apply(null);
    Deno.removeSync(directory, { recursive: true });
    return calls;
  };
  assert.deepEqual(asked(true), asked(false));
});

Deno.test("AuditedNetlink hears of routes that go with their address, for they are removed before it", () => {
  const kernel = new FakeKernel();
  const events: string[] = [];
  const directory = Deno.makeTempDirSync();
  const configurator = new Configurator({
    handlers: new HandlerStatistics(),
    netlink: new AuditedNetlink(kernel, { record: ({ action }) => void events.push(action) }),
    index: INDEX,
    metric: 1007,
    journal: new Journal(`${directory}/owned`, INDEX),
    now: () => 0,
    warn: () => {},
    info: () => {},
  });
  const lease = leaseOf("192.0.2.7/24", { gateway: "192.0.2.1" });
  configurator.apply({ lease, expiresMs: 120_000 });
  configurator.apply(null);
  Deno.removeSync(directory, { recursive: true });
  const removals = events.filter((action) => action.endsWith("-remove"));
  assert.deepEqual(removals, ["route-remove", "address-remove"]);
  assert.deepEqual([kernel.entries, kernel.table], [[], []]);
});
