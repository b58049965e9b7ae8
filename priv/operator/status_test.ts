import assert from "node:assert/strict";
import { daemonLines, interfaceLines } from "./status_screen.ts";
import { WIDTH } from "./layout.ts";
import { COLOUR, PLAIN } from "./style.ts";
import { run, withDirectory } from "./testing/command.ts";
import { FakeDaemon } from "./testing/fake_daemon.ts";
import { BOUND, DAEMON, placed, SELECTING, TREE } from "./testing/keys_fixture.ts";

const NOW = Date.parse("2026-01-31T12:00:00.000Z");

function keysOf(keys: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(keys));
}

/** As the screen of a real daemon is, with every kind of line. */
const ETH0 = `eth0  BOUND
  link           up, 02:00:00:00:00:01
  address        192.0.2.7/24, broadcast 192.0.2.255, from a DHCP server
  server         192.0.2.1
  lease          1 h, renews in 28 min 3 s, rebinds in 50 min 33 s,
                 ends in 58 min 3 s
  routes         default via 192.0.2.1
                 10.0.0.0/8 via 192.0.2.1
                 198.51.100.0/24 on the link
  DNS            192.0.2.2, 192.0.2.3
  domains        example.org, corp.example.org
  NTP            192.0.2.4
  MTU            1500
  system         has 192.0.2.7/24, follows the lease
  sandbox        v8, seccomp, landlock, namespaces, no capabilities, uid 65534
                 seen by priv: Seccomp 2, CapEff 0, NoNewPrivs 1, uid 65534,
                 own net and mount namespace
  calf           pid 815, running for 1 d, 2 restarts
                 the last one: killed by SIGSYS
  packets        214 received, 96 sent
                 dropped: vlan 2, calf-rate 1
  requests       57 accepted, refused: denied 1
  errors         calf ended: killed by SIGSYS, started again after 250 ms`;

Deno.test("interfaceLines() tell all of a lease when there is one", () => {
  const lines = interfaceLines("eth0", keysOf(BOUND), {
    style: PLAIN,
    nowMs: NOW,
    resolvConf: "/etc/resolv.conf",
  });
  assert.equal(lines.join("\n"), ETH0);
  assert.ok(lines.every((line) => line.length <= WIDTH));
});

Deno.test("interfaceLines() tell what there is when there is no lease, or nothing yet", () => {
  const options = { style: PLAIN, nowMs: NOW, resolvConf: "/etc/resolv.conf" };
  const lines = interfaceLines("eth1", keysOf(SELECTING), options);
  assert.equal(lines[0], "eth1  INIT");
  assert.ok(!lines.some((line) => /address|lease|server/.test(line)));
  assert.deepEqual(interfaceLines("eth1", new Map(), options), ["eth1  starting"]);
});

Deno.test("interfaceLines() say for ever, and where an address comes from", () => {
  const keys = keysOf({ "/ip": "169.254.1.2/16", "/origin": "ipv4ll", "/lease/time": "infinite" });
  const text = interfaceLines("eth0", keys, {
    style: PLAIN,
    nowMs: NOW,
    resolvConf: "/etc/resolv.conf",
  }).join("\n");
  assert.match(text, /address +169\.254\.1\.2\/16, link-local, without a server$/m);
  assert.match(text, /lease +for ever$/m);
});

Deno.test("interfaceLines() escape whatever a daemon says, and colour nothing without colours", () => {
  const hostile = Object.fromEntries(Object.keys(BOUND).map((path) => [path, "\x1b]0;x\x07\n"]));
  const lines = interfaceLines("\x1beth", keysOf(hostile), {
    style: PLAIN,
    nowMs: NOW,
    resolvConf: "/etc/resolv.conf",
  });
  assert.ok(lines.every((line) => /^[\x20-\x7e]*$/.test(line)), lines.join("\n"));
  const coloured = interfaceLines("eth0", keysOf(BOUND), {
    style: COLOUR,
    nowMs: NOW,
    resolvConf: "/etc/resolv.conf",
  });
  assert.equal(coloured[0], "\x1b[1meth0\x1b[0m  \x1b[32mBOUND\x1b[0m");
});

Deno.test("daemonLines() say what fails when something does", () => {
  const keys = keysOf({
    "/version": "0.1.0",
    "/config/error": "line 3: no such directive",
    "/audit/file": "/a",
    "/audit/lost": "7",
    "/audit/health": "failing",
    "/audit/error": "No space left on device",
    "/error/001": "eth7: taken",
  });
  assert.deepEqual(
    daemonLines(keys, { style: PLAIN, nowMs: NOW }),
    [
      "mirage-dhcp 0.1.0",
      "  configuration  refused since: line 3: no such directive",
      "  audit log      /a, 7 lost",
      "                 cannot be written: No space left on device",
      "  errors         eth7: taken",
    ],
  );
});

Deno.test("status shows all daemons and interfaces, without colours into a pipe", async () => {
  await withDirectory(async (directory) => {
    using _first = new FakeDaemon(`${directory}/:control`, TREE);
    using _second = new FakeDaemon(`${directory}/:control.2`, {
      "/daemon/version": "0.1.0",
      "/daemon/pid": "900",
      ...placed("eth2", BOUND),
    });
    const { code, stdout, stderr } = await run("status", `--run-dir=${directory}`);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /^[\x20-\x7e\n]*$/);
    const headings = stdout.split("\n").filter((line) => /^\S/.test(line));
    assert.deepEqual(headings, [
      "mirage-dhcp 0.1.0",
      "eth0  BOUND",
      "eth1  INIT",
      "mirage-dhcp 0.1.0",
      "eth2  BOUND",
    ]);
    const one = await run("status", "eth2", `--run-dir=${directory}`);
    assert.match(one.stdout, /pid 900/);
    assert.doesNotMatch(one.stdout, /eth0/);
  });
});

Deno.test("status --json has typed members by interface", async () => {
  await withDirectory(async (directory) => {
    using _daemon = new FakeDaemon(`${directory}/:control`, {
      ...TREE,
      "/interface/__proto__/state": "INIT",
    });
    const { code, stdout } = await run("status", "--json", `--run-dir=${directory}`);
    assert.equal(code, 0);
    const status = JSON.parse(stdout);
    assert.deepEqual(Object.keys(status), ["daemon", "interfaces"]);
    assert.deepEqual(Object.keys(status.interfaces), ["eth0", "eth1", "__proto__"]);
    assert.equal(status.daemon.pid, Number(DAEMON["/daemon/pid"]));
    assert.deepEqual(status.interfaces.eth0.nameserver, ["192.0.2.2", "192.0.2.3"]);
    assert.deepEqual(status.interfaces.eth0.lease, {
      server: "192.0.2.1",
      time: 3600,
      t1: 1800,
      t2: 3150,
    });
  });
});

Deno.test("status exits with 66 when an interface is not managed", async () => {
  await withDirectory(async (directory) => {
    using _daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const { code, stdout, stderr } = await run("status", "eth9", `--run-dir=${directory}`);
    assert.equal(code, 66);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'mirage-dhcp: Cannot find "eth9" among the managed interfaces: eth0, eth1\n',
    );
  });
});
