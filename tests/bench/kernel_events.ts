/**
 * The kernel's own word on an interface's carrier and addresses: lines of
 * `ip -tshort -4 monitor link address`.
 *
 * @module
 */

import type { Namespace } from "../support/namespace.ts";
import type { Running } from "../support/process.ts";
import { delay, waitUntil } from "../support/wait.ts";

/** RTM_NEWADDR or RTM_DELADDR of an IPv4 address. */
export interface AddressEvent {
  readonly kind: "address";
  /** When it came: milliseconds since 1970, with three decimals. */
  readonly at: number;
  /** Whether the address went. */
  readonly deleted: boolean;
  /** "eth0" */
  readonly interfaceName: string;
  /** "192.0.2.7/24" */
  readonly cidr: string;
}

/** RTM_NEWLINK of an interface. */
export interface LinkEvent {
  readonly kind: "link";
  /** When it came: milliseconds since 1970, with three decimals. */
  readonly at: number;
  /** "eth0" */
  readonly interfaceName: string;
  /** Whether the other end of the cable is there and up. */
  readonly carrier: boolean;
}

const STAMP = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\] (.*)$/;
const ADDRESS = /^(Deleted )?\d+: ([^\s@]+)(?:@\S+)?\s+inet (\d+\.\d+\.\d+\.\d+\/\d+)\s/;
const LINK = /^\d+: ([^\s@]+)(?:@\S+)?: <([A-Z0-9_,-]*)> /;

/**
 * Reads a line; `ip` must have run with `TZ=UTC`, because its stamps name no zone.
 *
 * @returns null for what is neither, such as the line of an address's lifetimes
 */
export function parseKernelEvent(line: string): AddressEvent | LinkEvent | null {
  const stamped = STAMP.exec(line);
  if (stamped === null) return null;
  const [, second, microseconds, rest] = stamped;
  const at = Date.parse(`${second}Z`) + Number(microseconds) / 1000;
  const address = ADDRESS.exec(rest);
  if (address !== null) {
    const [, deleted, interfaceName, cidr] = address;
    return { kind: "address", at, deleted: deleted !== undefined, interfaceName, cidr };
  }
  const link = LINK.exec(rest);
  if (link === null) return null;
  const flags = link[2].split(",");
  const carrier = flags.includes("LOWER_UP") && !flags.includes("NO-CARRIER");
  return { kind: "link", at, interfaceName: link[1], carrier };
}

/** Events in the order in which they came. */
export class EventList {
  readonly #events: (AddressEvent | LinkEvent)[] = [];

  /** Adds what a line says, if it says something. */
  take(line: string): void {
    const event = parseKernelEvent(line);
    if (event !== null) this.#events.push(event);
  }

  /** The first RTM_NEWADDR of an interface after a time (ms since 1970); null while there is none. */
  newAddress(interfaceName: string, after: number): AddressEvent | null {
    return this.#events.find((event): event is AddressEvent =>
      event.kind === "address" && !event.deleted && event.interfaceName === interfaceName &&
      event.at > after
    ) ?? null;
  }

  /** When an interface was first seen with carrier after a time; null while it was not. */
  carrierUp(interfaceName: string, after: number): number | null {
    return this.#events.find((event) =>
      event.kind === "link" && event.carrier && event.interfaceName === interfaceName &&
      event.at > after
    )?.at ?? null;
  }

  /** Whether an address of an interface went between two times. */
  lostAddress(interfaceName: string, after: number, before: number): boolean {
    return this.#events.some((event) =>
      event.kind === "address" && event.deleted && event.interfaceName === interfaceName &&
      event.at > after && event.at < before
    );
  }
}

/** The events of a namespace, as they come. */
export class KernelEvents {
  readonly #monitor: Running;
  readonly #list = new EventList();
  #taken = 0;

  private constructor(monitor: Running) {
    this.#monitor = monitor;
  }

  /** Starts to listen in a namespace, with whose end it ends. */
  static async open(namespace: Namespace): Promise<KernelEvents> {
    const monitor = namespace.start(["ip", "-tshort", "-4", "monitor", "link", "address"], {
      env: { ...Deno.env.toObject(), TZ: "UTC" },
    });
    const events = new KernelEvents(monitor);
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
