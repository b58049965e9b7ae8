/**
 * Two uplinks at once, both into the same network.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, type Route, SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** Makes the server's interface a bridge with two cables to the client: eth0 and eth1. */
async function addSecondUplink({ client, server }: Network): Promise<void> {
  await server.run("ip", "link", "set", SERVER_INTERFACE, "down");
  await server.run("ip", "link", "set", SERVER_INTERFACE, "name", "port0");
  await client.run(
    ...["ip", "link", "add", "eth1", "address", "02:00:00:00:00:02", "type", "veth"],
    ...["peer", "name", "port1", "netns", String(server.pid)],
  );
  await server.run("ip", "link", "add", SERVER_INTERFACE, "type", "bridge", "forward_delay", "0");
  for (const port of ["port0", "port1"]) {
    await server.run("ip", "link", "set", port, "master", SERVER_INTERFACE, "up");
  }
  await server.run("ip", "link", "set", SERVER_INTERFACE, "up");
}

/** Routes to a destination as "DEVICE METRIC", the preferred one first. */
async function routesTo(network: Network, destination: string): Promise<string[]> {
  const routes: Route[] = (await network.routes()).filter(({ dst }) => dst === destination);
  return routes.sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))
    .map(({ dev, metric }) => `${dev} ${metric}`);
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "two uplinks of one network coexist by their metrics, and one goes on without the other",
  async () => {
    await withNetwork(async (network) => {
      await addSecondUplink(network);
      await startDnsmasq(network, { range: "192.0.2.7,192.0.2.8" });
      const daemon = network.client.start([...daemonCommand(network), "eth1"]);
      try {
        await waitUntil("both addresses", async () => {
          const text = await network.client.run("ip", "-4", "-brief", "address", "show");
          return (text.match(/192\.0\.2\.[78]\/24/g) ?? []).length === 2;
        }, { timeoutMs: 30_000, explain: () => daemon.log });
        const indexes = await Promise.all(["eth0", "eth1"].map(async (name) => {
          const [link] = await network.client.ip<{ ifindex: number }[]>("link", "show", name);
          return link.ifindex;
        }));
        const expected = ["eth0", "eth1"].map((name, i) => ({ name, metric: 1000 + indexes[i] }))
          .sort((a, b) => a.metric - b.metric).map(({ name, metric }) => `${name} ${metric}`);
        await waitUntil("both default routes", async () => {
          return (await routesTo(network, "default")).length === 2;
        });
        assert.deepEqual(await routesTo(network, "default"), expected);
        assert.deepEqual(await routesTo(network, "192.0.2.0/24"), expected);
        const [first] = expected[0].split(" ");
        const port = first === "eth0" ? "port0" : "port1";
        await network.server.run("ip", "link", "set", port, "down");
        await waitUntil("the other default route alone", async () => {
          return (await routesTo(network, "default")).join() === expected[1];
        }, { explain: () => daemon.log });
        const resolvConf = await Deno.readTextFile(network.resolvConf);
        assert.match(resolvConf, new RegExp(`lease of eth${port === "port0" ? 1 : 0}\\.`));
        await network.server.run("ip", "link", "set", port, "up");
        await waitUntil("both default routes again", async () => {
          return (await routesTo(network, "default")).join() === expected.join();
        }, { explain: () => daemon.log });
        await network.client.run("ip", "link", "delete", first);
        await daemon.waitForLine(new RegExp(`${first}: waiting for the interface`));
        await waitUntil("the other route alone", async () => {
          return (await routesTo(network, "default")).join() === expected[1];
        });
        assert.deepEqual(await routesTo(network, "192.0.2.0/24"), [expected[1]]);
        assert.equal(await daemon.stop(), 0, daemon.log);
        assert.deepEqual(await routesTo(network, "192.0.2.0/24"), []);
      } finally {
        await daemon.stop();
      }
    });
  },
);

testWith(["netns", "executable", "dnsmasq"], "--metric sets the metric of all routes", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const daemon = network.client.start(daemonCommand(network, "--metric=77"));
    try {
      await waitUntil("the default route", async () => {
        return (await routesTo(network, "default")).join() === "eth0 77";
      }, { explain: () => daemon.log });
      assert.deepEqual(await routesTo(network, "192.0.2.0/24"), ["eth0 77"]);
    } finally {
      await daemon.stop();
    }
  });
});
