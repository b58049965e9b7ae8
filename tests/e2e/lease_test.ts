/**
 * A lease from a real server, and all that the system shows of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

testWith(["netns", "executable", "dnsmasq"], "a lease configures the whole system", async (t) => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const { ino } = await Deno.stat(network.resolvConf);
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();

      await t.step(
        "the address has its prefix, its broadcast and the lease's lifetime",
        async () => {
          const [address, ...others] = await network.addresses();
          assert.deepEqual(others, []);
          assert.equal(`${address.local}/${address.prefixlen}`, "192.0.2.7/24");
          assert.equal(address.broadcast, "192.0.2.255");
          assertWithin(address.valid_life_time, 3590, 3600);
          assertWithin(address.preferred_life_time, 3590, 3600);
        },
      );

      await t.step("the default route is DHCP's, with a metric above 1000", async () => {
        const [route, ...others] = await network.defaultRoutes();
        assert.deepEqual(others, []);
        assert.equal(route.gateway, "192.0.2.1");
        assert.equal(route.dev, "eth0");
        assert.equal(route.protocol, "dhcp");
        assert.equal(route.metric, 1000 + (await network.link()).ifindex);
        await assertGetsThrough(network);
      });

      await t.step("the interface has the MTU of option 26", async () => {
        assert.equal((await network.link()).mtu, 1400);
      });

      await t.step("resolv.conf is written in place", async () => {
        const lines = (await Deno.readTextFile(network.resolvConf)).split("\n");
        assert.deepEqual(lines.filter((line) => line !== "" && !line.startsWith("#")), [
          "domain example.test",
          "search example.test lab.example.test",
          "nameserver 192.0.2.53",
          "nameserver 192.0.2.54",
        ]);
        assert.equal((await Deno.stat(network.resolvConf)).ino, ino);
        const seen = await network.client.run("cat", "/etc/resolv.conf");
        assert.equal(seen, lines.join("\n"));
      });

      await t.step("the run directory shows one file per key", () => {
        const shown = Object.fromEntries(daemon.keys().map((key) => [key, daemon.file(key)]));
        assert.deepEqual(shown, {
          "boot/next-server": "192.0.2.1",
          "broadcast": "192.0.2.255",
          "domain": "example.test",
          "gateway": "192.0.2.1",
          "ip": "192.0.2.7/24",
          "lease/server": "192.0.2.1",
          "lease/t1": shown["lease/t1"], // dnsmasq takes a random bit off
          "lease/t2": shown["lease/t2"],
          "lease/time": "3600",
          "mtu": "1400",
          "nameserver/001": "192.0.2.53",
          "nameserver/002": "192.0.2.54",
          "origin": "dhcp",
          "search": "example.test lab.example.test",
          "state": "BOUND",
        });
        const json = JSON.parse(daemon.file("lease.json") ?? "");
        assert.equal(json.state, "BOUND");
        assert.equal(json.ip, "192.0.2.7/24");
        assert.equal(json.lease.time, 3600);
        assert.equal(json.mtu, 1400);
        assertWithin(Number(daemon.file("lease/t1")), 1500, 1800);
        assertWithin(Number(daemon.file("lease/t2")), 2900, 3150);
      });
    });
    assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
  });
});

testWith(
  ["netns", "executable", "dnsmasq"],
  "a lease without options leaves the rest",
  async () => {
    await withNetwork(async (network) => {
      // Forced without a value: dnsmasq leaves the option out.
      await startDnsmasq(network, { options: ["option:router", "option:dns-server"] });
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        assert.deepEqual(await network.defaultRoutes(), []);
        assert.equal((await network.link()).mtu, 1500);
        assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
        for (const key of ["gateway", "mtu", "domain", "search", "nameserver/001"]) {
          assert.equal(daemon.file(key), null, key);
        }
      });
    });
  },
);

function assertWithin(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} is not from ${least} to ${most}`);
}

/** The kernel of the client reaches the server's by the address that it got. */
async function assertGetsThrough({ client, server }: Network): Promise<void> {
  const echo = server.start([
    ...[Deno.execPath(), "eval", "--no-check"],
    `const listener = Deno.listen({ port: 7 });
     console.log("ready");
     for await (const peer of listener) peer.readable.pipeTo(peer.writable).catch(() => {});`,
  ]);
  await echo.waitForLine(/^ready$/);
  const script = `const peer = await Deno.connect({ hostname: "192.0.2.1", port: 7 });
     await peer.write(new TextEncoder().encode("hello"));
     const bytes = new Uint8Array(5);
     await peer.read(bytes);
     console.log(peer.localAddr.hostname, new TextDecoder().decode(bytes));
     Deno.exit(0);`;
  assert.equal(await client.run(Deno.execPath(), "eval", script), "192.0.2.7 hello\n");
}
