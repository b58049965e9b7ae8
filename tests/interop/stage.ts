/**
 * A row of the table of servers, and what a case of it finds when it begins.
 *
 * @module
 */

import { daemonCommand } from "../support/daemon.ts";
import { CLIENT_INTERFACE, type Network, withNetwork } from "../support/network.ts";
import type { Running } from "../support/process.ts";
import type { RequirementName } from "../support/requirements.ts";
import { startDhcrelay } from "../support/servers/isc_dhcrelay.ts";
import type { DhcpServerProgram, Place, Pool } from "../support/servers/program.ts";
import { Lan, LAN_INTERFACE, SECOND_INTERFACE, UPLINK_INTERFACE, withFarMachine } from "./lan.ts";
import { Tap } from "./tap.ts";

/** The address that the first client is given. */
export const FIRST_ADDRESS = "192.0.2.7";
/** The address after it. */
export const SECOND_ADDRESS = "192.0.2.8";
/** The first client's address once the network has other numbers. */
export const RENUMBERED_ADDRESS = "203.0.113.7";

/** A kind of server. */
export interface Row {
  /** What the table calls it. */
  readonly name: string;
  /** What the machine must have. */
  readonly needs: readonly RequirementName[];
  /** Makes the server. */
  readonly make: (place: Place) => DhcpServerProgram;
  /** Whether it says DHCPNAK to who asks for more time for an address that it does not give. */
  readonly naksExtension: boolean;
  /** Whether there is a relay in between. */
  readonly behindRelay: boolean;
}

/** Everything that a case works with. */
export class Stage {
  /** The client's machine and the server's (or the relay's). */
  readonly network: Network;
  /** The server. */
  readonly server: DhcpServerProgram;
  /** What goes over the first client's cable. */
  readonly tap: Tap;
  readonly #lan: Lan;
  readonly #behindRelay: boolean;
  #relay: Running | null = null;

  /** A stage on which nothing runs yet. */
  constructor(network: Network, lan: Lan, tap: Tap, row: Row) {
    this.network = network;
    this.server = row.make(lan.place);
    this.tap = tap;
    this.#lan = lan;
    this.#behindRelay = row.behindRelay;
  }

  /**
   * Starts the server on a machine of its own, with what it remembers of an earlier run, and a relay
   * that knows no other server.
   */
  async startServer(pool: Pool): Promise<void> {
    await this.#lan.putServer(pool);
    if (this.#behindRelay) {
      await this.#relay?.stop();
      this.#relay = await startDhcrelay(this.network.server, {
        downstream: LAN_INTERFACE,
        upstream: UPLINK_INTERFACE,
        server: pool.server,
      });
    }
    await this.server.start(pool);
  }
}

/** What a row's server gives: one address, from a server with this last byte in its own one. */
export function poolOf(row: Row, lastByte = 1): Pool {
  return poolIn("192.0.2", row, FIRST_ADDRESS, lastByte);
}

/** The same in a network with other numbers. */
export function renumberedPoolOf(row: Row): Pool {
  return poolIn("203.0.113", row, RENUMBERED_ADDRESS, 1);
}

function poolIn(network: string, { behindRelay }: Row, address: string, lastByte: number): Pool {
  const server = `${behindRelay ? "198.51.100" : network}.${lastByte}`;
  const router = behindRelay ? `${network}.254` : server;
  // 120 s is the least that dnsmasq gives.
  return { server, router, first: address, last: address, leaseSeconds: 120, t1: 10, t2: 15 };
}

/** Runs a case on machines of its own; what went over the cable is shown when it fails. */
export async function withStage(
  row: Row,
  pool: Pool,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withNetwork(async (network) => {
    if (!row.behindRelay) {
      const lan = await Lan.create(network);
      return await play(network, lan, row, pool, body);
    }
    await withFarMachine(async (far) => {
      const lan = await Lan.createBehindRelay(network, far);
      await play(network, lan, row, pool, body);
    });
  });
}

async function play(
  network: Network,
  lan: Lan,
  row: Row,
  pool: Pool,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  const tap = await Tap.open(network);
  const stage = new Stage(network, lan, tap, row);
  try {
    await stage.startServer(pool);
    await body(stage);
  } catch (error) {
    console.error(`--- on the cable\n${tap.text}\n--- log of the server\n${stage.server.log}\n---`);
    throw error;
  } finally {
    await tap.close();
  }
}

/** Starts the daemon of the second client. */
export function startSecondClient(network: Network): Running {
  const command = daemonCommand(network);
  return network.client.start([...command.slice(0, -1), SECOND_INTERFACE]);
}

/** The address that an interface has by the daemon's files; null when it is not BOUND. */
export async function boundAddress(
  { directory }: Network,
  interfaceName: string,
): Promise<string | null> {
  const read = (key: string) =>
    Deno.readTextFile(`${directory}/run/${interfaceName}/${key}`).catch(() => "");
  const [state, ip] = [await read("state"), await read("ip")];
  return state.trim() === "BOUND" && ip !== "" ? ip.trim().split("/")[0] : null;
}

/** Both clients' interfaces. */
export const CLIENT_INTERFACES: readonly string[] = [CLIENT_INTERFACE, SECOND_INTERFACE];
