/**
 * The cases of `netlink_test.ts`. Each runs as a program of its own in a new network namespace
 * with a veth pair `mirage0`–`mirage1`; `ip -j` says independently what the kernel holds.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  FOREVER,
  type Ipv4AddressEntry,
  type Ipv4RouteEntry,
  LinkMonitor,
  NetlinkError,
  NetlinkErrorCode,
  RouteSocket,
  RTPROT_DHCP,
} from "./netlink.ts";
import { closeFd } from "./fd.ts";
import { PollSet } from "./poll.ts";

/** One object of `ip -j`. */
type Row = Record<string, unknown>;

function ip(args: string): Row[] {
  const output = new Deno.Command("ip", { args: ["-j", ...args.split(" ")] }).outputSync();
  assert(output.success, `ip ${args}: ${new TextDecoder().decode(output.stderr)}`);
  const text = new TextDecoder().decode(output.stdout).trim();
  return text === "" ? [] : JSON.parse(text);
}

function address(): Row[] {
  return (ip("-4 address show dev mirage0")[0]?.addr_info ?? []) as Row[];
}

function code(wanted: number, operation: string): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof NetlinkError, String(error));
    assert.equal(error.code, wanted);
    assert.equal(error.operation, operation);
    return true;
  };
}

function bothUp(): void {
  ip("link set mirage0 up");
  ip("link set mirage1 up");
}

function entry(index: number, change: Partial<Ipv4AddressEntry> = {}): Ipv4AddressEntry {
  return {
    index,
    address: "192.0.2.7",
    prefixLength: 24,
    broadcast: "192.0.2.255",
    validSeconds: 3600,
    preferredSeconds: 1800,
    ...change,
  };
}

function route(index: number, change: Partial<Ipv4RouteEntry> = {}): Ipv4RouteEntry {
  return {
    index,
    destination: "0.0.0.0/0",
    gateway: "192.0.2.1",
    source: "192.0.2.7",
    metric: 1024,
    scope: "global",
    protocol: RTPROT_DHCP,
    ...change,
  };
}

/** Whoever uses a socket from now on finds it closed. */
function breakSockets(): void {
  const isSocket = (name: string) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith("socket:");
    } catch {
      return false; // the directory that was read
    }
  };
  const names = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => name);
  for (const name of names.filter(isSocket)) closeFd(Number(name));
}

/** What is tested, by name; each gets an open socket and the index of `mirage0`. */
export const CASES: Record<string, (socket: RouteSocket, index: number) => void> = {
  "link() tells what ip tells, by name and by index": (socket, index) => {
    const row = ip("link show dev mirage0")[0];
    const { carrierChanges = -1, ...down } = socket.link("mirage0") ?? {};
    assert.deepEqual(down, {
      index: row.ifindex,
      name: "mirage0",
      mac: row.address,
      mtu: row.mtu,
      up: false,
      running: false,
      loopback: false,
      arpType: 1,
    });
    assert.deepEqual(socket.link(index), { ...down, carrierChanges });
    ip("link set mirage0 up");
    assert.deepEqual(socket.link(index), { ...down, carrierChanges, up: true });
    ip("link set mirage1 up");
    const running = { ...down, up: true, running: true };
    assert.deepEqual(socket.link(index), { ...running, carrierChanges: carrierChanges + 1 });
    ip("link set mirage1 down");
    ip("link set mirage1 up");
    assert.deepEqual(socket.link(index), { ...running, carrierChanges: carrierChanges + 3 });
    assert.equal(socket.link("lo")?.loopback, true);
    assert.equal(socket.link("lo")?.arpType, 772);
  },
  "link() is null when there is no such interface": (socket) => {
    for (const which of ["mirage9", 4242, 0, -1, "", "a".repeat(15), "a".repeat(16), "a b"]) {
      assert.equal(socket.link(which), null, String(which));
    }
  },
  "links() lists what ip lists": (socket) => {
    ip("link set mirage1 up");
    const names = ip("link show").map(({ ifname }) => ifname);
    assert(names.includes("mirage0") && names.includes("mirage1"));
    assert.deepEqual(socket.links().map(({ name }) => name), names);
    for (const link of socket.links()) assert.deepEqual(link, socket.link(link.index));
    ip("link delete mirage0");
    assert(!socket.links().some(({ name }) => name.startsWith("mirage")));
  },
  "setLinkUp() changes only IFF_UP": (socket, index) => {
    ip("link set mirage0 promisc on arp off");
    const before = ip("link show dev mirage0")[0].flags as string[];
    socket.setLinkUp(index);
    socket.setLinkUp(index);
    const after = ip("link show dev mirage0")[0].flags as string[];
    assert(!before.includes("UP") && after.includes("UP"));
    for (const flag of before) assert(flag === "M-DOWN" || after.includes(flag), flag);
    assert.throws(
      () => socket.setLinkUp(4242),
      code(NetlinkErrorCode.NODEV, "set link 4242 up"),
    );
  },
  "setLinkMtu() changes only the MTU": (socket, index) => {
    bothUp();
    const before = ip("link show dev mirage0")[0];
    socket.setLinkMtu(index, 1400);
    assert.deepEqual(ip("link show dev mirage0")[0], { ...before, mtu: 1400 });
    assert.throws(() => socket.setLinkMtu(index, 10), NetlinkError);
    assert.equal(ip("link show dev mirage0")[0].mtu, 1400);
  },
  "putAddress() adds an address, then renews its lifetimes": (socket, index) => {
    socket.putAddress(entry(index));
    const [row, ...others] = address();
    assert.deepEqual(others, []);
    assert.equal(row.local, "192.0.2.7");
    assert.equal(row.prefixlen, 24);
    assert.equal(row.broadcast, "192.0.2.255");
    assert.equal(row.scope, "global");
    assert(Number(row.valid_life_time) > 3500 && Number(row.valid_life_time) <= 3600);
    assert(Number(row.preferred_life_time) > 1700 && Number(row.preferred_life_time) <= 1800);
    socket.putAddress(entry(index, { validSeconds: FOREVER, preferredSeconds: FOREVER }));
    assert.equal(address().length, 1);
    assert.equal(address()[0].valid_life_time, FOREVER);
  },
  "putAddress() does without a broadcast address": (socket, index) => {
    socket.putAddress(entry(index, { prefixLength: 32, broadcast: null }));
    assert.equal(address()[0].prefixlen, 32);
    assert.equal(address()[0].broadcast, undefined);
    assert.equal(socket.addresses(index)[0].broadcast, null);
  },
  "putAddress() gives the prefix's route a metric": (socket, index) => {
    bothUp();
    for (const validSeconds of [3600, 7200]) {
      socket.putAddress(entry(index, { metric: 1002, validSeconds }));
      const [row, ...others] = ip("-4 route show dev mirage0");
      assert.deepEqual(others, []);
      assert.deepEqual([row.dst, row.metric, row.protocol], ["192.0.2.0/24", 1002, "kernel"]);
    }
    // The same network on another interface, with another metric.
    const other = socket.link("mirage1")!.index;
    socket.putAddress(entry(other, { address: "192.0.2.8", metric: 1003 }));
    assert.deepEqual(ip("-4 route show 192.0.2.0/24").map(({ metric }) => metric), [1002, 1003]);
    socket.deleteAddress(entry(index));
    assert.deepEqual(ip("-4 route show dev mirage0"), []);
  },
  "putAddress() adds an address of the link's scope": (socket, index) => {
    const local = { address: "169.254.7.7", prefixLength: 16, broadcast: "169.254.255.255" };
    socket.putAddress(entry(index, { ...local, scope: "link" }));
    assert.equal(address()[0].scope, "link");
    socket.putAddress(entry(index, { ...local, scope: "link", validSeconds: 7200 }));
    assert.equal(address().length, 1);
    socket.deleteAddress(entry(index, local));
    assert.deepEqual(address(), []);
  },
  "putAddress() changes nothing when it fails": (socket, index) => {
    const operation = "set address 192.0.2.7/24";
    assert.throws(
      () => socket.putAddress(entry(4242)),
      code(NetlinkErrorCode.NODEV, operation),
    );
    assert.throws(
      () => socket.putAddress(entry(index, { preferredSeconds: 4000 })),
      code(NetlinkErrorCode.INVAL, operation),
    );
    for (
      const change of [
        { address: "192.0.2.300" },
        { address: "192.0.2.7/24" },
        { address: "2001:db8::1" },
        { prefixLength: 33 },
        { broadcast: "all" },
      ]
    ) assert.throws(() => socket.putAddress(entry(index, change)), TypeError);
    assert.deepEqual(address(), []);
  },
  "addresses() lists the IPv4 addresses of one interface": (socket, index) => {
    ip("address add 192.0.2.7/24 broadcast 192.0.2.255 dev mirage0");
    ip("address add 198.51.100.1/32 dev mirage0 valid_lft 100 preferred_lft 50");
    ip("address add 203.0.113.1/24 dev mirage1");
    ip("address add 2001:db8::1/64 dev mirage0");
    const [first, second, ...others] = socket.addresses(index);
    assert.deepEqual(others, []);
    assert.deepEqual(first, entry(index, { validSeconds: FOREVER, preferredSeconds: FOREVER }));
    assert.equal(second.address, "198.51.100.1");
    assert.equal(second.prefixLength, 32);
    assert.equal(second.broadcast, null);
    assert(second.validSeconds > 0 && second.validSeconds <= 100);
    assert(second.preferredSeconds > 0 && second.preferredSeconds <= 50);
    assert.deepEqual(socket.addresses(4242), []);
  },
  "deleteAddress() removes that address and no other": (socket, index) => {
    socket.putAddress(entry(index));
    socket.putAddress(entry(index, { address: "198.51.100.8" }));
    socket.deleteAddress(entry(index));
    assert.deepEqual(address().map((row) => row.local), ["198.51.100.8"]);
    assert.throws(
      () => socket.deleteAddress(entry(index)),
      code(NetlinkErrorCode.NOADDR, "delete address 192.0.2.7/24"),
    );
    assert.throws(() =>
      socket.deleteAddress(entry(index, { address: "198.51.100.8", prefixLength: 25 }))
    );
  },
  "addRoute() adds the default route of a DHCP client": (socket, index) => {
    bothUp();
    socket.putAddress(entry(index));
    socket.addRoute(route(index));
    assert.deepEqual(ip("-4 route show default"), [{
      dst: "default",
      gateway: "192.0.2.1",
      dev: "mirage0",
      protocol: "dhcp",
      prefsrc: "192.0.2.7",
      metric: 1024,
      flags: [],
    }]);
    assert.throws(() => socket.addRoute(route(index)), {
      message: "Cannot add route 0.0.0.0/0: object exists (NLE_EXIST 6)",
    });
    socket.addRoute(route(index, { metric: 2048 }));
    assert.equal(ip("-4 route show default").length, 2);
  },
  "addRoute() adds a route on the link, and one through it": (socket, index) => {
    bothUp();
    socket.putAddress(entry(index, { prefixLength: 32, broadcast: null }));
    const link = route(index, { destination: "192.0.2.1/32", gateway: null, scope: "link" });
    socket.addRoute(link);
    assert.equal(ip("-4 route show 192.0.2.1")[0].scope, "link");
    socket.addRoute(route(index));
    assert.deepEqual(socket.routes(index), [route(index), link]);
    socket.addRoute(route(index, { metric: 5, gateway: "198.51.100.9", onLink: true }));
    assert.deepEqual(ip("-4 route show metric 5")[0].flags, ["onlink"]);
  },
  "addRoute() adds nothing when it fails": (socket, index) => {
    bothUp();
    socket.putAddress(entry(index));
    const before = ip("-4 route show table all");
    for (
      const change of [
        { gateway: "198.51.100.1" },
        { source: "198.51.100.1" },
        { destination: "192.0.2.128/24" },
        { index: 4242 },
      ]
    ) assert.throws(() => socket.addRoute(route(index, change)), NetlinkError);
    for (
      const change of [
        { destination: "192.0.2.0/33" },
        { destination: "192.0.2.0/24/8" },
        { destination: "everything" },
        { gateway: "fe80::1" },
        { source: "192.0.2.256" },
      ]
    ) assert.throws(() => socket.addRoute(route(index, change)), TypeError);
    assert.deepEqual(ip("-4 route show table all"), before);
  },
  "routes() lists the unicast routes of the main table through one interface": (socket, index) => {
    bothUp();
    ip("address add 192.0.2.7/24 dev mirage0");
    ip("address add 203.0.113.1/24 dev mirage1");
    ip("route add default via 192.0.2.1 dev mirage0 metric 7 proto static");
    ip("route add 198.51.100.0/24 via 192.0.2.9 dev mirage0 table 100");
    ip("route add blackhole 198.51.100.0/25");
    assert.deepEqual(socket.routes(index), [
      route(index, { source: null, metric: 7, protocol: 4 }),
      {
        index,
        destination: "192.0.2.0/24",
        gateway: null,
        source: "192.0.2.7",
        metric: 0,
        scope: "link",
        protocol: 2,
      },
    ]);
    assert.deepEqual(socket.routes(4242), []);
  },
  "deleteRoute() removes the route with these properties and no other": (socket, index) => {
    bothUp();
    socket.putAddress(entry(index));
    socket.addRoute(route(index));
    const missing = code(NetlinkErrorCode.OBJ_NOTFOUND, "delete route 0.0.0.0/0");
    for (const change of [{ metric: 7 }, { protocol: 4 }, { gateway: "192.0.2.2" }]) {
      assert.throws(() => socket.deleteRoute(route(index, change)), missing);
    }
    for (const listed of socket.routes(index)) socket.deleteRoute(listed);
    assert.deepEqual(ip("-4 route show dev mirage0"), []);
    assert.throws(() => socket.deleteRoute(route(index)), missing);
  },
  "RouteSocket answers questions after one that could not be sent": (socket, index) => {
    const before = socket.link(index);
    breakSockets();
    assert.deepEqual(socket.link(index), before, "asked again");
    breakSockets();
    assert.throws(() => socket.putAddress(entry(index)), NetlinkError);
    socket.putAddress(entry(index));
    assert.equal(address().length, 1);
  },
  "LinkMonitor becomes readable when a link changes, and drain() empties it": (_, index) => {
    const monitor = new LinkMonitor();
    const poll = new PollSet();
    poll.add(monitor.fd);
    monitor.drain();
    assert.equal(poll.wait(0), 0);
    for (let round = 0; round < 3; round++) {
      bothUp();
      ip("link set mirage0 down");
      assert.equal(poll.wait(5000), 1);
      monitor.drain();
      assert.equal(poll.wait(0), 0);
    }
    // An overrun: far more messages than the socket's queue holds.
    const socket = new RouteSocket();
    for (let n = 0; n < 2000; n++) socket.setLinkMtu(index, 1000 + n % 2);
    monitor.drain();
    assert.equal(poll.wait(0), 0);
    ip("link set mirage0 up");
    assert.equal(poll.wait(5000), 1);
    monitor.close();
    monitor.close();
  },
  "RouteSocket opens, asks and closes without leaving anything behind": (socket, index) => {
    socket.putAddress(entry(index));
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = descriptors();
    const rss = Deno.memoryUsage().rss;
    for (let n = 0; n < 3000; n++) {
      const other = new RouteSocket();
      other.link(index);
      other.addresses(index);
      other.routes(index);
      assert.throws(() => other.putAddress(entry(index, { broadcast: "x" })));
      other.close();
      other.close();
      assert.throws(() => other.link(index), TypeError);
    }
    assert.equal(descriptors(), before);
    assert(Deno.memoryUsage().rss - rss < 24 << 20, "memory grows");
  },
};

if (import.meta.main) {
  ip("link add mirage0 type veth peer name mirage1");
  const socket = new RouteSocket();
  CASES[Deno.args[0]](socket, socket.link("mirage0")!.index);
}
