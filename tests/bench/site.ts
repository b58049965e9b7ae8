/**
 * Where the clients run: one cable, one dnsmasq, and a client's side with /etc, /run and /var/lib of
 * its own. A client may do there what its scripts like to do, and nothing of it reaches the machine.
 *
 * @module
 */

import { startDnsmasq } from "../support/dnsmasq.ts";
import { CLIENT_INTERFACE, type Network, ORIGINAL_RESOLV_CONF } from "../support/network.ts";
import { descendants, killAll, type Running } from "../support/process.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { type AddressEvent, firstAddress } from "./address_events.ts";
import { type Client, executedCommand } from "./clients.ts";

/** A copy of /etc, because clients write beside resolv.conf. $1: a directory. */
const PREPARE = `
set -e
mkdir "$1/etc"
mount -t tmpfs -o mode=755 tmpfs "$1/etc"
cp -a /etc/. "$1/etc/"
mount --move "$1/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /var/lib
test -L /var/run || mount -t tmpfs -o mode=755 tmpfs /var/run
`;

/** Forgets what any client has done; the link stays up. $1: interface, $2: resolv.conf's text. */
const FORGET = `
set -e
ip link set "$1" mtu 1500 up
ip -4 address flush dev "$1"
ip -4 route flush dev "$1"
ip neighbour flush dev "$1"
rm -rf /run/* /var/run/* /var/lib/*
mkdir /var/lib/dhcp
printf %s "$2" > /etc/resolv.conf
`;

/** Prints the time, then becomes the client: what comes before is not the client's time. */
const LAUNCH = 'echo "$EPOCHREALTIME"; exec "$@"';

/** How long a client may take. */
const LIMIT_MS = 15_000;

/** A client that runs. */
export interface Launched {
  /** Its process. */
  readonly process: Running;
  /** When it was executed, in milliseconds since 1970. */
  readonly executedAt: number;
  /** When the kernel gave it its address. */
  readonly address: AddressEvent;
}

/** The cable with its server and with the kernel's messages about addresses. */
export class Site {
  /** The cable. */
  readonly network: Network;
  readonly #monitor: Running;
  #dnsmasq: Running | null = null;

  private constructor(network: Network, monitor: Running) {
    this.network = network;
    this.#monitor = monitor;
  }

  /** Sets it up on a network, with whose end it ends. */
  static async create(network: Network): Promise<Site> {
    const { client, directory } = network;
    await client.run("sh", "-c", PREPARE, "prepare", directory);
    const monitor = client.start(["ip", "-tshort", "-4", "monitor", "address"], {
      env: { ...Deno.env.toObject(), TZ: "UTC" },
    });
    // It says nothing when it is ready: let it see an address, before which it sees others.
    const probe = ["192.0.2.254/32", "dev", "lo"];
    await waitUntil("ip monitor", async () => {
      await client.run("ip", "address", "replace", ...probe);
      await delay(20);
      return firstAddress(monitor.stdout, "lo") !== null;
    }, { explain: () => monitor.log });
    await client.run("ip", "address", "delete", ...probe);
    return new Site(network, monitor);
  }

  /**
   * Makes client and server forget everything, runs a client, and waits until the interface has an
   * address. Call {@link finish} in the end.
   *
   * @throws {Error} with its output when it gets none; it has been ended then
   */
  async launch(client: Client): Promise<Launched> {
    await this.#forget();
    const seen = this.#monitor.stdout.length;
    const process = this.network.client.start([
      // A host name of its own, too: dhclient's script may set it.
      ...["unshare", "--uts", "bash", "-c", LAUNCH, "launch", ...executedCommand(client)],
    ]);
    try {
      let executedAt = Infinity;
      const address = await waitUntil("an address", () => {
        if (process.stdout.length > 0) executedAt = parseEpochRealtime(process.stdout[0]);
        const lines = this.#monitor.stdout.slice(seen);
        const event = firstAddress(lines, CLIENT_INTERFACE, executedAt);
        if (event === null && process.exitCode !== null) {
          throw new Error(`it ended with ${process.exitCode} and without an address`);
        }
        return event;
      }, { timeoutMs: LIMIT_MS });
      return { process, executedAt, address };
    } catch (error) {
      await end(process);
      throw new Error(`${error instanceof Error ? error.message : error}\n${process.log}`);
    }
  }

  /**
   * Ends a client.
   *
   * @throws {Error} when it was to end by itself and did not, or with another exit code than 0
   */
  async finish(client: Client, { process }: Launched): Promise<void> {
    try {
      if (!client.ends) return;
      const code = await process.waitForEnd();
      if (code !== 0) throw new Error(`it ended with ${code}\n${process.log}`);
    } finally {
      await end(process);
    }
  }

  async #forget(): Promise<void> {
    const { client, directory } = this.network;
    await this.#dnsmasq?.stop();
    await Deno.remove(`${directory}/dnsmasq.leases`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await client.run("sh", "-c", FORGET, "forget", CLIENT_INTERFACE, ORIGINAL_RESOLV_CONF);
    this.#dnsmasq = await startDnsmasq(this.network);
  }
}

/**
 * Reads what bash's `$EPOCHREALTIME` gives; the point in it is that of the locale.
 *
 * @returns milliseconds since 1970, with three decimals
 * @throws {Error} when it is something else
 */
export function parseEpochRealtime(text: string | undefined): number {
  const match = /^(\d+)[.,](\d{6})$/.exec(text ?? "");
  if (match === null) throw new Error(`Cannot read the time ${text}: is this bash 5 or later?`);
  return Number(match[1]) * 1000 + Number(match[2]) / 1000;
}

/** Ends a process with all that it has started. */
async function end(process: Running): Promise<void> {
  const others = process.exitCode === null ? descendants(process.pid) : [];
  await process.stop();
  await killAll(others);
}
