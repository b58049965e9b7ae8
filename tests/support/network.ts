/**
 * Two machines on one cable: a client's and a server's namespaces, joined by a veth pair.
 *
 * @module
 */

import { assertMachineUnchanged, machineState } from "./machine.ts";
import { Namespace } from "./namespace.ts";

/** The client's interface, as seen in its namespace. */
export const CLIENT_INTERFACE = "eth0";
/** The server's interface, as seen in its namespace. */
export const SERVER_INTERFACE = "srv0";
/** The client's hardware address. */
export const CLIENT_MAC = "02:00:00:00:00:01";
/** The server's hardware address. */
export const SERVER_MAC = "02:00:00:00:00:fe";
/** What /etc/resolv.conf of the client's namespace holds before anything happens. */
export const ORIGINAL_RESOLV_CONF = "# before\nnameserver 203.0.113.53\n";

/** An IPv4 address as `ip -json address` tells it. */
export interface Address {
  /** "192.0.2.7" */
  readonly local: string;
  /** 24 */
  readonly prefixlen: number;
  /** "192.0.2.255", absent when there is none */
  readonly broadcast?: string;
  /** Seconds; 4294967295 means for ever. */
  readonly valid_life_time: number;
  /** Seconds; 4294967295 means for ever. */
  readonly preferred_life_time: number;
}

/** A route as `ip -json route` tells it. */
export interface Route {
  /** "default" or "192.0.2.0/24" */
  readonly dst: string;
  /** Its next hop. */
  readonly gateway?: string;
  /** Its interface. */
  readonly dev: string;
  /** Who made it: "dhcp", "kernel", "static" … */
  readonly protocol: string;
  /** Its metric, absent when 0. */
  readonly metric?: number;
}

/** A link as `ip -json link` tells it. */
export interface Link {
  /** Its index. */
  readonly ifindex: number;
  /** Its MTU in bytes. */
  readonly mtu: number;
  /** "UP", "LOWER_UP", "NO-CARRIER" … */
  readonly flags: readonly string[];
}

/** The cable and both of its ends. */
export class Network {
  /** The client's namespaces; its interface is down at first. */
  readonly client: Namespace;
  /** The server's namespaces; its interface is up and has no address. */
  readonly server: Namespace;
  /** A directory for the test's files, seen at the same path on both sides. */
  readonly directory: string;
  /** The file that the client sees as /etc/resolv.conf. */
  readonly resolvConf: string;

  private constructor(client: Namespace, server: Namespace, directory: string) {
    this.client = client;
    this.server = server;
    this.directory = directory;
    this.resolvConf = `${directory}/resolv.conf`;
  }

  /** Makes both ends and the cable, using `directory` for files. */
  static async create(directory: string): Promise<Network> {
    const resolvConf = `${directory}/resolv.conf`;
    await Deno.writeTextFile(resolvConf, ORIGINAL_RESOLV_CONF);
    const client = await Namespace.create(resolvConf);
    try {
      const server = await Namespace.create();
      const network = new Network(client, server, directory);
      try {
        await network.#connect();
      } catch (error) {
        await server.close();
        throw error;
      }
      return network;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  async #connect(): Promise<void> {
    await this.client.run(
      ...["ip", "link", "add", CLIENT_INTERFACE, "address", CLIENT_MAC, "type", "veth"],
      ...["peer", "name", SERVER_INTERFACE, "address", SERVER_MAC],
      ...["netns", String(this.server.pid)],
    );
    await this.setCable("up");
  }

  /** Plugs the cable in or pulls it out: the server's end goes up or down. */
  async setCable(state: "up" | "down"): Promise<void> {
    await this.server.run("ip", "link", "set", SERVER_INTERFACE, state);
  }

  /** The IPv4 addresses of the client's interface. */
  async addresses(): Promise<Address[]> {
    const links = await this.client.ip<{ addr_info?: (Address & { family: string })[] }[]>(
      ...["address", "show", "dev", CLIENT_INTERFACE],
    );
    return (links[0].addr_info ?? []).filter(({ family }) => family === "inet");
  }

  /** The client's IPv4 addresses in one line: "192.0.2.7/24 198.51.100.9/32". */
  async addressText(): Promise<string> {
    const addresses = await this.addresses();
    return addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`).join(" ");
  }

  /** The IPv4 routes of the client's main table. */
  async routes(): Promise<Route[]> {
    return await this.client.ip<Route[]>("-4", "route", "show");
  }

  /** The client's default routes. */
  async defaultRoutes(): Promise<Route[]> {
    return (await this.routes()).filter(({ dst }) => dst === "default");
  }

  /** The client's interface. */
  async link(): Promise<Link> {
    return (await this.client.ip<Link[]>("link", "show", "dev", CLIENT_INTERFACE))[0];
  }

  /** Ends both sides with all that runs there. */
  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.server.close()]);
  }
}

/**
 * Makes a network, runs `body` on it, and takes all of it away again, also when `body` fails. Fails
 * when the machine itself has changed meanwhile.
 */
export async function withNetwork(body: (network: Network) => Promise<void>): Promise<void> {
  const before = await machineState();
  const directory = await Deno.makeTempDir({ prefix: "mirage-dhcp-test-" });
  try {
    const network = await Network.create(directory);
    try {
      await body(network);
    } finally {
      await network.close();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
    await assertMachineUnchanged(before);
  }
}
