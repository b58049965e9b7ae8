/**
 * The kernel's own word on when an interface got an address: lines of `ip -tshort monitor address`.
 *
 * @module
 */

import type { Namespace } from "../support/namespace.ts";
import type { Running } from "../support/process.ts";
import { delay, waitUntil } from "../support/wait.ts";

/** RTM_NEWADDR or RTM_DELADDR of an IPv4 address. */
export interface AddressEvent {
  /** When it came: milliseconds since 1970, with three decimals. */
  readonly at: number;
  /** Whether the address went. */
  readonly deleted: boolean;
  /** "eth0" */
  readonly interfaceName: string;
  /** "192.0.2.7/24" */
  readonly cidr: string;
}

const LINE = new RegExp(
  /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\] (Deleted )?\d+: ([^\s@]+)(?:@\S+)?\s+/.source +
    /inet (\d+\.\d+\.\d+\.\d+\/\d+)\s/.source,
);

/**
 * Reads a line; `ip` must have run with `TZ=UTC`, because its stamps name no zone.
 *
 * @returns null for what is no IPv4 address, such as the line of its lifetimes
 */
export function parseAddressEvent(line: string): AddressEvent | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, second, microseconds, deleted, interfaceName, cidr] = match;
  const at = Date.parse(`${second}Z`) + Number(microseconds) / 1000;
  return { at, deleted: deleted !== undefined, interfaceName, cidr };
}

/** Events in the order in which they came. */
export class EventList {
  readonly #events: AddressEvent[] = [];

  /** Adds what a line says, if it says something. */
  take(line: string): void {
    const event = parseAddressEvent(line);
    if (event !== null) this.#events.push(event);
  }

  /** The first RTM_NEWADDR of an interface after a time (ms since 1970); null while there is none. */
  newAddress(interfaceName: string, after: number): AddressEvent | null {
    return this.#events.find((event) =>
      !event.deleted && event.interfaceName === interfaceName && event.at > after
    ) ?? null;
  }

  /** Whether an address of an interface went after a time. */
  lostAddress(interfaceName: string, after: number): boolean {
    return this.#events.some((event) =>
      event.deleted && event.interfaceName === interfaceName && event.at > after
    );
  }
}

/** The events of a namespace, as they come. */
export class AddressEvents {
  readonly #monitor: Running;
  readonly #list = new EventList();
  #taken = 0;

  private constructor(monitor: Running) {
    this.#monitor = monitor;
  }

  /** Starts to listen in a namespace, with whose end it ends. */
  static async open(namespace: Namespace): Promise<AddressEvents> {
    const monitor = namespace.start(["ip", "-tshort", "-4", "monitor", "address"], {
      env: { ...Deno.env.toObject(), TZ: "UTC" },
    });
    const events = new AddressEvents(monitor);
    // It says nothing when it is ready: let it see an address, before which it sees others.
    const probe = ["192.0.2.254/32", "dev", "lo"];
    await waitUntil("ip monitor", async () => {
      await namespace.run("ip", "address", "replace", ...probe);
      await delay(20);
      return events.seen.newAddress("lo", 0) !== null;
    }, { explain: () => monitor.log });
    await namespace.run("ip", "address", "delete", ...probe);
    return events;
  }

  /** All events so far. */
  get seen(): EventList {
    const { stdout } = this.#monitor;
    for (; this.#taken < stdout.length; this.#taken++) this.#list.take(stdout[this.#taken]);
    return this.#list;
  }
}
