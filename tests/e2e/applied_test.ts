/**
 * What a lease can bring beyond address, router and name servers, as the system shows it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand, withDaemon } from "../support/daemon.ts";
import type { DhcpOption } from "../support/dhcp_message.ts";
import { USUAL_OFFER, withServer } from "../support/dhcp_server.ts";
import { ipv4Bytes } from "../support/frame.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Option 121 (RFC 3442): 10/8 by 192.0.2.9, 198.51.100/24 on the link, 172.16/12 by 203.0.113.1. */
const ROUTES: DhcpOption = [
  121,
  Uint8Array.of(
    ...[8, 10, ...ipv4Bytes("192.0.2.9")],
    ...[24, 198, 51, 100, ...ipv4Bytes("0.0.0.0")],
    ...[12, 172, 16, ...ipv4Bytes("203.0.113.1")],
    ...[0, ...ipv4Bytes("192.0.2.1")],
    // TunnelVision's way: the leased network itself, by somebody else.
    ...[24, 192, 0, 2, ...ipv4Bytes("192.0.2.66")],
  ),
];

async function routeTexts(network: Network): Promise<string[]> {
  return (await network.routes()).map(({ dst, gateway }) => `${dst} ${gateway ?? "on the link"}`)
    .sort();
}

async function hostName({ client }: Network): Promise<string> {
  return (await client.run("hostname")).trim();
}

testWith(
  ["netns", "executable"],
  "classless routes are applied with the default route's metric, and logged",
  async () => {
    await withNetwork(async (network) => {
      const options = [...USUAL_OFFER.options, ROUTES];
      await withServer(network, { options }, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          assert.deepEqual(await routeTexts(network), [
            "10.0.0.0/8 192.0.2.9",
            "172.16.0.0/12 203.0.113.1",
            "192.0.2.0/24 on the link",
            "198.51.100.0/24 on the link",
            "203.0.113.1 on the link",
            "default 192.0.2.1",
          ]);
          const { ifindex } = await network.link();
          for (const { metric, dst } of await network.routes()) {
            assert.equal(metric, 1000 + ifindex, dst);
          }
          assert.match(daemon.process.log, /INFO .* route added: 10\.0\.0\.0\/8 via 192\.0\.2\.9/);
          assert.match(daemon.process.log, /WARN .* route to 192\.0\.2\.0\/24 left out/);
          assert.equal(await daemon.stop(), 0, daemon.process.log);
          assert.match(daemon.process.log, /INFO .* route removed: 172\.16\.0\.0\/12 via/);
          assert.deepEqual(await routeTexts(network), []);
        });
      });
    });
  },
);

testWith(["netns", "executable"], "--no-classless-routes leaves the router alone", async () => {
  await withNetwork(async (network) => {
    const options = [...USUAL_OFFER.options, ROUTES];
    await withServer(network, { options }, async () => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        assert.deepEqual(await routeTexts(network), [
          "192.0.2.0/24 on the link",
          "default 192.0.2.1",
        ]);
      }, "--no-classless-routes");
    });
  });
});

testWith(
  ["netns", "executable"],
  "a host without a name takes the server's, and gives it back",
  async () => {
    await withNetwork(async (network) => {
      const options: DhcpOption[] = [...USUAL_OFFER.options, [12, ascii("box")]];
      await withServer(network, { options }, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await waitUntil("the name", async () => await hostName(network) === "box");
          assert.equal(daemon.file("hostname"), "box");
          assert.equal(await daemon.stop(), 0, daemon.process.log);
          assert.equal(await hostName(network), "localhost");
        });
        await network.client.run("hostname", "own");
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(/bound to/);
          assert.equal(await hostName(network), "own");
        });
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await waitUntil("the name", async () => await hostName(network) === "box");
          // Killed, it leaves the name to its successor.
          daemon.process.kill("SIGKILL");
          await daemon.process.waitForEnd();
          assert.equal(await hostName(network), "box");
        }, "--apply-hostname=always");
        await withDaemon(network, async (daemon) => {
          await daemon.process.waitForLine(/bound to/);
          assert.equal(await daemon.stop(), 0, daemon.process.log);
          assert.equal(await hostName(network), "own");
        }, "--apply-hostname=always");
        await network.client.run("hostname", "localhost");
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(/bound to/);
          assert.equal(await hostName(network), "localhost");
        }, "--apply-hostname=never");
      });
    });
  },
);

testWith(
  ["root", "netns", "executable"],
  "without CAP_SYS_ADMIN a host keeps its name",
  async () => {
    await withNetwork(async (network) => {
      const options: DhcpOption[] = [...USUAL_OFFER.options, [12, ascii("box")]];
      await withServer(network, { options }, async () => {
        const daemon = network.client.start([
          ...["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"],
          ...daemonCommand(network),
        ]);
        await daemon.waitForLine(/WARN .*Cannot sethostname: EPERM/);
        await daemon.waitForLine(/bound to/);
        assert.equal(await hostName(network), "localhost");
        assert.equal(await daemon.stop(), 0, daemon.log);
        assert.equal((daemon.log.match(/Cannot sethostname/g) ?? []).length, 1);
      });
    });
  },
);

testWith(
  ["netns", "executable"],
  "option 28 is the broadcast address if it lies in the subnet",
  async () => {
    for (const [option28, used] of [["192.0.2.0", "192.0.2.0"], ["10.9.9.9", "192.0.2.255"]]) {
      await withNetwork(async (network) => {
        const options: DhcpOption[] = [...USUAL_OFFER.options, [28, ipv4Bytes(option28)]];
        await withServer(network, { options }, async () => {
          await withDaemon(network, async (daemon) => {
            await daemon.waitForLease();
            assert.equal((await network.addresses())[0].broadcast, used);
          });
        });
      });
    }
  },
);

testWith(["netns", "executable"], "a captive portal is named in the log, once", async () => {
  await withNetwork(async (network) => {
    const uri = "https://portal.example.org/api";
    const options: DhcpOption[] = [...USUAL_OFFER.options, [114, ascii(uri)]];
    await withServer(network, { options }, async () => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await daemon.process.waitForLine(new RegExp(`INFO .*captive portal: ${uri}$`));
        assert.equal(daemon.file("captive-portal"), uri);
        daemon.process.kill("SIGUSR1");
        await daemon.process.waitForLine(/renewed|RENEWING/);
        await daemon.waitForLease();
        assert.equal((daemon.process.log.match(/captive portal/g) ?? []).length, 1);
      });
    });
  });
});
