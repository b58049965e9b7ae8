/**
 * mirage-dhcp itself, running on the client's side of a test network.
 *
 * @module
 */

import { CLIENT_INTERFACE, type Network } from "./network.ts";
import {
  calvesOf,
  descendants,
  killAll,
  type Output,
  processArguments,
  type Running,
} from "./process.ts";
import { executablePath } from "./requirements.ts";
import { waitUntil } from "./wait.ts";

/** A running daemon with directories of its own. */
export class Daemon {
  /** Its privileged process. */
  readonly process: Running;
  readonly #network: Network;
  #calves: number[] = [];

  private constructor(network: Network, process: Running) {
    this.#network = network;
    this.process = process;
  }

  /** Starts it on the client's interface, with more arguments before the interface. */
  static start(network: Network, ...args: string[]): Daemon {
    return Daemon.startBy(network, [], ...args);
  }

  /** As {@link start}, by a command that executes it in its own process: `env`, or a shell's `exec`. */
  static startBy(network: Network, launcher: readonly string[], ...args: string[]): Daemon {
    const command = [...launcher, ...daemonCommand(network, ...args)];
    return new Daemon(network, network.client.start(command));
  }

  /** The file that shows a key of the interface, such as "nameserver/001"; null when absent. */
  file(key: string): string | null {
    try {
      const directory = `${this.#network.directory}/run/${CLIENT_INTERFACE}`;
      return Deno.readTextFileSync(`${directory}/${key}`).trimEnd();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** All keys that have a file, in order. */
  keys(): string[] {
    return listFiles(`${this.#network.directory}/run/${CLIENT_INTERFACE}`)
      .filter((path) => path !== "lease.json").sort();
  }

  /** Waits until the interface has this address ("192.0.2.7/24") and the store says BOUND. */
  async waitForLease(cidr = "192.0.2.7/24", timeoutMs = 15_000): Promise<void> {
    let keysBefore = "";
    await waitUntil(`a lease of ${cidr}`, async () => {
      this.assertRunning();
      if (this.file("state") !== "BOUND" || this.file("ip") !== cidr) return false;
      // The files come one after the other: have they all come?
      const keys = this.keys().join();
      const complete = keys === keysBefore;
      keysBefore = keys;
      return complete && (await this.#network.addressText()).split(" ").includes(cidr);
    }, { timeoutMs, explain: () => this.process.log });
  }

  /** Waits for a state of RFC 2131 §4.4 in the run directory. */
  async waitForState(state: string, timeoutMs = 15_000): Promise<void> {
    await waitUntil(`state ${state}`, () => {
      this.assertRunning();
      return this.file("state") === state;
    }, { timeoutMs, explain: () => `${this.file("state")}\n${this.process.log}` });
  }

  /** Throws with its log when it has ended. */
  assertRunning(): void {
    const { exitCode, log } = this.process;
    if (exitCode !== null) throw new Error(`the daemon ended with ${exitCode}:\n${log}`);
  }

  /** The process id of its calf. */
  async calf(): Promise<number> {
    const pid = await waitUntil("a calf", () => this.#findCalf(), {
      explain: () => this.process.log,
    });
    this.#calves.push(pid);
    return pid;
  }

  #findCalf(): number | undefined {
    return calvesOf(this.process.pid).at(0);
  }

  /** Sends SIGTERM and gives the exit code. Whatever of it is left after that is killed. */
  async stop(): Promise<number> {
    if (this.process.exitCode === null) {
      this.#calves.push(...descendants(this.process.pid));
    }
    try {
      this.process.kill("SIGTERM");
      return await this.process.waitForEnd(10_000);
    } finally {
      await killAll(this.#calves.filter((pid) => processArguments(pid).includes("--mode=calf")));
    }
  }
}

/** The daemon's command line with directories and resolv.conf of the test's own. */
export function daemonCommand(network: Network, ...args: string[]): string[] {
  const { directory } = network;
  return [
    ...[executablePath(), `--run-dir=${directory}/run`, `--state-dir=${directory}/state`],
    // In the client's mount namespace this is a file of the test.
    ...["--resolv-conf=/etc/resolv.conf", "--log-level=debug", ...args, CLIENT_INTERFACE],
  ];
}

/** Runs the daemon until it ends by itself. */
export function runDaemon(network: Network, ...args: string[]): Promise<Output> {
  return network.client.output(daemonCommand(network, ...args));
}

/** Runs `body` with a daemon that is stopped afterwards, also when `body` fails. */
export function withDaemon(
  network: Network,
  body: (daemon: Daemon) => Promise<void>,
  ...args: string[]
): Promise<void> {
  return withDaemonBy(network, [], body, ...args);
}

/** As {@link withDaemon}, with a daemon that a command starts; see {@link Daemon.startBy}. */
export async function withDaemonBy(
  network: Network,
  launcher: readonly string[],
  body: (daemon: Daemon) => Promise<void>,
  ...args: string[]
): Promise<void> {
  const daemon = Daemon.startBy(network, launcher, ...args);
  try {
    await body(daemon);
  } catch (error) {
    console.error(`--- log of the daemon\n${daemon.process.log}\n---`);
    throw error;
  } finally {
    await daemon.stop();
  }
}

/** Paths of the files below a directory, relative to it; none when it does not exist. */
export function listFiles(directory: string): string[] {
  const found: string[] = [];
  try {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      if (!isDirectory) found.push(name);
      else found.push(...listFiles(`${directory}/${name}`).map((path) => `${name}/${path}`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}
