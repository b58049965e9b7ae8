/**
 * What an operator asks of a real daemon: `renew`, `rebind`, `release` and `reload`, with and without waiting.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withLease } from "../support/commands.ts";
import { countLogged, startDnsmasq } from "../support/dnsmasq.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

testWith(["netns", "executable", "dnsmasq"], "requests are done when they say so", async (t) => {
  await withLease(async ({ network, daemon, dnsmasq, commands }) => {
    const requested = () => countLogged(dnsmasq, "DHCPREQUEST");

    await t.step("renew and rebind", async () => {
      const before = requested();
      assert.equal(await commands.print("renew"), "eth0: renewed, 192.0.2.7/24, lease 1 h\n");
      assert.equal(requested(), before + 1);
      assert.equal(
        await commands.print("rebind", "eth0"),
        "eth0: rebound, 192.0.2.7/24, lease 1 h\n",
      );
      assert.equal(requested(), before + 2);
      assert.equal(await commands.get("state"), "BOUND");
    });

    await t.step("release, and renew after it", async () => {
      assert.equal(await commands.print("release", "eth0"), "eth0: released\n");
      assert.equal(await network.addressText(), "");
      assert.equal(await commands.get("state"), "RELEASED");
      assert.match(await commands.print("status"), /^eth0 {2}RELEASED$/m);
      assert.equal(await commands.print("renew"), "eth0: renewed, 192.0.2.7/24, lease 1 h\n");
      assert.equal(await network.addressText(), "192.0.2.7/24");
    });

    await t.step("without waiting", async () => {
      const before = requested();
      assert.equal(await commands.print("renew", "--no-wait"), "");
      await waitUntil("a renewal", () => requested() === before + 1);
      await waitUntil("its end", async () => await commands.get("state") === "BOUND");
    });

    await t.step("not of an interface that is not there", async () => {
      for (const name of ["renew", "rebind", "release"]) {
        await commands.fail(66, /Cannot find "eth7"/, name, "eth0", "eth7");
      }
      assert.equal(await network.addressText(), "192.0.2.7/24", "and nothing else is done either");
    });

    await t.step("and not without a server", async () => {
      await dnsmasq.stop();
      const late = /^mirage-dhcp: eth0: not renewed within 1 s \(state RENEWING\)$/m;
      await commands.fail(75, late, "renew", "--timeout=1");
      await commands.fail(75, /eth0: not rebound within 1 s/, "rebind", "--timeout=1");
      assert.equal(await network.addressText(), "192.0.2.7/24", "the lease is still good");
      await startDnsmasq(network);
      assert.match(await commands.print("renew"), /^eth0: renewed/);
      await network.setCable("down");
      await waitUntil("no carrier", async () => await commands.get("link") === "down");
      await commands.fail(
        75,
        /eth0: not renewed within 1 s \(no carrier\)/,
        "renew",
        "--timeout=1",
      );
    });

    await t.step("a client that does not stay for the end is nothing to report", async () => {
      const log = await commands.print("audit");
      assert.match(log, /operator uid=0 pid=\d+ eth0 write \/request .* -> renew ok$/m);
      assert.doesNotMatch(log, /operator .* denied/);
      daemon.assertRunning();
    });
  });
});

testWith(["netns", "executable", "dnsmasq"], "reload tells what it has come to", async (t) => {
  const path = (directory: string) => `${directory}/mirage-dhcp.conf`;
  await withLease(
    async ({ network, commands }) => {
      const file = path(network.directory);
      const write = (text: string) => Deno.writeTextFile(file, text);
      const metric = async () => (await network.defaultRoutes())[0]?.metric;

      await t.step("a good file", async () => {
        await write("metric 78\n");
        assert.equal(await commands.print("reload"), `configuration read from ${file}\n`);
        await waitUntil("the other metric", async () => await metric() === 78);
        assert.equal(await commands.get("/daemon/config/file"), file);
      });

      await t.step("a bad file, as often as it is read", async () => {
        await write("# first\nmetric many\n");
        const refused =
          /the new configuration is refused: .*mirage-dhcp\.conf:2: Cannot use metric/;
        for (let n = 0; n < 2; n++) await commands.fail(78, refused, "reload");
        assert.equal(await metric(), 78);
        const status = (await commands.print("status")).replace(/\s+/g, " ");
        assert.match(
          status,
          /configuration \S+\/mirage-dhcp\.conf, read \d+ s ago refused since: /,
        );
        assert.match(status, /refused since: \S+:2: Cannot use metric many/);
      });

      await t.step("no file any more", async () => {
        await Deno.remove(file);
        await commands.fail(78, /is refused: Cannot read .*mirage-dhcp\.conf/, "reload");
      });

      await t.step("a good file again", async () => {
        await write("metric 79\n");
        await commands.print("reload");
        await waitUntil("the other metric", async () => await metric() === 79);
        assert.doesNotMatch(await commands.print("status"), /refused since/);
      });

      await t.step("config tells what counts, and whence", async () => {
        const args = [`--config=${file}`, "eth0"];
        const printed = await network.client.output(
          [commands.line("config")[0], "config", "--print", ...args],
        );
        assert.equal(printed.stderr, "");
        assert.match(printed.stdout, /^metric 79 +# .*mirage-dhcp\.conf:1$/m);
      });
    },
    {},
    ({ directory }) => {
      Deno.writeTextFileSync(path(directory), "metric 77\n");
      return [`--config=${path(directory)}`];
    },
  );
});

testWith(
  ["netns", "executable", "dnsmasq"],
  "reload without a file has nothing to read",
  async () => {
    await withLease(async ({ commands }) => {
      assert.equal(await commands.print("reload"), "there is no configuration file\n");
      await commands.print("reload", "--no-wait");
      await commands.fail(64, /too many arguments/, "reload", "eth0");
    });
  },
);
