import assert from "node:assert/strict";
import type { ApplyHostName } from "../options.ts";
import { leaseOf } from "../testing/fake_kernel.ts";
import { HostNameHandler } from "./host_name.ts";

const FIRST = { rank: 0, metric: 1002 };
const SECOND = { rank: 1, metric: 1003 };

function named(hostName: string | null) {
  return leaseOf("192.0.2.7/24", { hostName });
}

/** A host whose name can be set, and a directory for what is to be remembered. */
class World implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly said: string[] = [];
  name: string;
  allowed = true;
  onSet: (before: string, after: string) => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  handler(mode: ApplyHostName = "auto"): HostNameHandler {
    return new HostNameHandler({
      mode,
      record: `${this.directory}/:hostname`,
      kernel: {
        get: () => this.name,
        set: (name) => {
          if (!this.allowed) throw new Error("Cannot sethostname: EPERM (1)");
          this.onSet(this.name, name);
          this.name = name;
        },
      },
      info: (text) => this.said.push(`info ${text}`),
      warn: (text) => this.said.push(`warning ${text}`),
    });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

const NAMELESS = [
  ...["", "(none)", "localhost", "localhost.localdomain", "linuxkit-025000000001"],
];

for (const before of NAMELESS) {
  Deno.test(`HostNameHandler names a host that is called ${JSON.stringify(before)}, until the lease ends`, () => {
    using world = new World(before);
    const handler = world.handler();
    handler.apply("eth0", named("box"), FIRST);
    assert.equal(world.name, "box");
    handler.apply("eth0", named("other"), FIRST);
    assert.equal(world.name, "other");
    handler.apply("eth0", null, FIRST);
    assert.equal(world.name, before);
    assert.deepEqual([...Deno.readDirSync(world.directory)], []);
    assert.deepEqual(world.said, [
      "info host name set to box",
      "info host name set to other",
      `info host name set back to ${before}`,
    ]);
  });
}

Deno.test("HostNameHandler leaves a host's own name alone unless told otherwise", () => {
  for (const own of ["server", "linuxkit", "linuxkit-server"]) {
    using world = new World(own);
    world.handler("auto").apply("eth0", named("box"), FIRST);
    assert.equal(world.name, own);
    world.handler("always").apply("eth0", named("box"), FIRST);
    assert.equal(world.name, "box");
  }
  using world = new World("localhost");
  world.handler("never").apply("eth0", named("box"), FIRST);
  assert.equal(world.name, "localhost");
});

Deno.test("HostNameHandler obeys the preferred interface that has a name", () => {
  using world = new World("localhost");
  const handler = world.handler();
  handler.apply("eth1", named("second"), SECOND);
  handler.apply("eth0", named(null), FIRST);
  assert.equal(world.name, "second");
  handler.apply("eth0", named("first"), FIRST);
  assert.equal(world.name, "first");
  handler.apply("eth0", null, FIRST);
  assert.equal(world.name, "second");
  handler.apply("eth1", null, SECOND);
  assert.equal(world.name, "localhost");
});

Deno.test("HostNameHandler leaves a name that somebody else has given since", () => {
  using world = new World("localhost");
  const handler = world.handler("always");
  handler.apply("eth0", named("box"), FIRST);
  world.name = "theirs";
  handler.apply("eth0", named("box"), FIRST);
  handler.apply("eth0", named("other"), FIRST);
  assert.equal(world.name, "theirs");
  handler.apply("eth0", null, FIRST);
  assert.equal(world.name, "theirs");
  assert.match(world.said.join("\n"), /changed to theirs by somebody else/);
});

Deno.test("HostNameHandler does not give back what was there before it came", () => {
  using world = new World("box");
  const handler = world.handler("always");
  handler.apply("eth0", named("box"), FIRST);
  handler.apply("eth0", null, FIRST);
  assert.equal(world.name, "box");
  assert.deepEqual(world.said, []);
});

Deno.test("HostNameHandler takes a predecessor's name over, and gives it back", () => {
  using world = new World("localhost");
  world.handler().apply("eth0", named("box"), FIRST);
  const next = world.handler();
  next.apply("eth0", named("other"), FIRST);
  assert.equal(world.name, "other", "the host still has no name of its own");
  next.apply("eth0", null, FIRST);
  assert.equal(world.name, "localhost");
  world.handler().apply("eth0", named("box"), FIRST);
  world.name = "theirs";
  const last = world.handler();
  last.apply("eth0", null, FIRST);
  assert.equal(world.name, "theirs");
});

Deno.test("HostNameHandler does not mind the record of a name that is gone", () => {
  using world = new World("localhost");
  world.handler().apply("eth0", named("box"), FIRST);
  world.name = "localhost";
  world.handler().apply("eth0", named("box"), FIRST);
  assert.equal(world.name, "box");
});

Deno.test("HostNameHandler takes a record that it cannot understand for none", () => {
  for (const text of ["", "{", "[]", '{"version":2,"original":"a","applied":"box"}']) {
    using world = new World("box");
    Deno.writeTextFileSync(`${world.directory}/:hostname`, text);
    world.handler().apply("eth0", null, FIRST);
    assert.equal(world.name, "box");
  }
});

Deno.test("HostNameHandler warns once when it may not name the host", () => {
  using world = new World("localhost");
  world.allowed = false;
  const handler = world.handler();
  handler.apply("eth0", named("box"), FIRST);
  handler.apply("eth0", named("box"), FIRST);
  handler.apply("eth0", null, FIRST);
  assert.deepEqual(world.said, ["warning Cannot sethostname: EPERM (1)"]);
});

Deno.test("HostNameHandler cuts a name that is too long for the kernel at its first dot", () => {
  using world = new World("localhost");
  const domain = `.${"a".repeat(60)}.example.org`;
  const handler = world.handler();
  handler.apply("eth0", named(`box${domain}`), FIRST);
  assert.equal(world.name, "box");
  handler.apply("eth0", named("b".repeat(63)), FIRST);
  assert.equal(world.name, "b".repeat(63));
});

Deno.test("HostNameHandler cleans up after a predecessor that was killed while it set a name", () => {
  using world = new World("localhost");
  /** What a daemon leaves that is killed before or after the kernel has done what it was asked for. */
  const left: { name: string; record: string }[] = [];
  world.onSet = (before, after) => {
    const record = Deno.readTextFileSync(`${world.directory}/:hostname`);
    left.push({ name: before, record }, { name: after, record });
  };
  const killed = world.handler();
  for (const name of ["box", "other", null]) killed.apply("eth0", named(name), FIRST);
  assert.equal(left.length, 6);
  for (const { name, record } of left) {
    using host = new World(name);
    Deno.writeTextFileSync(`${host.directory}/:hostname`, record);
    const successor = host.handler();
    successor.apply("eth0", named("third"), FIRST);
    assert.equal(host.name, "third", record);
    successor.apply("eth0", null, FIRST);
    assert.equal(host.name, "localhost", record);
    assert.deepEqual([...Deno.readDirSync(host.directory)], []);
  }
});

Deno.test("HostNameHandler removes a record that tells of nothing any more", () => {
  using world = new World("localhost");
  const record = `${world.directory}/:hostname`;
  Deno.writeTextFileSync(record, '{"version":1,"original":"localhost","applied":"box"}');
  world.handler();
  assert.deepEqual([...Deno.readDirSync(world.directory)], []);
});

Deno.test("HostNameHandler writes down later what it could not", () => {
  using world = new World("localhost");
  const record = `${world.directory}/:hostname`;
  const obstacle = `${record}.tmp`;
  Deno.mkdirSync(`${obstacle}/full`, { recursive: true });
  const handler = world.handler();
  handler.apply("eth0", named("box"), FIRST);
  assert.equal(world.name, "box");
  assert.equal(world.said.filter((text) => text.startsWith("warning host name: ")).length, 1);
  Deno.removeSync(obstacle, { recursive: true });
  handler.apply("eth0", named("box"), FIRST);
  world.handler().apply("eth0", null, FIRST);
  assert.equal(world.name, "localhost");
});
