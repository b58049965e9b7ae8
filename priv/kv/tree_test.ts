import assert from "node:assert/strict";
import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import { type KvChange, KvStore } from "./store.ts";
import { DAEMON, interfacePlace, KvTree } from "./tree.ts";

const ETH0 = interfacePlace("eth0");

interface Told {
  readonly tree: KvTree;
  readonly eth0: KvStore;
  readonly daemon: KvStore;
  /** What listeners were told since the last call: "path=text by". */
  news(): string[];
}

function told(measure?: () => void): Told {
  const tree = new KvTree(KEYS);
  const heard: string[] = [];
  tree.subscribe((changes: readonly KvChange[], by) =>
    heard.push(...changes.map(({ path, text }) => `${path}=${text} ${by}`))
  );
  const eth0 = new KvStore();
  const daemon = new KvStore(DAEMON_KEYS);
  tree.mount(ETH0, eth0, measure);
  tree.mount(DAEMON, daemon);
  return { tree, eth0, daemon, news: () => heard.splice(0) };
}

Deno.test("KvTree shows each store at its place, and tells its changes in order", () => {
  const { tree, eth0, daemon, news } = told();
  eth0.set("/link", "up");
  daemon.set("/version", "1.2.3");
  eth0.commit("calf:dhcp4", [{ path: "/state", text: "INIT" }]);
  assert.deepEqual(news(), [
    "/interface/eth0/link=up priv",
    "/daemon/version=1.2.3 priv",
    "/interface/eth0/state=INIT calf:dhcp4",
  ]);
  assert.equal(tree.get("/interface/eth0/link"), "up");
  assert.equal(tree.get("/interface/eth1/link"), null);
  assert.equal(tree.read("operator", "/daemon/version"), "1.2.3");
  assert.deepEqual(tree.readBelow("operator", "/"), [
    { path: "/interface/eth0/link", text: "up" },
    { path: "/interface/eth0/state", text: "INIT" },
    { path: "/daemon/version", text: "1.2.3" },
  ]);
  assert.deepEqual(tree.readBelow("operator", "/interface/eth0/state"), [
    { path: "/interface/eth0/state", text: "INIT" },
  ]);
});

Deno.test("KvTree tells of stores that come and go, and hears no store that is gone", () => {
  const { tree, eth0, news } = told();
  eth0.set("/link", "up");
  const eth1 = new KvStore();
  eth1.set("/mac", "02:00:00:00:00:01");
  news();
  tree.mount(interfacePlace("eth1"), eth1);
  tree.unmount(ETH0);
  tree.unmount(ETH0);
  eth0.set("/link", "down");
  assert.deepEqual(news(), [
    "/interface/eth1/mac=02:00:00:00:00:01 priv",
    "/interface/eth0/link=null priv",
  ]);
  assert.deepEqual([...tree.stores.keys()], [DAEMON, "/interface/eth1"]);
});

Deno.test("KvTree keeps the seed from operators", () => {
  const { tree, eth0 } = told();
  eth0.set("/seed", "0".repeat(32));
  assert.deepEqual(tree.read("operator", "/interface/eth0/seed"), {
    code: "denied",
    path: "/interface/eth0/seed",
    message: "denied: /interface/eth0/seed may not be read",
  });
  assert.deepEqual(tree.readBelow("operator", "/"), []);
  assert.equal(tree.checkReadable("operator", "/interface/eth0/seed")?.code, "denied");
});

Deno.test("KvTree lets operators write requests and nothing else", () => {
  const { tree, eth0, daemon } = told();
  const commit = (path: string, text: string | null) => tree.commit("operator", [{ path, text }]);
  assert.equal(commit("/interface/eth0/request", "renew"), null);
  assert.equal(eth0.get("/request"), "renew");
  assert.equal(commit("/daemon/request", "reload"), null);
  assert.equal(daemon.get("/request"), "reload");
  assert.equal(commit("/interface/eth0/request", "explode")?.code, "value");
  for (const path of ["/interface/eth0/ip", "/interface/eth0/config/acd", "/daemon/version"]) {
    const refused = commit(path, "x");
    assert.equal(refused?.code, "denied", path);
    assert.equal(refused?.message, `denied: ${path} is read-only`);
  }
  for (const path of ["/", "/interface", "/interface/eth9/request", "/elsewhere", "/daemon/x"]) {
    assert.equal(commit(path, null)?.code, "unknown", path);
  }
});

Deno.test("KvTree refuses a commit that is not within one store, as a whole", () => {
  const { tree, eth0, daemon } = told();
  const refused = tree.commit("operator", [
    { path: "/interface/eth0/request", text: "renew" },
    { path: "/daemon/request", text: "reload" },
  ]);
  assert.equal(refused?.code, "inconsistent");
  assert.equal(eth0.get("/request"), null);
  assert.equal(daemon.get("/request"), null);
  assert.equal(tree.commit("operator", []), null);
});

Deno.test("KvTree lets operators subscribe to what may come", () => {
  const { tree } = told();
  for (
    const path of [
      "/",
      "/interface",
      "/interface/eth0",
      "/interface/eth9",
      "/daemon",
      "/daemon/pid",
    ]
  ) assert.equal(tree.checkReadableBelow("operator", path), null, path);
  assert.equal(tree.checkReadableBelow("operator", "/interface/eth9/lease"), null);
  for (const path of ["/interface/eth9/nothing", "/interface/eth0/nothing", "/x", "/daemon/x"]) {
    assert.deepEqual(tree.checkReadableBelow("operator", path), {
      code: "unknown",
      path,
      message: `unknown key: ${path}`,
    });
  }
  assert.equal(tree.checkReadableBelow("operator", "/interface/eth0/seed")?.code, "denied");
});

Deno.test("KvTree measures before it is read, and tells of it", () => {
  let measured = 0;
  const { tree, eth0, news } = told(() => eth0.set("/packets/sent", String(++measured)));
  assert.equal(tree.read("operator", "/interface/eth0/packets/sent"), "1");
  assert.deepEqual(tree.readBelow("operator", "/interface"), [
    { path: "/interface/eth0/packets/sent", text: "2" },
  ]);
  assert.deepEqual(tree.readBelow("operator", DAEMON), []);
  assert.equal(measured, 2);
  tree.measure();
  assert.deepEqual(news(), [1, 2, 3].map((n) => `/interface/eth0/packets/sent=${n} priv`));
});
