/**
 * The daemon, its network and its server, as the disturbances of a soak need them.
 *
 * @module
 */

import { Commands } from "../support/commands.ts";
import type { Daemon } from "../support/daemon.ts";
import { messageType } from "../support/dhcp_message.ts";
import { ScriptedServer, silence, usualPolicy } from "../support/dhcp_server.ts";
import type { Network } from "../support/network.ts";
import { delay, waitUntil } from "../support/wait.ts";

/** Lease time in seconds: the shortest that the client takes as it is. */
export const LEASE_SECONDS = 20;
/** One frame in a hundred is lost, either way. */
export const LOST_PER_MILLE = 10;
/**
 * How long the client may be without a lease while its server can be reached, ms. After a silence it asks
 * once in 64 s (RFC 2131 §4.1), and what it asks or is answered may be lost.
 */
export const RECOVERY_MS = 150_000;

/** See the module's description. */
export class Stage {
  /** The cable. */
  readonly network: Network;
  /** The daemon. */
  readonly daemon: Daemon;
  /** The operator's commands. */
  readonly commands: Commands;
  /** Path of the daemon's configuration file. */
  readonly configuration: string;
  /** The longest that the lease has taken to come back, ms. */
  longestRecoveryMs = 0;
  readonly #received = new Map<number, number>();
  #server: ScriptedServer | null = null;
  #last = 7;

  private constructor(network: Network, daemon: Daemon, configuration: string) {
    this.network = network;
    this.daemon = daemon;
    this.commands = new Commands(network);
    this.configuration = configuration;
  }

  /** Starts the server for a daemon that runs already. Call {@link close} in the end. */
  static async open(network: Network, daemon: Daemon, configuration: string): Promise<Stage> {
    const stage = new Stage(network, daemon, configuration);
    await stage.#startServer();
    return stage;
  }

  /** The address that the server gives now. */
  get address(): string {
    return `192.0.2.${this.#last}`;
  }

  /** The server. */
  get server(): ScriptedServer {
    if (this.#server === null) throw new Error("Cannot ask the server: it does not run");
    return this.#server;
  }

  /** How often messages of each type have come to the server. */
  get received(): ReadonlyMap<number, number> {
    const all = new Map(this.#received);
    if (this.#server !== null) countTypes(this.#server, all);
    return all;
  }

  /** Ends the server for a while, and starts it with the same range or another one. */
  async restartServer(downMs: number, other = false): Promise<void> {
    await this.close();
    await delay(downMs);
    if (other) this.#last = this.#last === 7 ? 8 : 7;
    await this.#startServer();
  }

  /** Lets the server say nothing for a while. */
  async silence(ms: number): Promise<void> {
    this.server.policy = silence;
    await delay(ms);
    this.server.policy = usualPolicy;
  }

  /** Waits until the client has the address that the server gives, and nothing else. */
  async recovered(): Promise<void> {
    const begin = performance.now();
    const wanted = `${this.address}/24`;
    await waitUntil(`${wanted}, while the server can be reached`, async () => {
      this.daemon.assertRunning();
      return this.daemon.file("state") === "BOUND" && this.daemon.file("ip") === wanted &&
        await this.network.addressText() === wanted &&
        (await this.network.defaultRoutes()).length === 1;
    }, {
      timeoutMs: RECOVERY_MS,
      intervalMs: 100,
      explain: () => this.daemon.process.log.split("\n").slice(-100).join("\n"),
    });
    this.longestRecoveryMs = Math.max(this.longestRecoveryMs, performance.now() - begin);
  }

  /** Ends the server. */
  async close(): Promise<void> {
    if (this.#server === null) return;
    countTypes(this.#server, this.#received);
    await this.#server.close();
    this.#server = null;
  }

  async #startServer(): Promise<void> {
    const offer = { address: this.address, leaseSeconds: LEASE_SECONDS };
    this.#server = await ScriptedServer.start(this.network, offer, LOST_PER_MILLE);
  }
}

function countTypes({ requests }: ScriptedServer, into: Map<number, number>): void {
  for (const { message } of requests) {
    const type = messageType(message);
    into.set(type, (into.get(type) ?? 0) + 1);
  }
}
