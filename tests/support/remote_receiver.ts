/**
 * A {@link DatagramReceiver} in other namespaces than the test's: where an abstract name or a UDP port is
 * one of theirs.
 *
 * @module
 */

import type { DatagramReceiver } from "./datagram_receiver.ts";
import type { Namespace } from "./namespace.ts";
import type { Running } from "./process.ts";
import { waitUntil } from "./wait.ts";

const script = new URL("./datagram_receiver.ts", import.meta.url).pathname;

/** See the module's description; it ends with its namespaces. */
export class RemoteReceiver implements Pick<DatagramReceiver, "all" | "waitFor"> {
  readonly #process: Running;

  private constructor(process: Running) {
    this.#process = process;
  }

  /** Starts one that is ready: `unix PATH`, `unix @NAME` or `udp ADDRESS PORT`. */
  static async start(namespace: Namespace, ...args: string[]): Promise<RemoteReceiver> {
    const command = [Deno.execPath(), "run", "--no-check", "--allow-all", script];
    const process = namespace.start([...command, ...args]);
    await process.waitForLine(/^ready$/);
    return new RemoteReceiver(process);
  }

  /** All datagrams so far, in order. */
  get all(): readonly string[] {
    return this.#process.stdout.slice(1).map((line) => JSON.parse(line));
  }

  /** Waits for a datagram that matches. */
  waitFor(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    return waitUntil(`a datagram like ${pattern}`, () => this.all.find((it) => pattern.test(it)), {
      timeoutMs,
      explain: () => this.#process.log,
    });
  }
}
