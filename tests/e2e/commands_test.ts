/**
 * What an operator is shown of a real daemon: `status`, `get`, `watch`, and what needs no daemon at all.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Commands, waitForVerified, withLease } from "../support/commands.ts";
import { type Output, output, signalProcess } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** The lines of a screen, those of one label in one line: "lease" → "1 h, renews in …". */
function labelled(screen: string): Map<string, string> {
  const found = new Map<string, string>();
  let label = "";
  for (const line of screen.split("\n").filter((each) => each.startsWith("  "))) {
    label = line.slice(2, 17).trim() || label;
    found.set(label, `${found.get(label) ?? ""} ${line.slice(17)}`.trim());
  }
  return found;
}

testWith(["netns", "executable", "dnsmasq"], "status shows all of a lease", async (t) => {
  await withLease(async ({ daemon, commands }) => {
    const verified = await waitForVerified(commands);
    const calf = await daemon.calf();
    const { pid } = daemon.process;

    await t.step("as text, with nothing for a terminal in it", async () => {
      const screen = await commands.print("status");
      assert.match(screen, /^mirage-dhcp \d+\.\d+\.\d+\n/);
      assert.match(screen, /^eth0 {2}BOUND$/m);
      assert.match(screen, /^[\x20-\x7e\n]+$/);
      assert.ok(screen.split("\n").every((line) => line.length <= 80), "lines of a terminal");
      const lines = labelled(screen);
      const expected: [string, RegExp][] = [
        ["daemon", new RegExp(`^pid ${pid}, running for \\d+ s$`)],
        ["audit log", /\/state\/audit\.log, \d+ lines$/],
        ["link", /^up, 02:00:00:00:00:01$/],
        ["address", /^192\.0\.2\.7\/24, broadcast 192\.0\.2\.255, from a DHCP server$/],
        ["server", /^192\.0\.2\.1$/],
        ["lease", /^1 h, renews in (29|30) min.*, rebinds in 5[12] min.*, ends in (59 min.*|1 h)$/],
        ["routes", /^default via 192\.0\.2\.1$/],
        ["DNS", /^192\.0\.2\.53, 192\.0\.2\.54$/],
        ["domains", /^example\.test, lab\.example\.test$/],
        ["MTU", /^1400$/],
        ["system", /^has 192\.0\.2\.7\/24, follows the lease$/],
        ["sandbox", /^v8, .*seccomp.* seen by priv: .*seccomp no_new_privs no-capabilities .*uid=/],
        ["calf", new RegExp(`^pid ${calf}, running for \\d+ s, never restarted$`)],
        ["packets", /^[1-9]\d* received, [1-9]\d* sent (none dropped|dropped: .*)$/],
        ["requests", /^[1-9]\d* accepted, none refused$/],
      ];
      for (const [label, text] of expected) assert.match(lines.get(label) ?? "", text, label);
      assert.ok(lines.get("sandbox")?.includes(`seen by priv: ${verified}`));
      assert.equal(lines.has("errors"), false);
    });

    await t.step("as JSON, with numbers where there are numbers", async () => {
      const told = JSON.parse(await commands.print("status", "--json"));
      assert.deepEqual(Object.keys(told), ["daemon", "interfaces"]);
      assert.equal(told.daemon.pid, pid);
      assert.equal(told.daemon.audit.health, "ok");
      assert.equal(new Date(told.daemon.since).toISOString(), told.daemon.since);
      const { eth0 } = told.interfaces;
      assert.deepEqual(Object.keys(told.interfaces), ["eth0"]);
      assert.deepEqual([eth0.state, eth0.ip, eth0.mtu], ["BOUND", "192.0.2.7/24", 1400]);
      assert.deepEqual(eth0.nameserver, ["192.0.2.53", "192.0.2.54"]);
      assert.deepEqual(eth0.search, ["example.test", "lab.example.test"]);
      assert.deepEqual(eth0.lease, { server: "192.0.2.1", time: 3600, t1: 1800, t2: 3150 });
      assert.deepEqual([eth0.calf.pid, eth0.calf.restarts], [calf, 0]);
      assert.equal(eth0.sandbox.verified, verified);
      for (const name of ["renew", "rebind", "expire"]) {
        assert.equal(typeof eth0.timer[name], "number", name);
      }
      assert.equal(typeof eth0.packets.sent, "number");
      assert.equal("seed" in eth0, false);
      assert.equal(await commands.print("status", "--json", "eth0").then(interfacesOf), "eth0");
    });

    await t.step("in colours on a terminal, unless they are not wanted", async () => {
      const coloured = await onTerminal(commands, "-u", "NO_COLOR");
      assert.equal(coloured.code, 0);
      assert.ok(coloured.stdout.includes("\x1b[1meth0\x1b[0m  \x1b[32mBOUND\x1b[0m"));
      const plain = await onTerminal(commands, "NO_COLOR=1");
      assert.match(plain.stdout, /^eth0 {2}BOUND\r?$/m);
      assert.ok(!plain.stdout.includes("\x1b"));
    });

    await t.step("and not of an interface that is not there", async () => {
      await commands.fail(66, /Cannot find "eth7" among .*: eth0$/m, "status", "eth7");
      await commands.fail(66, /Cannot find "eth7"/, "status", "--json", "eth0", "eth7");
    });

    await t.step("and that a calf has ended, and why", async () => {
      signalProcess(calf, "SIGKILL");
      await waitUntil("another calf", async () => await commands.get("calf/restarts") === "1");
      const lines = labelled(await commands.print("status", "eth0"));
      assert.match(lines.get("calf") ?? "", /, 1 restart the last one: calf killed by SIGKILL$/);
      assert.match(lines.get("errors") ?? "", /^\d{4}-\S+Z calf killed by SIGKILL/);
      await daemon.waitForLease();
      assert.notEqual(await commands.get("calf/pid"), String(calf));
    });
  });
});

function interfacesOf(json: string): string {
  return Object.keys(JSON.parse(json).interfaces).join();
}

/** What status shows on a terminal, which script(1) gives it. */
function onTerminal(commands: Commands, ...env: string[]): Promise<Output> {
  const command = ["env", ...env, ...commands.line("status")].join(" ");
  return output(["script", "-qec", command, "/dev/null"]);
}

testWith(["netns", "executable", "dnsmasq"], "get prints a key", async (t) => {
  await withLease(async ({ daemon, commands }) => {
    await t.step("in every way in which it can be written", async () => {
      for (const key of ["ip", "/ip", "eth0/ip", "/interface/eth0/ip"]) {
        assert.equal(await commands.print("get", key), "192.0.2.7/24\n");
      }
      assert.equal(await commands.print("get", "/daemon/pid"), `${daemon.process.pid}\n`);
    });

    await t.step("or all below it", async () => {
      assert.equal(
        await commands.print("get", "eth0/lease"),
        "eth0/lease/server 192.0.2.1\neth0/lease/time 3600\n" +
          "eth0/lease/t1 1800\neth0/lease/t2 3150\n",
      );
      assert.match(await commands.print("get", "eth0"), /^eth0\/mac 02:00:00:00:00:01\n/);
      assert.match(await commands.print("get", "/daemon"), /^\/daemon\/version /);
    });

    await t.step("or says why not", async () => {
      await commands.fail(64, /no such key or interface/, "get", "no-such-key");
      await commands.fail(64, /no such key/, "get", "eth0/no-such-key");
      await commands.fail(66, /eth0\/ntp\/001: not set/, "get", "eth0/ntp/001");
      await commands.fail(66, /Cannot find "eth7"/, "get", "eth7/ip");
      await commands.fail(77, /eth0\/seed: it may not be read/, "get", "eth0/seed");
      assert.doesNotMatch(await commands.print("get", "eth0"), /seed/);
    });
  });
});

testWith(["netns", "executable", "dnsmasq"], "watch tells of each change", async (t) => {
  await withLease(async ({ network, daemon, commands }) => {
    const plain = commands.start("watch", "--initial");
    await plain.waitForLine(/^\S+Z eth0\/ip 192\.0\.2\.7\/24$/);
    const json = commands.start("watch", "eth0", "--initial", "--json");
    await json.waitForLine(/"key":"\/ip","value":"192\.0\.2\.7\/24"/);
    const seen = (pattern: string) => plain.waitForLine(new RegExp(`^\\d\\S+Z ${pattern}$`));

    await t.step("of a renewal", async () => {
      await commands.print("renew");
      await seen("eth0/state RENEWING");
      await seen("eth0/lease/t1 1[0-9]+"); // dnsmasq spreads them
    });

    await t.step("of a carrier that is gone", async () => {
      await network.setCable("down");
      await seen("eth0/link down");
      await network.setCable("up");
      await seen("eth0/link up");
      await waitUntil("BOUND", async () => await commands.get("state") === "BOUND");
    });

    await t.step("of a release", async () => {
      await commands.print("release");
      await seen("eth0/ip \\(deleted\\)");
      await seen("eth0/state RELEASED");
    });

    await t.step("as JSON with the same content", async () => {
      await json.waitForLine(/RELEASED/);
      const objects = json.stdout.map((line) => JSON.parse(line));
      for (const each of objects) {
        assert.deepEqual(Object.keys(each), ["time", "interface", "key", "value"]);
        assert.equal(each.interface, "eth0");
        assert.equal(new Date(each.time).toISOString(), each.time);
      }
      const values = (key: string) => objects.filter((o) => o.key === key).map((o) => o.value);
      assert.deepEqual(values("/ip"), ["192.0.2.7/24", null]);
      assert.deepEqual(values("/link"), ["up", "down", "up"]);
    });

    await t.step("until a signal, or the daemon's end", async () => {
      plain.kill("SIGTERM");
      assert.equal(await plain.waitForEnd(), 128 + 15);
      assert.deepEqual(plain.stderr, []);
      await daemon.stop();
      assert.equal(await json.waitForEnd(), 75);
      assert.match(json.stderr.join("\n"), /it has closed the connection$/);
    });

    await t.step("and nobody answers any more", async () => {
      for (const name of ["status", "watch", "renew", "reload"]) {
        await commands.fail(69, /none listens in .* \(is mirage-dhcp running\?\)/, name);
      }
      await commands.fail(69, /none listens in/, "get", "ip");
    });
  });
});

testWith(["executable"], "some commands need no daemon", async () => {
  const expected: [string[], RegExp][] = [
    [["keys"], /^IFACE\/lease\/time +Seconds +s +lease time/m],
    [["keys", "--json"], /"key": "IFACE\/ip"/],
    [["config", "--print", "eth0"], /^metric/m],
    [["completion", "bash"], /complete -F _mirage_dhcp mirage-dhcp/],
    [["completion", "zsh"], /^#compdef mirage-dhcp/],
    [["completion", "fish"], /complete -c mirage-dhcp/],
    [["man"], /^\.SH HOOKS$/m],
    [["help"], /^ +release /m],
    [["help", "renew"], /^Usage: mirage-dhcp renew /],
    [["renew", "--help"], /^Usage: mirage-dhcp renew /],
  ];
  for (const [args, text] of expected) {
    const { code, stdout, stderr } = await output([executablePath(), ...args]);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    assert.match(stdout, text, args.join(" "));
  }
  const wrong = await output([executablePath(), "completion", "tcsh"]);
  assert.equal(wrong.code, 64);
});
