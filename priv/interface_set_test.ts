import assert from "node:assert/strict";
import { type LinkState, NetlinkError, NetlinkErrorCode } from "../ffi/netlink.ts";
import { NO_AUDIT } from "./audit/event.ts";
import { descriptorsNeeded } from "./inherited.ts";
import { InterfaceSelection, type SelectedLink } from "./interface_selection.ts";
import { InterfaceSet } from "./interface_set.ts";
import type { StartedInterface } from "./interface_start.ts";
import type { ManagedInterface } from "./managed_interface.ts";
import { FakeLinks, linkOf } from "./testing/fake_links.ts";
import { FakeLoop } from "./testing/fake_loop.ts";
import { collectLog } from "./testing/log_lines.ts";

/** What an interface was told. */
class FakeManaged {
  readonly name: string;
  readonly seen: string[] = [];
  others: readonly string[] = [];
  settled = false;
  failing = false;

  constructor(name: string) {
    this.name = name;
  }

  linkChanged({ mac }: LinkState): void {
    if (this.failing) throw new Error("Cannot do it: EIO (5)");
    this.seen.push(mac);
  }

  othersChanged(macs: readonly string[]): void {
    this.others = macs;
  }

  stop(keep: boolean): void {
    this.seen.push(keep ? "kept" : "stopped");
    if (this.failing) throw new Error("Cannot stop it: EIO (5)");
  }
}

class World {
  readonly log = collectLog();
  readonly loop = new FakeLoop();
  readonly links = new FakeLinks();
  /** Locked by this daemon, `NAME INDEX`. */
  readonly locked = new Set<string>();
  /** Names that another daemon has. */
  readonly taken = new Set<string>();
  /** Names that cannot be managed although they are ours. */
  readonly broken = new Set<string>();
  /** All that were ever managed. */
  readonly managed: FakeManaged[] = [];
  readonly set: InterfaceSet;

  constructor(names: readonly string[], descriptors = 1024) {
    this.set = new InterfaceSet({
      loop: this.loop,
      netlink: this.links,
      selection: new InterfaceSelection(names),
      runDir: "/run",
      descriptors,
      audit: NO_AUDIT,
      startCalf: () => assert.fail("not asked"),
      start: (_, selected) => this.start(selected),
      manage: ({ link }) => this.#manage(link),
    });
  }

  start({ link, rank }: SelectedLink): StartedInterface {
    const held = `${link.name} ${link.index}`;
    if (this.taken.has(link.name)) throw new Error(`Cannot manage ${link.name}: another one does`);
    assert(!this.locked.has(held), `${held} is locked twice`);
    this.locked.add(held);
    const lock = { warning: null, release: () => assert(this.locked.delete(held)) };
    return { link, rank, lock, calf: null as unknown as StartedInterface["calf"] };
  }

  #manage(link: LinkState): ManagedInterface {
    if (this.broken.has(link.name)) throw new Error(`Cannot set ${link.name} up: no`);
    const managed = new FakeManaged(link.name);
    this.managed.push(managed);
    return managed as unknown as ManagedInterface;
  }

  /** The system changes. */
  become(...present: LinkState[]): void {
    this.links.present = present;
    this.set.refresh();
  }

  get names(): string[] {
    return this.set.all.map(({ name }) => name);
  }
}

Deno.test("InterfaceSet manages what comes, and says once what it waits for", () => {
  const world = new World(["eth0", "eth7", "wl*"]);
  world.become(linkOf("eth0", 2));
  world.become(linkOf("eth0", 2));
  assert.deepEqual(world.log, [
    "warning eth7: waiting for the interface",
    "warning wl*: waiting for the interface",
  ]);
  world.become(linkOf("eth0", 2), linkOf("eth7", 3), linkOf("wlan0", 4), linkOf("dummy0", 5));
  assert.deepEqual(world.names, ["eth0", "eth7", "wlan0"]);
  assert.equal(world.log.length, 2);
});

Deno.test("InterfaceSet stops what is gone, and waits for it again", () => {
  const world = new World(["eth0"]);
  world.become(linkOf("eth0", 2));
  world.become();
  assert.deepEqual(world.names, []);
  assert.deepEqual(world.managed[0].seen, ["stopped"]);
  assert.equal(world.locked.size, 0);
  assert.deepEqual(world.log, [
    "warning eth0: the interface is gone",
    "warning eth0: waiting for the interface",
  ]);
  world.become(linkOf("eth0", 3));
  assert.deepEqual(world.names, ["eth0"]);
  assert.deepEqual([...world.locked], ["eth0 3"]);
});

Deno.test("InterfaceSet begins anew when an interface was made anew between two looks", () => {
  const world = new World(["eth0"]);
  world.become(linkOf("eth0", 2));
  world.become(linkOf("eth0", 3));
  assert.deepEqual(world.managed.map(({ seen }) => seen), [["stopped"], []]);
  assert.deepEqual([...world.locked], ["eth0 3"]);
});

Deno.test("InterfaceSet ends under the old name, and begins under the new one if it is meant", () => {
  const world = new World(["eth*"]);
  world.become(linkOf("eth0", 2));
  world.become(linkOf("eth5", 2));
  assert.deepEqual(world.names, ["eth5"]);
  assert.deepEqual(world.managed.map(({ seen }) => seen), [["stopped"], []]);
  assert.deepEqual([...world.locked], ["eth5 2"]);
  world.become(linkOf("lan0", 2));
  assert.deepEqual(world.names, []);
  assert.equal(world.locked.size, 0);
  assert.deepEqual(world.log, [
    "warning eth0: the interface is called eth5 now",
    "warning eth5: the interface is called lan0 now",
    "warning eth*: waiting for the interface",
  ]);
});

Deno.test("InterfaceSet hands the state of the others on, whatever happens to one", () => {
  const world = new World(["eth0", "eth1"]);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  world.managed[0].failing = true;
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  assert.deepEqual(world.names, ["eth1"]);
  assert.deepEqual(world.managed[1].seen, ["02:00:00:00:00:03"]);
  assert.match(world.log.join(), /error eth0: Cannot do it: EIO \(5\): tried again later/);
  world.loop.advance(1_000);
  assert.deepEqual(world.names, ["eth1", "eth0"]);
});

for (const trouble of ["taken", "broken"] as const) {
  Deno.test(`InterfaceSet tries an interface again that is ${trouble}`, () => {
    const world = new World(["eth*"]);
    world[trouble].add("eth0");
    world.become(linkOf("eth0", 2), linkOf("eth1", 3));
    assert.deepEqual(world.names, ["eth1"]);
    assert.deepEqual([...world.locked], ["eth1 3"]);
    world.set.refresh();
    assert.equal(world.log.length, 1, "not at every event");
    world.loop.advance(1_000);
    world.loop.advance(1_000);
    assert.equal(world.log.length, 2, "the second pause is longer");
    world[trouble].delete("eth0");
    world.loop.advance(1_000);
    assert.deepEqual(world.names, ["eth1", "eth0"]);
    world.loop.advance(100_000);
    assert.equal(world.loop.waiting, 0);
  });
}

Deno.test("InterfaceSet forgets the trouble with an interface that is gone", () => {
  const world = new World(["eth0"]);
  world.taken.add("eth0");
  world.become(linkOf("eth0", 2));
  world.become();
  world.taken.delete("eth0");
  world.become(linkOf("eth0", 2));
  assert.deepEqual(world.names, ["eth0"]);
});

Deno.test("InterfaceSet uses no interface that is no Ethernet, and says so once", () => {
  const world = new World(["tun0", "eth0"]);
  const tun = linkOf("tun0", 2, { arpType: 65534 });
  const warning = "warning tun0: not an Ethernet interface: left alone";
  world.become(tun, linkOf("eth0", 3));
  assert.deepEqual(world.names, ["eth0"]);
  world.loop.advance(100_000);
  world.become(tun, linkOf("eth0", 3));
  assert.deepEqual(world.log, [warning]);
  assert.deepEqual(world.set.unsettled, ["eth0", "tun0"]);
  world.become(linkOf("eth0", 3));
  world.become(tun, linkOf("eth0", 3));
  assert.equal(world.log.filter((line) => line === warning).length, 2);
});

Deno.test("InterfaceSet manages no more than there are descriptors for", () => {
  const world = new World(["eth*"], descriptorsNeeded(1));
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  assert.deepEqual(world.names, ["eth0"]);
  assert.match(world.log.join(), /error eth1: .*too few descriptors/);
});

Deno.test("InterfaceSet is unsettled as long as an address or an interface is missing", () => {
  const world = new World(["eth0", "eth7"]);
  world.become(linkOf("eth0", 2));
  assert.deepEqual(world.set.unsettled, ["eth0", "eth7"]);
  assert.deepEqual(world.set.missing, ["eth7"]);
  world.managed[0].settled = true;
  assert.deepEqual(world.set.unsettled, ["eth7"]);
  world.become(linkOf("eth0", 2), linkOf("eth7", 3));
  world.managed[1].settled = true;
  assert.deepEqual(world.set.unsettled, []);
  assert.deepEqual(world.set.missing, []);
});

Deno.test("InterfaceSet.adopt() fails when nothing is left to be managed, and only then", () => {
  const links = [linkOf("eth0", 2), linkOf("eth1", 3)];
  const started = (world: World) => links.map((link, rank) => world.start({ link, rank }));
  const one = new World(["eth0", "eth1"]);
  one.broken.add("eth0");
  one.set.adopt(started(one));
  assert.deepEqual(one.names, ["eth1"]);
  const none = new World(["eth0", "eth1"]);
  none.broken.add("eth0").add("eth1");
  assert.throws(() => none.set.adopt(started(none)), /Cannot set eth0 up/);
  assert.equal(none.locked.size, 0);
  const waiting = new World(["eth0", "eth1", "eth7"]);
  waiting.broken.add("eth0").add("eth1");
  waiting.set.adopt(started(waiting));
  assert.deepEqual(waiting.names, []);
});

Deno.test("InterfaceSet.stop() ends all, whatever happens with one", () => {
  const world = new World(["eth0", "eth1"]);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  world.managed[0].failing = true;
  world.set.stop(true);
  assert.deepEqual(world.managed.map(({ seen }) => seen), [["kept"], ["kept"]]);
  assert.equal(world.locked.size, 0);
  assert.equal(world.loop.waiting, 0);
});

Deno.test("InterfaceSet tells of the machine's other interfaces, with pauses", () => {
  const world = new World(["eth0"]);
  const others = () => world.managed[0].others.map((mac) => mac.slice(-2));
  world.become(linkOf("eth0", 2), linkOf("br0", 3), linkOf("lo", 1, { mac: "00:00:00:00:00:00" }));
  assert.deepEqual(others(), ["02", "03"]);
  for (let index = 4; index < 50; index++) world.become(linkOf("eth0", 2), linkOf("veth", index));
  assert.equal(world.links.dumps, 1);
  world.loop.advance(1_000);
  assert.deepEqual(others(), ["02", "31"]);
  world.loop.advance(1_000);
  assert.equal(world.links.dumps, 2);
  assert.equal(world.loop.waiting, 0);
  world.become(linkOf("eth0", 2));
  assert.deepEqual(others(), ["02"]);
});

Deno.test("InterfaceSet tells a new interface of the others at once, and the others of it", () => {
  const world = new World(["eth*"]);
  world.become(linkOf("eth0", 2));
  world.loop.advance(500);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  assert.deepEqual(world.managed.map(({ others }) => others.length), [2, 2]);
  world.loop.advance(500);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3), linkOf("br0", 4));
  assert.deepEqual(world.managed.map(({ others }) => others.length), [2, 2], "a pause of its own");
  world.loop.advance(500);
  assert.deepEqual(world.managed.map(({ others }) => others.length), [3, 3]);
});

Deno.test("InterfaceSet.select() stops what is not meant any more and begins what is", () => {
  const world = new World(["eth0", "eth1"]);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3), linkOf("eth2", 4));
  world.set.select(new InterfaceSelection(["eth1", "eth2"]));
  world.set.refresh();
  assert.deepEqual(world.names, ["eth1", "eth2"]);
  assert.deepEqual(world.managed[0].seen, ["stopped"]);
  assert.deepEqual([...world.locked], ["eth1 3", "eth2 4"]);
  assert.deepEqual(world.log, ["info eth0: not to be managed any more"]);
});

Deno.test("InterfaceSet.restart() keeps the configuration and manages the interface anew", () => {
  const world = new World(["eth0", "eth1"]);
  world.become(linkOf("eth0", 2), linkOf("eth1", 3));
  world.set.restart("eth0");
  world.set.restart("eth7");
  assert.deepEqual(world.managed.map(({ name }) => name), ["eth0", "eth1", "eth0"]);
  assert.deepEqual(world.managed[0].seen, ["kept"]);
  assert.deepEqual(world.managed[1].seen, []);
  assert.equal(world.locked.size, 2);
});

Deno.test("InterfaceSet.restart() tries again later when it fails, as with any other interface", () => {
  const world = new World(["eth0"]);
  world.become(linkOf("eth0", 2));
  world.broken.add("eth0");
  world.set.restart("eth0");
  assert.deepEqual(world.names, []);
  world.broken.clear();
  world.loop.advance(1_000);
  assert.deepEqual(world.names, ["eth0"]);
});

for (const question of ["link", "links"] as const) {
  Deno.test(`InterfaceSet leaves all as it is when ${question}() fails, and looks again later`, () => {
    const world = new World(["eth0", "eth1", "wl*"]);
    world.become(linkOf("eth0", 2), linkOf("wlan0", 4));
    const ask = world.links[question].bind(world.links);
    world.links[question] = () => {
      throw new NetlinkError("ask", NetlinkErrorCode.NOMEM, "out of memory");
    };
    world.become(linkOf("eth0", 2, { mac: "02:00:00:00:00:99" }), linkOf("eth1", 3));
    world.loop.advance(500);
    assert.deepEqual(world.names, ["eth0", "wlan0"]);
    assert.match(world.log.at(-1)!, /Cannot ask: out of memory \(NLE_NOMEM 5\): tried again later/);
    Object.assign(world.links, { [question]: ask });
    world.loop.advance(1_000);
    assert.deepEqual(world.names, ["eth0", "eth1"]);
    assert.equal(world.managed[0].seen.at(-1), "02:00:00:00:00:99");
  });
}

Deno.test("InterfaceSet.restart() begins later what it cannot see now", () => {
  const world = new World(["eth0"]);
  world.become(linkOf("eth0", 2));
  const ask = world.links.link.bind(world.links);
  world.links.link = () => {
    throw new NetlinkError("ask", NetlinkErrorCode.NOMEM, "out of memory");
  };
  world.set.restart("eth0");
  assert.deepEqual(world.names, []);
  world.links.link = ask;
  world.loop.advance(1_000);
  assert.deepEqual(world.names, ["eth0"]);
});
