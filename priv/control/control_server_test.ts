import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { connectUnix, listenUnix, SocketType } from "../../ffi/unix_socket.ts";
import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import { KvStore } from "../kv/store.ts";
import { DAEMON, interfacePlace, KvTree } from "../kv/tree.ts";
import { answers, read, say, subscribe, write } from "../testing/operator_messages.ts";
import { PollingLoop } from "../testing/polling_loop.ts";
import { type AccessRule, MAX_CLIENTS, MAX_CLIENTS_OF_USER } from "./access.ts";
import { ACCEPT_BURST, ControlServer } from "./control_server.ts";

/** A server on a socket of its own, and clients of this same process. */
class World {
  readonly directory = Deno.makeTempDirSync();
  readonly path = `${this.directory}/control`;
  readonly loop = new PollingLoop();
  readonly tree = new KvTree(KEYS);
  readonly eth0 = new KvStore();
  readonly daemon = new KvStore(DAEMON_KEYS);
  readonly events: string[] = [];
  readonly server: ControlServer;
  readonly #listener = listenUnix(this.path, SocketType.SEQPACKET, 8);
  readonly #clients: number[] = [];
  #closed = false;

  constructor(rule: AccessRule = { user: Deno.uid() ?? 0, group: null }) {
    this.tree.mount(DAEMON, this.daemon);
    this.tree.mount(interfacePlace("eth0"), this.eth0);
    this.daemon.set("/version", "1.2.3");
    this.server = new ControlServer({
      loop: this.loop,
      tree: this.tree,
      rule,
      onRefused: (operator, { code, key }) =>
        this.events.push(`${anonymous(operator)} ${code} ${key}`),
      onRejected: (operator, reason) => this.events.push(`${anonymous(operator)} ${reason}`),
      warn: (text) => this.events.push(text),
    }, this.#listener);
  }

  connect(): number {
    const fd = connectUnix(this.path, SocketType.SEQPACKET, { nonblocking: true });
    this.#clients.push(fd);
    return fd;
  }

  leave(fd: number): void {
    this.#clients.splice(this.#clients.indexOf(fd), 1);
    closeFd(fd);
  }

  /** As often as you like. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.server.close();
    closeFd(this.#listener);
  }

  [Symbol.dispose](): void {
    this.close();
    this.#clients.forEach(closeFd);
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function anonymous(operator: string): string {
  return operator.replace(/uid=\d+ pid=\d+/, "X");
}

Deno.test("ControlServer answers reads, writes and subscriptions of several clients", () => {
  using world = new World();
  const [a, b] = [world.connect(), world.connect()];
  say(a, subscribe(1, "/interface/eth0"));
  say(b, read(2, "/daemon/version"));
  world.loop.settle();
  assert.equal(world.server.clients, 2);
  assert.deepEqual(answers(a), []);
  assert.deepEqual(answers(b), ["2 ok 1.2.3"]);
  say(b, write(3, "/interface/eth0/request", "renew"));
  world.loop.settle();
  assert.deepEqual(answers(a), ["1 /interface/eth0/request renew"]);
  assert.deepEqual(answers(b), ["3 ok "]);
  assert.deepEqual(world.events, []);
});

Deno.test("ControlServer says nothing of a client that has gone before it is told of a change", () => {
  using world = new World();
  const [writer, watcher] = [world.connect(), world.connect()];
  say(watcher, subscribe(1, "/interface/eth0"));
  world.loop.settle();
  say(writer, write(2, "/interface/eth0/request", "renew"));
  world.leave(watcher);
  world.loop.settle();
  assert.deepEqual(answers(writer), ["2 ok "]);
  assert.equal(world.server.clients, 1);
  assert.deepEqual(world.events, []);
});

Deno.test("ControlServer tells the listener what a client may not do, and goes on", () => {
  using world = new World();
  const client = world.connect();
  say(client, write(1, "/interface/eth0/ip", "192.0.2.7/24"));
  say(client, read(2, "/interface/eth0/seed"));
  say(client, read(3, "/daemon/version"));
  world.loop.settle();
  assert.deepEqual(answers(client), [
    "1 error denied: /interface/eth0/ip is read-only",
    "2 error denied: /interface/eth0/seed may not be read",
    "3 ok 1.2.3",
  ]);
  assert.deepEqual(world.events, [
    "operator X denied /interface/eth0/ip",
    "operator X denied /interface/eth0/seed",
  ]);
});

Deno.test("ControlServer knows whose request it is handling", () => {
  using world = new World();
  const speakers: (string | null)[] = [];
  world.eth0.subscribe(() => speakers.push(world.server.speaker));
  say(world.connect(), write(1, "/interface/eth0/request", "release"));
  world.loop.settle();
  world.eth0.set("/link", "up");
  assert.deepEqual(speakers, [`operator uid=${Deno.uid()} pid=${Deno.pid}`, null]);
});

for (
  const [what, bytes] of [
    ["garbage", Uint8Array.of(1, 2, 3)],
    ["a message that is too long", new Uint8Array(16385)],
    ["two segments", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)],
  ] as const
) {
  Deno.test(`ControlServer cuts a client off that sends ${what}, and nobody else`, () => {
    using world = new World();
    const [rude, polite] = [world.connect(), world.connect()];
    say(rude, bytes);
    say(polite, read(1, "/daemon/version"));
    world.loop.settle();
    assert.deepEqual(answers(rude), ["end"]);
    assert.deepEqual(answers(polite), ["1 ok 1.2.3"]);
    assert.equal(world.server.clients, 1);
    assert.equal(world.events.length, 1);
    assert.ok(world.events[0].startsWith("operator X "));
  });
}

Deno.test("ControlServer tells of more keys than the kernel keeps for a client, in their order", () => {
  using world = new World();
  const text = "x".repeat(400);
  for (let n = 0; n < 100; n++) {
    const store = new KvStore();
    const writes = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => ({ path: `/error/00${i}`, text }));
    assert.equal(store.commit("priv", writes), null);
    world.tree.mount(interfacePlace(`veth${n}`), store);
  }
  const client = world.connect();
  say(client, subscribe(1, "/interface"));
  say(client, read(2, "/daemon/version"));
  const heard: string[] = [];
  while (heard.at(-1) !== "2 ok 1.2.3" && heard.at(-1) !== "end") {
    world.loop.settle();
    const some = answers(client);
    assert.notDeepEqual(some, []);
    heard.push(...some);
  }
  assert.equal(heard.length, 801);
  assert.equal(heard[0], `1 /interface/veth0/error/001 ${text}`);
  assert.equal(heard[799], `1 /interface/veth99/error/008 ${text}`);
  assert.equal(world.loop.settle(), 0);
  world.eth0.set("/link", "up");
  assert.deepEqual(answers(client), ["1 /interface/eth0/link up"]);
  assert.deepEqual(world.events, []);
});

Deno.test("ControlServer cuts a client off that does not read its answers", () => {
  using world = new World();
  const [deaf, hearing] = [world.connect(), world.connect()];
  for (const fd of [deaf, hearing]) say(fd, subscribe(1, "/"));
  world.loop.settle();
  answers(hearing);
  let heard = 0;
  for (let n = 0; n < 20_000 && world.server.clients === 2; n++) {
    world.eth0.set("/error/001", `${n} ${"x".repeat(400)}`);
    heard += answers(hearing).length;
  }
  assert.equal(world.server.clients, 1);
  assert.deepEqual(world.events, ["operator X answers not read"]);
  assert.equal(answers(deaf).at(-1), "end");
  world.eth0.set("/link", "up");
  assert.deepEqual(answers(hearing), ["1 /interface/eth0/link up"]);
  assert.ok(heard > 0);
});

Deno.test("ControlServer cuts a client off that asks too often, and forgives with time", () => {
  using world = new World();
  const client = world.connect();
  for (let n = 1; n <= 100; n++) {
    say(client, read(n, "/daemon/version"));
    world.loop.settle();
  }
  assert.equal(answers(client).length, 100);
  world.loop.advance(1_000);
  for (let n = 1; n <= 21; n++) {
    say(client, read(n, "/daemon/version"));
    world.loop.settle();
  }
  assert.equal(answers(client).at(-1), "end");
  assert.deepEqual(world.events, ["operator X rate"]);
});

Deno.test("ControlServer has room for so many clients and no more", () => {
  using world = new World({ user: Deno.uid() ?? 0, group: null });
  const isRoot = Deno.uid() === 0;
  const room = isRoot ? MAX_CLIENTS : MAX_CLIENTS_OF_USER;
  for (let n = 0; n < room; n++) {
    world.connect();
    world.loop.settle();
  }
  assert.equal(world.server.clients, room);
  const late = world.connect();
  world.loop.settle();
  const reason = isRoot ? "too many clients" : "too many clients of one user";
  assert.deepEqual(answers(late), [`0 error ${reason}`, "end"]);
  assert.equal(world.server.clients, room);
});

Deno.test("ControlServer takes a thousand clients one after the other and keeps nothing of them", () => {
  using world = new World();
  const before = [...Deno.readDirSync("/proc/self/fd")].length;
  for (let n = 0; n < 1000; n++) {
    const fd = connectUnix(world.path, SocketType.SEQPACKET, { nonblocking: true });
    say(fd, read(n, "/daemon/version"));
    world.loop.settle();
    if (answers(fd).length === 0) {
      world.loop.advance(1_000); // they come faster than is taken
      world.loop.settle();
    }
    closeFd(fd);
    world.loop.settle();
  }
  assert.equal(world.server.clients, 0);
  assert.equal(world.loop.watched, 1);
  assert.equal([...Deno.readDirSync("/proc/self/fd")].length, before);
});

Deno.test("ControlServer takes connections slowly when they come too fast, and all in the end", () => {
  using world = new World();
  let served = 0;
  for (let n = 0; n < ACCEPT_BURST; n++) {
    closeFd(connectUnix(world.path, SocketType.SEQPACKET));
    world.loop.settle();
  }
  const client = world.connect();
  say(client, read(1, "/daemon/version"));
  world.loop.settle();
  assert.deepEqual(answers(client), [], "waits in the kernel's queue");
  assert.equal(world.loop.watched, 0);
  for (; served === 0; served += answers(client).length) {
    world.loop.advance(100);
    world.loop.settle();
  }
  assert.equal(served, 1);
});

Deno.test("ControlServer.close() ends all clients", () => {
  using world = new World();
  const client = world.connect();
  world.loop.settle();
  world.close();
  assert.deepEqual(answers(client), ["end"]);
  assert.equal(world.loop.watched, 0);
  assert.throws(() => world.connect());
});

Deno.test("ControlServer tells of an interface that goes, and of one that comes", () => {
  using world = new World();
  const client = world.connect();
  world.eth0.set("/link", "up");
  say(client, subscribe(1, "/interface"));
  world.loop.settle();
  assert.deepEqual(answers(client), ["1 /interface/eth0/link up"]);
  world.tree.unmount(interfacePlace("eth0"));
  world.loop.settle();
  assert.deepEqual(answers(client), ["1 /interface/eth0/link deleted"]);
  const eth1 = new KvStore();
  eth1.set("/link", "down");
  world.tree.mount(interfacePlace("eth1"), eth1);
  world.loop.settle();
  assert.deepEqual(answers(client), ["1 /interface/eth1/link down"]);
});
