/**
 * Where the clients run: one cable or more, a server, and a client's side with /etc, /run and
 * /var/lib of its own. A client may do there what its scripts like to do, and nothing of it reaches
 * the machine.
 *
 * @module
 */

import {
  CLIENT_INTERFACE,
  type Network,
  ORIGINAL_RESOLV_CONF,
  SERVER_INTERFACE,
} from "../support/network.ts";
import { isAlive, killAll, type Running } from "../support/process.ts";
import { waitUntil } from "../support/wait.ts";
import { type AddressEvent, AddressEvents, type EventList } from "./address_events.ts";
import { type Client, commandLines } from "./clients.ts";
import { CONFIGURATION } from "./configuration.ts";
import { launchCommand, type Launched, parseEpochRealtime, processesOf } from "./launch.ts";
import { MessageClock } from "./message_clock.ts";
import { type ServerOptions, startServer } from "./server.ts";

/**
 * A copy of /etc, because clients write beside resolv.conf; and a /sys of the namespace's own, to be
 * read only, by which systemd-networkd sees that there is no udev to wait for. $1: a directory.
 */
const PREPARE = `
set -e
mkdir "$1/etc"
mount -t tmpfs -o mode=755 tmpfs "$1/etc"
cp -a /etc/. "$1/etc/"
rm -rf "$1/etc/systemd/network"
mount --move "$1/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /var/lib
test -L /var/run || mount -t tmpfs -o mode=755 tmpfs /var/run
mount -t sysfs -o ro sysfs /sys
`;

/** Forgets what any client has done. $1: resolv.conf's text, $2: what to keep, then interfaces. */
const FORGET = `
set -e
printf %s "$1" > /etc/resolv.conf
keep=$2
shift 2
for interface do
  ip link set "$interface" mtu 1500 up
  ip neighbour flush dev "$interface"
  test "$keep" != everything || continue
  ip -4 address flush dev "$interface"
  ip -4 route flush dev "$interface"
done
test "$keep" != everything || exit 0
rm -rf /run/* /var/run/*
test "$keep" = state || rm -rf /var/lib/*
mkdir -p /run/systemd /var/lib/dhcp
`;

/** What of a client's former run is left in place; its processes never are. */
export type Kept = "nothing" | "state" | "everything";

/** How long a client may take to end at SIGTERM, in ms. */
const GRACE_MS = 5000;
/** How long a client may take, in ms. */
const LIMIT_MS = 60_000;

/** The cables with the kernel's messages about addresses, the messages on the first cable, and a server. */
export class Site {
  /** The cable. */
  readonly network: Network;
  /** When DHCP messages were on the first cable, on the server's side. */
  readonly messages: MessageClock;
  readonly #events: AddressEvents;
  readonly #launched = new Set<Launched>();
  #server: Running | null = null;

  private constructor(network: Network, events: AddressEvents, messages: MessageClock) {
    this.network = network;
    this.#events = events;
    this.messages = messages;
  }

  /** Sets it up on a network, with whose end it ends. */
  static async create(network: Network): Promise<Site> {
    const { client, server, directory } = network;
    await client.run("sh", "-c", PREPARE, "prepare", directory);
    const site = new Site(
      network,
      await AddressEvents.open(client),
      await MessageClock.open(server, SERVER_INTERFACE),
    );
    for (const [path, text] of Object.entries(CONFIGURATION)) await site.write(path, text);
    return site;
  }

  /** What the kernel has said so far about addresses of the client's interfaces. */
  get events(): EventList {
    return this.#events.seen;
  }

  /** Writes a file of the client's side; its folder is made. */
  async write(path: string, text: string): Promise<void> {
    const script = 'mkdir -p "${1%/*}" && printf %s "$2" > "$1"';
    await this.network.client.run("sh", "-c", script, "write", path, text);
  }

  /** Starts dnsmasq without any leases, in place of one that runs. */
  async serve(options: ServerOptions = {}): Promise<void> {
    await this.stopServer();
    this.#server = await startServer(this.network, options);
  }

  /** Ends dnsmasq. */
  async stopServer(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /**
   * Makes the client's side as it was before any client, with its interfaces up, and executes one.
   * Call {@link finish} or {@link kill} in the end.
   */
  async start(
    client: Client,
    { interfaces = [CLIENT_INTERFACE], keep = "nothing" }: StartOptions = {},
  ): Promise<Launched> {
    const words = [ORIGINAL_RESOLV_CONF, keep, ...interfaces];
    await this.network.client.run("sh", "-c", FORGET, "forget", ...words);
    const lines = commandLines(client, interfaces);
    const process = this.network.client.start(launchCommand(lines));
    try {
      const executedAt = await waitUntil("the execution", () => {
        return process.stdout.length > 0 ? parseEpochRealtime(process.stdout[0]) : null;
      }, { intervalMs: 2, explain: () => process.log });
      const launched = { client, process, executedAt, wrapped: lines.length > 1 };
      this.#launched.add(launched);
      return launched;
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /**
   * Waits until an interface gets an address after a time, which is that of the execution unless
   * told.
   *
   * @throws {Error} with the client's output when it gets none
   */
  waitForAddress(
    { process, executedAt }: Launched,
    { interfaceName = CLIENT_INTERFACE, after = executedAt, timeoutMs = LIMIT_MS }: AddressWait =
      {},
  ): Promise<AddressEvent> {
    return waitUntil(`an address of ${interfaceName}`, () => {
      const event = this.events.newAddress(interfaceName, after);
      if (event === null && process.exitCode !== null) {
        throw new Error(`it ended with ${process.exitCode} and without an address\n${process.log}`);
      }
      return event;
    }, { timeoutMs, explain: () => process.log });
  }

  /**
   * Ends a client.
   *
   * @throws {Error} when it was to end by itself and did not, or with another exit code than 0
   */
  async finish(launched: Launched): Promise<void> {
    const { client, process } = launched;
    const others = process.exitCode === null ? processesOf(process.pid) : [];
    try {
      if (!client.ends) return;
      const code = await process.waitForEnd();
      if (code !== 0) throw new Error(`it ended with ${code}\n${process.log}`);
    } finally {
      process.kill("SIGTERM");
      await waitUntil("its end", () => !isAlive(process.pid), { timeoutMs: GRACE_MS })
        .catch(() => {});
      // What is left of it may hold the output, for whose end stop() waits.
      await killAll(others);
      await process.stop();
      this.#launched.delete(launched);
    }
  }

  /** Ends a client as a power failure would. */
  async kill(launched: Launched): Promise<void> {
    const { process } = launched;
    await killAll(process.exitCode === null ? processesOf(process.pid) : []);
    await process.stop();
    this.#launched.delete(launched);
  }

  /** Ends whatever client still runs, as after an interruption. */
  async close(): Promise<void> {
    await Promise.all([...this.#launched].map((launched) => this.kill(launched)));
  }

  /** Runs `body` with a client that is ended afterwards, also when `body` fails. */
  async run<T>(
    client: Client,
    options: StartOptions,
    body: (launched: Launched) => Promise<T>,
  ): Promise<T> {
    const launched = await this.start(client, options);
    let result: T;
    try {
      result = await body(launched);
    } catch (error) {
      await this.kill(launched);
      throw error;
    }
    await this.finish(launched);
    return result;
  }
}

/** How to start a client. */
export interface StartOptions {
  /** The interfaces to manage; the first cable's unless told. */
  readonly interfaces?: readonly string[];
  /** What of its former run is left; nothing unless told. */
  readonly keep?: Kept;
}

/** What address to wait for. */
export interface AddressWait {
  /** The first cable's unless told. */
  readonly interfaceName?: string;
  /** In ms since 1970. */
  readonly after?: number;
  /** How long; a minute unless told. */
  readonly timeoutMs?: number;
}
