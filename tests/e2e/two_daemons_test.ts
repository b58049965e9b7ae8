/**
 * Two daemons with the same directories: a command finds both, and each interface's own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withLease } from "../support/commands.ts";
import { daemonCommand } from "../support/daemon.ts";
import { controlSocket, waitForSocket } from "../support/operator.ts";
import { testWith } from "../support/requirements.ts";

testWith(["netns", "executable", "dnsmasq"], "commands find every daemon", async (t) => {
  await withLease(async ({ network, daemon, commands }) => {
    await network.client.run(
      ...["ip", "link", "add", "eth1", "up", "type", "veth", "peer", "name", "port1"],
      ...["netns", String(network.server.pid)],
    );
    await network.server.run("ip", "link", "set", "port1", "up");
    // No server is there.
    const second = network.client.start(daemonCommand(network).with(-1, "eth1"));
    await waitForSocket(`${controlSocket(network)}.2`);
    await second.waitForLine(/calf started/);

    await t.step("status shows both, or the one that is meant", async () => {
      const both = await commands.print("status");
      assert.equal(both.match(/^mirage-dhcp /gm)?.length, 2);
      for (const pid of [daemon.process.pid, second.pid]) {
        assert.match(both, new RegExp(`^ {2}daemon +pid ${pid}, `, "m"));
      }
      assert.match(both, /^eth0 {2}BOUND$/m);
      assert.match(both, /^eth1 {2}(INIT|SELECTING|starting)$/m);
      const one = await commands.print("status", "eth1");
      assert.match(one, new RegExp(`^ {2}daemon +pid ${second.pid}, `, "m"));
      assert.doesNotMatch(one, /^eth0/m);
    });

    await t.step("also in JSON", async () => {
      const told = JSON.parse(await commands.print("status", "--json"));
      assert.deepEqual(
        told.daemons.map((each: { pid: number }) => each.pid),
        [daemon.process.pid, second.pid],
      );
      assert.equal(told.daemon.pid, daemon.process.pid);
      assert.deepEqual(Object.keys(told.interfaces), ["eth0", "eth1"]);
    });

    await t.step("get asks the interface's own", async () => {
      assert.equal(await commands.print("get", "eth0/ip"), "192.0.2.7/24\n");
      assert.match(await commands.print("get", "eth1/mac"), /^([0-9a-f]{2}:){5}[0-9a-f]{2}\n$/);
      await commands.fail(64, /Cannot tell whose ip is meant: there are eth0, eth1/, "get", "ip");
    });

    await t.step("so do requests, and each result is told", async () => {
      assert.match(await commands.print("renew", "eth0"), /^eth0: renewed/);
      const { code, stdout, stderr } = await commands.run("renew", "--timeout=2");
      assert.equal(code, 75);
      assert.equal(stdout, "eth0: renewed, 192.0.2.7/24, lease 1 h\n");
      assert.match(stderr, /^mirage-dhcp: eth1: not renewed within 2 s \(state \w+\)\n$/);
      assert.equal(await commands.print("reload"), "there is no configuration file\n".repeat(2));
    });

    await t.step("each has an audit log of its own", async () => {
      const text = await commands.print("audit");
      for (const pid of [daemon.process.pid, second.pid]) {
        assert.match(text, new RegExp(`daemon-start ok: version \\S+, pid ${pid}$`, "m"));
      }
      const verified = await commands.print("audit", "--verify");
      assert.equal(verified.match(/: intact$/gm)?.length, 2, verified);
    });

    await t.step("the end of one leaves the other", async () => {
      const watch = commands.start("watch", "--initial");
      await watch.waitForLine(/eth1\/mac /);
      assert.equal(await second.stop(), 0);
      await watch.waitForLine(/:control\.2: it has closed the connection/);
      assert.match(await commands.print("renew"), /^eth0: renewed/);
      await watch.waitForLine(/eth0\/state RENEWING/);
      assert.equal(watch.exitCode, null);
      assert.equal(await commands.print("get", "ip"), "192.0.2.7/24\n");
      await commands.fail(66, /Cannot find "eth1"/, "status", "eth1");
    });
  });
});
