/**
 * A daemon whose calf is the real client until a frame tells it to misbehave (tests/attacker/turncoat.ts),
 * and what must be the same when it has.
 *
 * @module
 */

import assert from "node:assert/strict";
import { buildExecutable } from "../../linuxkit/build/executable.ts";
import { attackCommand } from "./attacker.ts";
import { type Daemon, withDaemon, withDaemonBy } from "./daemon.ts";
import { type Offer, type ScriptedServer, USUAL_OFFER, withServer } from "./dhcp_server.ts";
import { u16, utf8 } from "./frame.ts";
import { type Network, withNetwork } from "./network.ts";
import type { Running } from "./process.ts";
import { delay, waitUntil } from "./wait.ts";

/** For what takes a moment, on a machine that has no time: priv waits for the disk, for example. */
export const PATIENCE_MS = 60_000;

let built: Promise<{ path: string }> | null = null;

/** The test build; made once, and only when a test needs it. */
function turncoatBuild(): Promise<{ path: string }> {
  built ??= buildExecutable({
    entry: "tests/attacker/turncoat.ts",
    output: "dist/test/mirage-dhcp-turncoat",
  });
  return built;
}

/** A lease that changes all that a lease can change. */
export const RICH_OFFER: Partial<Offer> = {
  options: [...USUAL_OFFER.options, [12, utf8("host7")], [15, utf8("example.test")], [
    26,
    u16(1400),
  ]],
};

/** What the host looks like: all that a lease configures. */
export interface HostPicture {
  /** Addresses with their prefixes. */
  readonly addresses: string;
  /** Routes of all protocols. */
  readonly routes: readonly string[];
  /** resolv.conf. */
  readonly resolvConf: string;
  /** MTU of the interface. */
  readonly mtu: number;
  /** Host name. */
  readonly hostName: string;
  /** Results: key to value, but for the client's state. */
  readonly results: Readonly<Record<string, string | null>>;
}

/** Takes it. */
export async function hostPicture(network: Network, daemon: Daemon): Promise<HostPicture> {
  const keys = daemon.keys().filter((key) => key !== "state");
  return {
    addresses: await network.addressText(),
    routes: (await network.routes()).map((route) => JSON.stringify(route)).sort(),
    resolvConf: await Deno.readTextFile(network.resolvConf),
    mtu: (await network.link()).mtu,
    hostName: (await network.client.run("hostname")).trim(),
    results: Object.fromEntries(keys.map((key) => [key, daemon.file(key)])),
  };
}

/** A network with a scripted server and a daemon whose every move is seen. */
export class Supervised {
  /** The network. */
  readonly network: Network;
  /** The server. */
  readonly server: ScriptedServer;
  /** The daemon. */
  readonly daemon: Daemon;
  readonly #monitor: Running;

  /** `monitor` is `ip monitor` of the client's side. */
  constructor(network: Network, server: ScriptedServer, daemon: Daemon, monitor: Running) {
    this.network = network;
    this.server = server;
    this.daemon = daemon;
    this.#monitor = monitor;
  }

  /** Tells the calf what to do. */
  command(name: string): void {
    this.server.sendFrame(attackCommand(name));
  }

  /** Process ids of all calves so far, by priv's own log. */
  get calves(): number[] {
    return this.lines(/calf started, pid (\d+)/).map(Number);
  }

  /** The first group of a pattern in each line of the log that it fits. */
  lines(pattern: RegExp): string[] {
    return this.daemon.process.stderr.map((line) => pattern.exec(line)?.[1])
      .filter((found) => found !== undefined);
  }

  /** Waits until the client has its lease. */
  leased(): Promise<void> {
    return this.daemon.waitForLease("192.0.2.7/24", PATIENCE_MS);
  }

  /** Waits until the `count`-th calf has bound its lease. */
  async rebound(count: number, timeoutMs = PATIENCE_MS): Promise<void> {
    await waitUntil(`calf ${count} with a lease`, () => {
      this.daemon.assertRunning();
      const { stderr } = this.daemon.process;
      const at = stderr.findIndex((line) => line.includes(`pid ${this.calves[count - 1]}`));
      return at >= 0 && stderr.slice(at).some((line) => /calf eth0: bound to /.test(line));
    }, { timeoutMs, explain: () => this.daemon.process.log });
    await delay(50); // what follows from it, if there is anything, is done
  }

  /** What the kernel says to have taken away since the test began: addresses and routes, IPv4. */
  get taken(): string[] {
    return this.#monitor.stdout.filter((line) => line.startsWith("Deleted "));
  }
}

/** How to begin. */
export interface SupervisedOptions {
  /** Options of the daemon. */
  readonly args?: readonly string[];
  /** What the server gives. */
  readonly offer?: Partial<Offer>;
  /** Run the executable itself, whose calf takes no commands. */
  readonly real?: true;
  /** Called before the daemon is started. */
  readonly before?: (network: Network, server: ScriptedServer) => void | Promise<void>;
}

/** Runs `body` with a daemon that must live on. */
export async function supervised(
  body: (site: Supervised) => Promise<void>,
  { args = [], offer = RICH_OFFER, real, before }: SupervisedOptions = {},
): Promise<void> {
  const { path } = await turncoatBuild();
  await withNetwork(async (network) => {
    await withServer(network, offer, async (server) => {
      await before?.(network, server);
      const monitor = network.client.start(["ip", "-4", "monitor", "address", "route"]);
      const run = async (daemon: Daemon) => {
        await body(new Supervised(network, server, daemon, monitor));
        daemon.assertRunning();
      };
      if (real) return await withDaemon(network, run, ...args);
      // In place of the executable under test, which is the first word.
      const instead = ["sh", "-c", 'shift; exec "$0" "$@"', path];
      await withDaemonBy(network, instead, run, ...args);
    });
  });
}

/**
 * Lets a calf with a lease come to harm: the host's configuration must be the same at every moment, and
 * the next calf must have the same lease again without a DHCPDISCOVER.
 *
 * @param end what priv must say of its end
 */
export async function assertSurvives(
  site: Supervised,
  harm: () => void | Promise<void>,
  end: RegExp,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const { network, daemon, server } = site;
  await site.leased();
  const before = await hostPicture(network, daemon);
  const discovers = () => server.requests.filter(({ message }) => isDiscover(message)).length;
  const asked = discovers();
  const calves = site.calves.length;
  const taken = site.taken.length;
  await harm();
  await daemon.process.waitForLine(end, timeoutMs);
  assert.deepEqual(await hostPicture(network, daemon), before, "while there is no calf");
  await site.rebound(calves + 1);
  assert.deepEqual(await hostPicture(network, daemon), before, "with the next calf");
  assert.deepEqual(site.taken.slice(taken), [], "nothing was taken away, not for a moment");
  assert.equal(discovers(), asked, "the lease was confirmed, not asked for anew");
}

function isDiscover({ options }: { options: readonly (readonly [number, Uint8Array])[] }): boolean {
  return options.some(([code, value]) => code === 53 && value[0] === 1);
}
