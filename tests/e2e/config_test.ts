/**
 * The configuration file of a real daemon: what it decides, and what becomes of it when it is read again.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand, runDaemon, withDaemon } from "../support/daemon.ts";
import { countLogged, startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { controlSocket, Operator, waitForSocket } from "../support/operator.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { read, write } from "../../priv/testing/operator_messages.ts";

function writeConfig({ directory }: Network, text: string): string {
  const path = `${directory}/mirage-dhcp.conf`;
  Deno.writeTextFileSync(path, text);
  return path;
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "a configuration file decides, and is read again",
  async (t) => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const path = writeConfig(network, "interface eth0\nnooption interface_mtu\nmetric 77\n");
      await withDaemon(
        network,
        async (daemon) => {
          await daemon.waitForLease();
          const calf = await daemon.calf();

          await t.step("a block of the interface counts", async () => {
            assert.equal((await network.link()).mtu, 1500);
            assert.equal((await network.defaultRoutes())[0].metric, 77);
            assert.equal(daemon.file("mtu"), null, "it is not even asked for");
          });

          await t.step("a file that is wrong changes nothing", async () => {
            writeConfig(network, "interface eth0\nmetric many\n");
            daemon.process.kill("SIGHUP");
            await daemon.process.waitForLine(
              /the configuration stays as it was: .*:2: Cannot use metric/,
            );
            assert.equal((await network.defaultRoutes())[0].metric, 77);
            assert.equal(await daemon.calf(), calf);
            using operator = new Operator(await listening(network));
            operator.say(read(1, "/daemon/config/error"));
            assert.match(await operator.hear("1 ok "), /:2: Cannot use metric many/);
          });

          await t.step("the same file again changes nothing either", async () => {
            writeConfig(network, "metric 77\ninterface eth0\nmetric 77\nnooption interface_mtu\n");
            daemon.process.kill("SIGHUP");
            await daemon.process.waitForLine(/SIGHUP: the configuration has been read again/);
            assert.equal(await daemon.calf(), calf);
          });

          await t.step("what changes is changed, and the address stays meanwhile", async () => {
            writeConfig(network, "interface eth0\nmetric 78\nnohook resolv.conf\n");
            using operator = new Operator(await listening(network));
            operator.say(write(1, "/daemon/request", "reload"));
            await operator.hear("1 ok ");
            await waitUntil("the other metric", async () => {
              assert.equal(await network.addressText(), "192.0.2.7/24");
              return (await network.defaultRoutes())[0]?.metric === 78;
            });
            await daemon.waitForLease();
            assert.equal((await network.link()).mtu, 1400);
            assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
          });
        },
        `--config=${path}`,
      );
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "the file may say which interfaces are meant",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const path = writeConfig(network, "allowinterfaces eth*\n");
      const command = daemonCommand(network, `--config=${path}`).slice(0, -1);
      const daemon = network.client.start(command);
      const address = (wanted: string) =>
        waitUntil(`the address ${wanted}`, async () => await network.addressText() === wanted, {
          explain: () => daemon.log,
        });
      await address("192.0.2.7/24");
      writeConfig(network, "allowinterfaces eth*\ndenyinterfaces eth0\n");
      daemon.kill("SIGHUP");
      await address("");
      writeConfig(network, "allowinterfaces e*\n");
      daemon.kill("SIGHUP");
      await address("192.0.2.7/24");
      assert.equal(await daemon.stop(), 0);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a daemon that waits for a release reads its configuration no more",
  async () => {
    await withNetwork(async (network) => {
      const dnsmasq = await startDnsmasq(network);
      const path = writeConfig(network, "metric 77\n");
      await withDaemon(
        network,
        async (daemon) => {
          await daemon.waitForLease();
          // It does not release, so that there is time.
          Deno.kill(await daemon.calf(), "SIGSTOP");
          daemon.process.kill("SIGTERM");
          await daemon.process.waitForLine(/SIGTERM: release/);
          const asked = countLogged(dnsmasq, "DHCPREQUEST");
          writeConfig(network, "metric 78\n");
          daemon.process.kill("SIGHUP");
          assert.equal(await daemon.process.waitForEnd(10_000), 0);
          assert.equal(countLogged(dnsmasq, "DHCPREQUEST"), asked, daemon.process.log);
          assert.equal(await network.addressText(), "");
        },
        `--config=${path}`,
        "--release",
      );
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "blocks that contradict each other do not end a daemon",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const path = writeConfig(network, "");
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        writeConfig(
          network,
          "interface eth0\nfallback p\ninterface eth0\ninform 192.0.2.6/24\n" +
            "profile p\nstatic ip_address=192.0.2.5/24\n",
        );
        daemon.process.kill("SIGHUP");
        await daemon.waitForLease("192.0.2.6/24");
      }, `--config=${path}`);
    });
  },
);

async function listening(network: Network): Promise<string> {
  const path = controlSocket(network);
  await waitForSocket(path);
  return path;
}

testWith(
  ["netns", "executable"],
  "a configuration file that cannot be used ends the start",
  async () => {
    await withNetwork(async (network) => {
      const missing = await runDaemon(network, `--config=${network.directory}/none`);
      assert.equal(missing.code, 66);
      assert.match(missing.stderr, /^mirage-dhcp: Cannot read .*\/none: .*\n$/);
      const path = writeConfig(network, "hostname not a name\n");
      const wrong = await runDaemon(network, `--config=${path}`);
      assert.equal(wrong.code, 78);
      assert.match(wrong.stderr, /^mirage-dhcp: .*mirage-dhcp.conf:1: Cannot use hostname/);
      const checked = await network.client.output([
        daemonCommand(network)[0],
        "--check-config",
        `--config=${writeConfig(network, "hostnme x\nnoarp\n")}`,
      ]);
      assert.equal(checked.code, 78);
      assert.match(checked.stdout + checked.stderr, /:1: .*hostnme.*did you mean "hostname"/);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a lease without a required option is none",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network, { options: ["option:router"] });
      const path = writeConfig(network, "require routers\n");
      await withDaemon(network, async (daemon) => {
        await daemon.process.waitForLine(/dropped frame: dhcp-required-option/);
        assert.equal(daemon.file("ip"), null);
        writeConfig(network, "require subnet_mask\n");
        daemon.process.kill("SIGHUP");
        await daemon.waitForLease();
      }, `--config=${path}`);
    });
  },
);
