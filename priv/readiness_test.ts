import assert from "node:assert/strict";
import { KEYS } from "../schema/keys.ts";
import { KvStore } from "./kv/store.ts";
import { interfacePlace, KvTree } from "./kv/tree.ts";
import { Readiness } from "./readiness.ts";

class World {
  readonly told: string[] = [];
  readonly tree = new KvTree(KEYS);
  readonly eth0 = new KvStore();
  readonly readiness: Readiness;
  turn = (): void => {};

  constructor(noWait = false) {
    this.readiness = new Readiness({
      notifier: {
        start: () => this.told.push("start"),
        ready: () => this.told.push("ready"),
        status: (text) => this.told.push(text),
        reloading: () => this.told.push("reloading"),
        stopping: () => this.told.push("stopping"),
      },
      tree: this.tree,
      onTurnEnd: (run) => this.turn = run,
      noWait,
      waiting: () => ["wlan*"],
    });
    this.tree.mount(interfacePlace("eth0"), this.eth0);
  }

  news(): string[] {
    return this.told.splice(0);
  }
}

Deno.test("Readiness is there with the first configuration, and once", () => {
  const { readiness, told } = new World();
  readiness.start();
  readiness.configured();
  readiness.configured();
  readiness.stopping();
  assert.deepEqual(told, ["start", "ready", "stopping"]);
});

Deno.test("Readiness is there at once when nobody is to wait", () => {
  const { readiness, told } = new World(true);
  readiness.start();
  readiness.configured();
  assert.deepEqual(told, ["start", "ready"]);
});

Deno.test("Readiness tells of a reload only when it has been ready, and is so again after it", () => {
  const { readiness, told } = new World();
  readiness.reloading();
  readiness.reloaded();
  assert.deepEqual(told, []);
  readiness.configured();
  readiness.reloading();
  readiness.reloaded();
  assert.deepEqual(told, ["ready", "reloading", "ready"]);
});

Deno.test("Readiness tells the state of each interface once a turn, when it has changed", () => {
  const world = new World();
  world.turn();
  assert.deepEqual(world.news(), ["eth0: starting, wlan*: no such interface yet"]);
  world.eth0.commit("calf:dhcp4", [{ path: "/state", text: "SELECTING" }]);
  world.eth0.commit("calf:dhcp4", [{ path: "/state", text: "BOUND" }]);
  world.eth0.set("/applied/ip", "192.0.2.7/24");
  world.turn();
  world.eth0.set("/mac", "02:00:00:00:00:01");
  world.turn();
  assert.deepEqual(world.news(), ["eth0: BOUND 192.0.2.7/24, wlan*: no such interface yet"]);
  world.eth0.set("/link", "down");
  world.turn();
  assert.deepEqual(world.news(), ["eth0: no carrier 192.0.2.7/24, wlan*: no such interface yet"]);
});
