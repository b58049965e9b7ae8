/**
 * What every DHCP server that others have written looks like to a test: it is given a pool, it can
 * be stopped and started again with what it remembers, and it tells what it has given away.
 *
 * @module
 */

import type { Namespace } from "../namespace.ts";
import type { Running } from "../process.ts";

/** Where a server runs. */
export interface Place {
  /** Its namespaces; /run is private in there. */
  readonly namespace: Namespace;
  /** The interface that it serves; up, with the address of the pool's `server`. */
  readonly interfaceName: string;
  /** A directory for its configuration and what it remembers. */
  readonly directory: string;
}

/** What a server gives. All addresses of the pool are in one /24. */
export interface Pool {
  /** The server's own address, which is its identifier too. */
  readonly server: string;
  /** First address to give. */
  readonly first: string;
  /** Last address to give. */
  readonly last: string;
  /** The clients' default router. */
  readonly router: string;
  /** Lease time in seconds (option 51). */
  readonly leaseSeconds: number;
  /** Renewal time in seconds (option 58). */
  readonly t1: number;
  /** Rebinding time in seconds (option 59). */
  readonly t2: number;
}

/** The netmask of every pool. */
export const NETMASK = "255.255.255.0";

/** A server at its place. It ends with its namespace at the latest. */
export abstract class DhcpServerProgram {
  /** Where it runs. */
  protected readonly place: Place;
  readonly #runs: Running[] = [];

  /** A server that does not run yet. */
  constructor(place: Place) {
    this.place = place;
  }

  /** Writes the configuration, starts the program, and waits until it listens. */
  protected abstract launch(pool: Pool): Promise<Running>;

  /** Matches the line of its log that tells of a DHCPRELEASE; null when it keeps that to itself. */
  protected abstract readonly releaseLine: RegExp | null;

  /**
   * The addresses that it holds as given away at this moment, from what it has written to disk;
   * null when it keeps no record that can be read.
   */
  abstract leases(): Promise<string[] | null>;

  /** Starts it, with what it remembers of an earlier run. */
  async start(pool: Pool): Promise<void> {
    this.#runs.push(await this.launch(pool));
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.current.stop();
  }

  /** How often its log tells of a DHCPRELEASE, over all runs; null when it never does. */
  releasesLogged(): number | null {
    const pattern = this.releaseLine;
    if (pattern === null) return null;
    const lines = this.#runs.flatMap(({ stdout, stderr }) => [...stdout, ...stderr]);
    return lines.filter((line) => pattern.test(line)).length;
  }

  /** Its output, for error messages. */
  get log(): string {
    return this.#runs.map(({ log }) => log).join("\n--- started again\n");
  }

  /** The process that runs, or the last one that did. */
  protected get current(): Running {
    const running = this.#runs.at(-1);
    if (running === undefined) throw new Error("the server was never started");
    return running;
  }

  /** A file of its own. */
  protected path(name: string): string {
    return `${this.place.directory}/${name}`;
  }
}

/** The network of an address: "192.0.2.0" of "192.0.2.7". */
export function networkOf(address: string): string {
  return address.replace(/\d+$/, "0");
}

/** The text of a file; empty when there is none. */
export async function readTextIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
