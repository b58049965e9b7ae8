/**
 * The image as others see it: skopeo reads it, podman loads and runs it, and makes one like it of the Dockerfile.
 *
 * @module
 */
import assert from "node:assert/strict";
import { imageLayer } from "../../linuxkit/image/build.ts";
import { DHCPCD_IMAGE, LINUXKIT_CONFIG, LINUXKIT_LABEL } from "../../linuxkit/image/config.ts";
import { PROJECT, readConfig } from "../../linuxkit/build/project.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { writeImage } from "../support/oci_image.ts";
import { type Output, run } from "../support/process.ts";
import { executablePath, findProgram, testWith } from "../support/requirements.ts";

const NAME = `mirage-dhcp:${readConfig().version}`;

/** Of one command: a few seconds on an idle machine. */
const LIMIT_SECONDS = 90;

/** podman with all that it keeps in the test's directory, in the client's namespaces. */
class Podman {
  readonly #network: Network;
  readonly #options: readonly string[];

  constructor(network: Network) {
    const { directory } = network;
    this.#network = network;
    this.#options = [
      ...[`--root=${directory}/storage`, `--runroot=${directory}/runroot`],
      ...[`--tmpdir=${directory}/podman`, `--runtime=${findProgram("runc")}`],
      // What needs neither systemd nor an overlay on an overlay.
      ...["--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=file"],
    ];
  }

  output(...args: string[]): Promise<Output> {
    const limit = ["timeout", "--kill-after=5", String(LIMIT_SECONDS)];
    return this.#network.client.output([...limit, "podman", ...this.#options, ...args]);
  }

  /** Runs what must succeed. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.output(...args);
    assert.equal(code, 0, `podman ${args[0]}: ${stderr}${stdout}`);
    return stdout;
  }
}

testWith(
  ["executable", "skopeo"],
  "skopeo reads the label and the machine of the image",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "mirage-dhcp-image-" });
    try {
      const archive = `oci-archive:${await writeImage(folder)}`;
      const image = JSON.parse(await run(["skopeo", "inspect", archive]));
      assert.equal(`${image.Os}/${image.Architecture}`, "linux/amd64");
      assert.deepEqual(JSON.parse(image.Labels[LINUXKIT_LABEL]), LINUXKIT_CONFIG);
      const { config } = JSON.parse(await run(["skopeo", "inspect", "--config", archive]));
      assert.deepEqual(config.Cmd, DHCPCD_IMAGE.command);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["root", "netns", "dnsmasq", "executable", "runc", "podman"],
  "podman loads the image and runs it, and it gets a lease",
  () =>
    withNetwork(async (network) => {
      await startDnsmasq(network);
      const podman = new Podman(network);
      const loaded = await podman.run("load", `--input=${await writeImage(network.directory)}`);
      assert.match(loaded, new RegExp(`Loaded image: .*${NAME}\n`));
      const { code, stdout, stderr } = await podman.output(
        ...["run", "--rm", "--network=host", "--read-only", "--security-opt=no-new-privileges"],
        ...["--cap-drop=all", "--cap-add=NET_ADMIN", "--cap-add=NET_RAW"],
        // Its own defaults are more than some machines allow.
        ...["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"],
        ...["--tmpfs=/data", "--tmpfs=/var/lib/dhcp-client"],
        ...[NAME, ...DHCPCD_IMAGE.command, "-1"],
      );
      assert.equal(code, 0, stdout + stderr);
      assert.equal(await network.addressText(), "192.0.2.7/24");
      assert.equal((await network.defaultRoutes()).length, 1);
    }),
);

testWith(
  ["root", "netns", "executable", "podman"],
  "the Dockerfile makes an image with the same root directory and the same command",
  () =>
    withNetwork(async (network) => {
      const folder = `${network.directory}/package`;
      await Deno.mkdir(folder);
      await Deno.copyFile(`${PROJECT}/linuxkit/Dockerfile`, `${folder}/Dockerfile`);
      Deno.writeFileSync(`${folder}/root-amd64.tar`, await imageLayer(executablePath(), "amd64"));
      const podman = new Podman(network);
      await podman.run("build", "--network=host", "--isolation=chroot", "--tag=made", folder);
      const [{ Config }] = JSON.parse(await podman.run("image", "inspect", "made"));
      assert.deepEqual(Config.Cmd, DHCPCD_IMAGE.command);
      assert.equal(Config.Entrypoint, undefined);
      assert.ok(Config.Env.includes("NO_COLOR=1"));
      const root = (await podman.run("image", "mount", "made")).trim();
      const list = async (folder: string) =>
        await network.client.run("sh", "-ec", 'cd "$1"; find . | sort', "sh", folder);
      const unpacked = `${network.directory}/unpacked`;
      await Deno.mkdir(unpacked);
      await run(["tar", "--extract", `--file=${folder}/root-amd64.tar`, `--directory=${unpacked}`]);
      assert.equal(await list(root), await list(unpacked));
      assert.equal(Deno.readLinkSync(`${root}/sbin/dhcpcd`), "/mirage-dhcp");
      await podman.run("image", "umount", "made");
    }),
);
