/**
 * The image under runc, with exactly the configuration that LinuxKit makes of the label and of the YAML files in
 * linuxkit/examples, in the network of a test.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DHCP_CLIENT_IMAGE, LINUXKIT_CONFIG } from "../../linuxkit/image/config.ts";
import { startDnsmasq, USUAL_OPTIONS } from "../support/dnsmasq.ts";
import { type LinuxkitEntry, readEntry } from "../support/linuxkit.ts";
import { NAMESPACE_HOST_NAME } from "../support/namespace.ts";
import { CLIENT_INTERFACE, type Network, withNetwork } from "../support/network.ts";
import { type UnpackedImage, withImage } from "../support/oci_image.ts";
import { calvesOf, processStatus } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import {
  type Container,
  LINUXKIT_RESOLV_CONF,
  prepareLinuxkitHost,
  readClientFile,
  withContainer,
} from "../support/runc.ts";
import { waitUntil } from "../support/wait.ts";

const LEASED = "192.0.2.7/24";
/** Of a container that is ready at once: the machine may be busy. */
const LIMIT_MS = 30_000;
/** LinuxKit's shutdown waits so long between SIGTERM and SIGKILL. */
const SHUTDOWN_MS = 5_000;
/** CAP_NET_ADMIN and CAP_NET_RAW (linux/capability.h). */
const TWO_CAPABILITIES = "0000000000003000";

function example(file: string, section: "onboot" | "services", name: string): LinuxkitEntry {
  return readEntry(new URL(`../../linuxkit/examples/${file}`, import.meta.url), section, name);
}

const ONBOOT = example("onboot.yml", "onboot", "dhcpcd");
const SERVICE = example("services.yml", "services", "dhcpcd");
const MIRAGESDK = example("miragesdk.yml", "onboot", "dhcp-client");

/** A test network whose client's side is a host of LinuxKit, with a server if wanted. */
function withHost(
  image: UnpackedImage,
  body: (network: Network) => Promise<void>,
  server = true,
): Promise<void> {
  return withNetwork(async (network) => {
    await prepareLinuxkitHost(network, image);
    if (server) await startDnsmasq(network);
    await body(network);
  });
}

/** What stat(1) says of resolv.conf: inode and mode. */
async function resolvConfStatus({ client }: Network): Promise<string> {
  return (await client.run("stat", "--format=%i %a", LINUXKIT_RESOLV_CONF)).trim();
}

async function assertConfigured(network: Network): Promise<void> {
  assert.equal(await network.addressText(), LEASED);
  const routes = await network.defaultRoutes();
  assert.deepEqual(routes.map(({ gateway, protocol }) => [gateway, protocol]), [
    ["192.0.2.1", "dhcp"],
  ]);
  assert.equal((await network.link()).mtu, 1400);
}

/** Whether resolv.conf is what the server said, in the file that others have bound already. */
async function assertResolvConf(network: Network, statusBefore: string): Promise<void> {
  assert.match(readClientFile(network, LINUXKIT_RESOLV_CONF)!, /^nameserver 192\.0\.2\.53$/m);
  const [inode, mode] = statusBefore.split(" ");
  assert.equal(mode, "600");
  assert.equal(await resolvConfStatus(network), `${inode} 644`);
}

function result(network: Network, key: string): string | undefined {
  return readClientFile(network, `/run/dhcp-client/${CLIENT_INTERFACE}/${key}`)?.trim();
}

async function waitForLease(network: Network, container: Container): Promise<void> {
  await waitUntil("a lease", () => {
    const { exitCode, log } = container.process;
    assert.equal(exitCode, null, log);
    return result(network, "state") === "BOUND";
  }, { timeoutMs: LIMIT_MS, explain: () => container.process.log });
}

testWith(["root", "netns", "dnsmasq", "executable", "runc"], "the image under runc", async (t) => {
  await withImage(async (image) => {
    await t.step(
      "LinuxKit's onboot entry gets a lease, and ends",
      () =>
        withHost(image, async (network) => {
          const before = await resolvConfStatus(network);
          await withContainer(network, image, ONBOOT, async ({ process }) => {
            assert.equal(await process.waitForEnd(LIMIT_MS), 0);
            await assertConfigured(network);
            await assertResolvConf(network, before);
            assert.equal(result(network, "ip"), LEASED);
            assert.ok(!process.log.includes("\x1b"), "no colours");
            assert.match(process.log, /confined: .*capabilities=net_admin\+net_raw .*seccomp/);
          });
        }),
    );

    await t.step(
      "without a server or without a link it ends, and leaves nothing",
      () =>
        withHost(image, async (network) => {
          const impatient = { ...ONBOOT, command: [...ONBOOT.command!, "-t", "2"] };
          const end = () =>
            withContainer(network, image, impatient, async ({ process }) => {
              assert.notEqual(await process.waitForEnd(LIMIT_MS), 0);
              assert.match(process.log, /no lease in time/);
              assert.equal(await network.addressText(), "");
            });
          await end();
          await network.setCable("down");
          await end();
          await network.client.run("ip", "link", "delete", CLIENT_INTERFACE);
          await withContainer(network, image, impatient, async ({ process }) => {
            assert.notEqual(await process.waitForEnd(LIMIT_MS), 0);
          });
        }, false),
    );

    await t.step(
      "as a service it keeps a lease, confined, until SIGTERM",
      () =>
        withHost(image, async (network) => {
          const before = await resolvConfStatus(network);
          await withContainer(network, image, SERVICE, async (container) => {
            await waitForLease(network, container);
            await assertConfinement(await container.pid());
            await container.kill("TERM");
            assert.equal(await container.process.waitForEnd(SHUTDOWN_MS), 0);
          });
          // `persistent` in the file.
          await assertConfigured(network);
          await assertResolvConf(network, before);
        }),
    );

    await t.step(
      "a service that is killed is followed by one with the same lease",
      () =>
        withHost(image, async (network) => {
          for (let round = 0; round < 2; round++) {
            await withContainer(network, image, SERVICE, async (container) => {
              await waitUntil("the state", () => /configured 192/.test(container.process.log), {
                timeoutMs: LIMIT_MS,
                explain: () => container.process.log,
              });
              await container.kill("KILL");
              await container.process.waitForEnd(LIMIT_MS);
            });
            await assertConfigured(network);
          }
          assert.notEqual(readClientFile(network, "/var/lib/dhcp-client/eth0.lease"), null);
        }),
    );

    await t.step(
      "it names the host with CAP_SYS_ADMIN, and goes on without",
      () =>
        withNetwork(async (network) => {
          await prepareLinuxkitHost(network, image);
          await startDnsmasq(network, { options: [...USUAL_OPTIONS, "12,box"] });
          const name = async () => (await network.client.run("hostname")).trim();
          const end = (entry: LinuxkitEntry) =>
            withContainer(network, image, entry, async ({ process }) => {
              assert.equal(await process.waitForEnd(LIMIT_MS), 0);
            });
          await end(ONBOOT);
          assert.equal(await name(), NAMESPACE_HOST_NAME);
          await assertConfigured(network);
          await end({
            ...ONBOOT,
            capabilities: [...LINUXKIT_CONFIG.capabilities, "CAP_SYS_ADMIN"],
          });
          assert.equal(await name(), "box");
        }),
    );

    await t.step(
      "the MirageSDK entry ends with a lease although the host's /lib, /bin and /sbin are over ours",
      () =>
        withHost(image, async (network) => {
          const client = {
            ...image,
            settings: { ...image.settings, Cmd: DHCP_CLIENT_IMAGE.command },
          };
          await withContainer(network, client, MIRAGESDK, async ({ process }) => {
            assert.equal(await process.waitForEnd(LIMIT_MS), 0, process.log);
            assert.equal(await network.addressText(), LEASED);
            assert.equal(result(network, "ip"), LEASED);
            assert.equal(readClientFile(network, LINUXKIT_RESOLV_CONF), "", "/etc is not bound");
            assert.doesNotMatch(process.log, / ERROR /);
            // Two capabilities more must not make the calf's sandbox weaker.
            assert.match(process.log, /user-ns yes, .* empty-root yes, .* bounding-set yes, /);
          });
        }),
    );
  });
});

/** What the kernel says of the daemon and of its calf: nothing but two capabilities, and none. */
async function assertConfinement(daemon: number): Promise<void> {
  const [calf] = await waitUntil("a calf", () => {
    const calves = calvesOf(daemon);
    return calves.length > 0 && calves;
  });
  const priv = processStatus(daemon)!;
  for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.equal(priv.get(set), TWO_CAPABILITIES);
  for (const set of ["CapInh", "CapAmb"]) assert.match(priv.get(set)!, /^0+$/);
  for (const status of [priv, processStatus(calf)!]) {
    assert.equal(status.get("NoNewPrivs"), "1");
    assert.equal(status.get("Seccomp"), "2");
  }
  for (const set of ["CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd"]) {
    assert.match(processStatus(calf)!.get(set)!, /^0+$/, set);
  }
  for (const namespace of ["net", "mnt", "ipc", "uts", "user"]) {
    const of = (pid: number) => Deno.readLinkSync(`/proc/${pid}/ns/${namespace}`);
    assert.notEqual(of(calf), of(daemon), namespace);
  }
}
