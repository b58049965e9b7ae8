/**
 * When each DHCP message was on the cable, by way of packet_clock.ts.
 *
 * @module
 */

import type { Namespace } from "../support/namespace.ts";
import type { Running } from "../support/process.ts";
import { type WaitOptions, waitUntil } from "../support/wait.ts";
import { type MessageTime, parseMessageTime } from "./exchange.ts";

/** Messages of one interface, in either direction. */
export class MessageClock {
  readonly #process: Running;
  readonly #messages: MessageTime[] = [];
  #taken = 0;

  private constructor(process: Running) {
    this.#process = process;
  }

  /** Starts to listen to an interface, which must be up; it ends with the namespace. */
  static async open(namespace: Namespace, interfaceName: string): Promise<MessageClock> {
    const links = await namespace.ip<{ ifindex: number }[]>("link", "show", "dev", interfaceName);
    const script = new URL("./packet_clock.ts", import.meta.url).pathname;
    const process = namespace.start([
      ...[Deno.execPath(), "run", "--no-check", "--allow-ffi", script, String(links[0].ifindex)],
    ]);
    await process.waitForLine(/^ready$/);
    return new MessageClock(process);
  }

  /** The messages after a time and up to another, in ms since 1970. */
  between(after: number, upTo = Infinity): MessageTime[] {
    const { stdout } = this.#process;
    for (; this.#taken < stdout.length; this.#taken++) {
      const message = parseMessageTime(stdout[this.#taken]);
      if (message !== null) this.#messages.push(message);
    }
    return this.#messages.filter(({ at }) => at > after && at <= upTo);
  }

  /** Waits for the first message of a type after a time. */
  waitFor(type: number, after: number, options: WaitOptions = {}): Promise<MessageTime> {
    return waitUntil(`a DHCP message of type ${type}`, () => {
      return this.between(after).find((message) => message.type === type);
    }, options);
  }
}
