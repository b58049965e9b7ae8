/**
 * Containers that runc runs as LinuxKit's init does, on the client's side of a test network.
 *
 * @module
 */
import { type LinuxkitContainer, linuxkitContainer, type LinuxkitEntry } from "./linuxkit.ts";
import type { Network } from "./network.ts";
import type { UnpackedImage } from "./oci_image.ts";
import type { Running } from "./process.ts";
import { findProgram } from "./requirements.ts";

/** Where LinuxKit's /etc/resolv.conf points to. */
export const LINUXKIT_RESOLV_CONF = "/run/resolvconf/resolv.conf";

/**
 * What a host of LinuxKit has before the first container begins. /run is the namespace's own already; /var
 * becomes so. The image is read-only from without, so that runc can make no mount point that is missing.
 */
const HOST = `
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t tmpfs -o mode=755 tmpfs /var
mkdir -p /var/lib /run/resolvconf
ln -s /run /var/run
umask 077
: > ${LINUXKIT_RESOLV_CONF}
`;

/** Makes the client's side a host of LinuxKit. Once for each network, before its containers. */
export async function prepareLinuxkitHost(
  { client }: Network,
  { root }: UnpackedImage,
): Promise<void> {
  await client.run("sh", "-ec", HOST, "sh", root);
}

/** Reads a file of the client's side, whose /run and /var nobody else sees; null when there is none. */
export function readClientFile({ client }: Network, path: string): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${client.pid}/root${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** A container. */
export class Container {
  /** runc, which ends with the container, with its exit code. */
  readonly process: Running;
  readonly #network: Network;
  readonly #id: string;

  private constructor(network: Network, process: Running, id: string) {
    this.#network = network;
    this.process = process;
    this.#id = id;
  }

  /** Starts the container of an entry. */
  static async start(
    network: Network,
    image: UnpackedImage,
    entry: LinuxkitEntry,
  ): Promise<Container> {
    const container = linuxkitContainer(image.settings, entry, image.root);
    const { client, directory } = network;
    for (const path of container.mkdir) await client.run("mkdir", "-p", path);
    const bundle = await Deno.makeTempDir({ dir: directory, prefix: "bundle-" });
    await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(localSpec(container)));
    // Control groups have the container's name, and all tests of the machine share them.
    const id = `mirage-dhcp-test-${crypto.randomUUID()}`;
    const process = client.start([...RUNC, "run", `--bundle=${bundle}`, id]);
    return new Container(network, process, id);
  }

  /** Sends a signal to its first process. */
  async kill(signal: string): Promise<void> {
    await this.#network.client.run(...RUNC, "kill", this.#id, signal);
  }

  /** Process id of its first process, as the machine sees it. */
  async pid(): Promise<number> {
    const text = await this.#network.client.run(...RUNC, "state", this.#id);
    return JSON.parse(text).pid;
  }

  /** Ends whatever is left of it. */
  async close(): Promise<void> {
    await this.#network.client.output([...RUNC, "delete", "--force", this.#id]);
    await this.process.stop();
  }
}

const RUNC = [findRunc(), "--root=/run/runc"];

function findRunc(): string {
  try {
    return findProgram("runc");
  } catch {
    return "runc"; // nobody calls it then
  }
}

/** LinuxKit has runc in /usr/bin, this machine need not. */
function localSpec({ spec }: LinuxkitContainer): unknown {
  const mounts = spec.mounts.map((mount) =>
    mount.source === "/usr/bin/runc" ? { ...mount, source: RUNC[0] } : mount
  );
  return { ...spec, mounts };
}

/** Runs `body` with a container that is ended afterwards, also when `body` fails. */
export async function withContainer(
  network: Network,
  image: UnpackedImage,
  entry: LinuxkitEntry,
  body: (container: Container) => Promise<void>,
): Promise<void> {
  const container = await Container.start(network, image, entry);
  try {
    await body(container);
  } catch (error) {
    console.error(`--- output of ${entry.name}\n${container.process.log}\n---`);
    throw error;
  } finally {
    await container.close();
  }
}
