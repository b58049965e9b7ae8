import assert from "node:assert/strict";
import { run, withDirectory } from "./testing/command.ts";
import { FakeDaemon, type FakeRequest } from "./testing/fake_daemon.ts";
import { BOUND, placed, TREE } from "./testing/keys_fixture.ts";

async function withDaemon(
  body: (
    daemon: FakeDaemon,
    command: (...args: string[]) => ReturnType<typeof run>,
  ) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    await body(daemon, (name, ...args) => run(name, `--run-dir=${directory}`, ...args));
  });
}

function writes({ requests }: FakeDaemon): string[] {
  return requests.filter(({ operation }) => operation === "write")
    .map(({ path, text }) => `${path} ${text}`);
}

/** What a calf does when it renews, in two steps. */
function renew(daemon: FakeDaemon): void {
  daemon.commit({ "/interface/eth0/state": "RENEWING" });
  daemon.commit(placed("eth0", { ...BOUND, "/lease/time": "7200" }));
}

Deno.test("renew and rebind wait until a server has confirmed the lease", async () => {
  for (const [command, done] of [["renew", "renewed"], ["rebind", "rebound"]]) {
    await withDaemon(async (daemon, call) => {
      daemon.onWrite = () => renew(daemon);
      assert.deepEqual(await call(command, "eth0"), {
        code: 0,
        stdout: `eth0: ${done}, 192.0.2.7/24, lease 2 h\n`,
        stderr: "",
      });
      assert.deepEqual(writes(daemon), [`/interface/eth0/request ${command}`]);
    });
  }
});

Deno.test("renew without an interface is for all of them, and tells which failed", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.onWrite = ({ path }: FakeRequest) => {
      if (path.startsWith("/interface/eth0")) renew(daemon);
    };
    assert.deepEqual(await call("renew", "--timeout=1"), {
      code: 75,
      stdout: "eth0: renewed, 192.0.2.7/24, lease 2 h\n",
      stderr: "mirage-dhcp: eth1: not renewed within 1 s (no carrier)\n",
    });
    assert.deepEqual(writes(daemon), [
      "/interface/eth0/request renew",
      "/interface/eth1/request renew",
    ]);
  });
});

Deno.test("renew does not take a state for a renewal", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.onWrite = () => {
      daemon.commit({ "/interface/eth0/state": "RENEWING" });
      daemon.commit({ "/interface/eth0/state": "BOUND" });
    };
    const { code, stdout, stderr } = await call("renew", "--timeout=1", "eth0");
    assert.equal(code, 75);
    assert.equal(stdout, "");
    assert.match(stderr, /eth0: not renewed within 1 s \(state BOUND\)/);
  });
});

Deno.test("renew sees what happens ahead of the answer to its request", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.refuse = () => { // is called before the answer
      renew(daemon);
      return null;
    };
    assert.equal((await call("renew", "eth0")).code, 0);
  });
});

Deno.test("release waits until the lease is given back, or has been", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.onWrite = () =>
      daemon.commit({
        "/interface/eth0/ip": null,
        "/interface/eth0/lease/time": null,
        "/interface/eth0/state": "RELEASED",
      });
    const released = { code: 0, stdout: "eth0: released\n", stderr: "" };
    assert.deepEqual(await call("release", "eth0"), released);
    daemon.onWrite = () => {};
    assert.deepEqual(await call("release", "eth0"), released, "once more");
  });
});

Deno.test("renew --no-wait only asks", async () => {
  await withDaemon(async (daemon, call) => {
    assert.deepEqual(await call("renew", "--no-wait", "eth0"), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(writes(daemon), ["/interface/eth0/request renew"]);
  });
});

Deno.test("renew tells why it was refused, and of an interface that goes", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.refuse = () => "denied: /interface/eth0/request is read-only";
    const refused = await call("renew", "eth0");
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /Cannot ask for renew: denied: .* is read-only\n$/);
    daemon.refuse = () => null;
    daemon.onWrite = () =>
      daemon.commit(Object.fromEntries(
        [...daemon.keys.keys()].filter((path) => path.startsWith("/interface/eth0/"))
          .map((path) => [path, null]),
      ));
    assert.deepEqual(await call("renew", "eth0"), {
      code: 75,
      stdout: "",
      stderr: "mirage-dhcp: eth0: gone\n",
    });
    assert.equal((await call("renew", "eth0")).code, 66);
  });
});

Deno.test("reload tells which configuration is in force", async () => {
  await withDaemon(async (daemon, call) => {
    daemon.onWrite = () =>
      daemon.commit({
        "/daemon/config/loaded": "2026-01-31T12:00:00.000Z",
        "/daemon/config/error": null,
      });
    assert.deepEqual(await call("reload"), {
      code: 0,
      stdout: "configuration read from /etc/dhcpcd.conf\n",
      stderr: "",
    });
    assert.deepEqual(writes(daemon), ["/daemon/request reload"]);
    daemon.onWrite = () =>
      daemon.commit({
        "/daemon/config/loaded": "2026-01-31T12:00:01.000Z",
        "/daemon/config/warning/001": "unknown directive foo",
      });
    assert.equal((await call("reload")).stderr, "mirage-dhcp: unknown directive foo\n");
    daemon.onWrite = () =>
      daemon.commit({
        "/daemon/config/loaded": "2026-01-31T12:00:02.000Z",
        "/daemon/config/warning/001": null,
      });
    assert.equal((await call("reload")).stderr, "");
    const error = { "/daemon/config/error": "/etc/dhcpcd.conf:3: no such directive: foo" };
    daemon.onWrite = () => daemon.commit(error);
    for (let i = 0; i < 2; i++) { // the same error once more
      assert.deepEqual(await call("reload"), {
        code: 78,
        stdout: "",
        stderr: "mirage-dhcp: the new configuration is refused: " +
          "/etc/dhcpcd.conf:3: no such directive: foo\n",
      });
    }
    daemon.onWrite = () => {};
    assert.equal((await call("reload", "--timeout=1")).code, 75);
  });
});
