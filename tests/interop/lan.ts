/**
 * Two clients on one cable each, a switch, and a server behind it; with a relay's machine in between
 * when that is asked for.
 *
 *     eth0 ── srv0 ┐                      eth0 ── srv0 ┐
 *                  lan0, the server                    lan0, the relay, up0 ── far0, the server
 *     eth1 ── srv1 ┘                      eth1 ── srv1 ┘
 *
 * @module
 */

import { Namespace } from "../support/namespace.ts";
import { type Network, SERVER_INTERFACE } from "../support/network.ts";
import type { Place, Pool } from "../support/servers/program.ts";

/** The second client's interface; the first one's is `CLIENT_INTERFACE`. */
export const SECOND_INTERFACE = "eth1";
/** The second client's hardware address. */
export const SECOND_MAC = "02:00:00:00:00:02";
/** The interface on the clients' side of the switch that a server or a relay has. */
export const LAN_INTERFACE = "lan0";
/** The relay's interface on the server's side. */
export const UPLINK_INTERFACE = "up0";
/** The server's interface when it is behind a relay. */
export const FAR_INTERFACE = "far0";

/** The address of the relay on the server's side. */
const RELAY_UPLINK_ADDRESS = "198.51.100.254";

/** The machines of one test; they end with the network. */
export class Lan {
  /** Where the server runs. */
  readonly place: Place;
  readonly #relay: Namespace | null;
  #machines = 0;

  private constructor(place: Place, relay: Namespace | null = null) {
    this.place = place;
    this.#relay = relay;
  }

  /** Puts up the switch; the server's interface has no address yet. */
  static async create(network: Network): Promise<Lan> {
    await connectSwitch(network);
    const directory = await makeServerDirectory(network);
    return new Lan({ namespace: network.server, interfaceName: LAN_INTERFACE, directory });
  }

  /** The same with a router that is to relay in between; `far` is the server's machine. */
  static async createBehindRelay(network: Network, far: Namespace): Promise<Lan> {
    await connectSwitch(network);
    const relay = network.server;
    const up = UPLINK_INTERFACE;
    await relay.run(
      ...["ip", "link", "add", up, "type", "veth", "peer", "name", FAR_INTERFACE],
      ...["netns", String(far.pid)],
    );
    await relay.run("ip", "address", "add", `${RELAY_UPLINK_ADDRESS}/24`, "dev", up);
    await relay.run("ip", "link", "set", up, "up");
    await relay.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    await far.run("ip", "link", "set", FAR_INTERFACE, "up");
    const directory = await makeServerDirectory(network);
    return new Lan({ namespace: far, interfaceName: FAR_INTERFACE, directory }, relay);
  }

  /**
   * Puts a machine with the pool's address, and with a hardware address of its own, at the server's
   * place: who knew the one before it finds nobody. The relay gets the address of the router.
   */
  async putServer({ server, router }: Pool): Promise<void> {
    const { namespace, interfaceName } = this.place;
    const mac = `02:00:00:00:01:0${++this.#machines}`;
    await namespace.run("ip", "link", "set", interfaceName, "address", mac);
    await setAddress(namespace, interfaceName, server);
    if (this.#relay === null) return;
    await setAddress(this.#relay, LAN_INTERFACE, router);
    await this.#relay.run("ip", "neighbour", "flush", "dev", UPLINK_INTERFACE);
    await namespace.run("ip", "route", "replace", "default", "via", RELAY_UPLINK_ADDRESS);
  }
}

/** Runs `body` with a machine behind a relay that is ended afterwards. */
export async function withFarMachine(body: (far: Namespace) => Promise<void>): Promise<void> {
  const far = await Namespace.create();
  try {
    await body(far);
  } finally {
    await far.close();
  }
}

async function setAddress(namespace: Namespace, link: string, address: string): Promise<void> {
  await namespace.run("ip", "address", "flush", "dev", link);
  await namespace.run("ip", "address", "add", `${address}/24`, "dev", link);
}

async function connectSwitch({ client, server }: Network): Promise<void> {
  await server.run("ip", "link", "add", LAN_INTERFACE, "type", "bridge");
  await client.run(
    ...["ip", "link", "add", SECOND_INTERFACE, "address", SECOND_MAC, "type", "veth"],
    ...["peer", "name", "srv1", "netns", String(server.pid)],
  );
  // Servers do not serve a cable that is pulled out: one port of the switch always has a carrier.
  await server.run("ip", "link", "add", "idle0", "up", "type", "veth", "peer", "name", "idle1");
  for (const port of [SERVER_INTERFACE, "srv1", "idle1"]) {
    await server.run("ip", "link", "set", port, "up", "master", LAN_INTERFACE);
  }
  await server.run("ip", "link", "set", LAN_INTERFACE, "up");
}

async function makeServerDirectory(network: Network): Promise<string> {
  const directory = `${network.directory}/server`;
  await Deno.mkdir(directory);
  return directory;
}
