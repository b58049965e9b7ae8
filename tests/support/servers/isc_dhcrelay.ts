/**
 * ISC dhcrelay, which stands between clients and a server on another network.
 *
 * @module
 */

import type { Namespace } from "../namespace.ts";
import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";

/** What a relay is between. */
export interface RelayOptions {
  /** The interface on the clients' side. */
  readonly downstream: string;
  /** The interface on the servers' side. */
  readonly upstream: string;
  /** Address of the server that the messages go to. */
  readonly server: string;
}

/** Starts dhcrelay(8) and waits until it listens; it ends with the namespace. */
export async function startDhcrelay(
  namespace: Namespace,
  { downstream, upstream, server }: RelayOptions,
): Promise<Running> {
  const running = namespace.start([
    ...[findProgram("dhcrelay"), "-4", "-d", "--no-pid"],
    // Said by -i, both would be open to clients, and a renewal that passes by taken twice.
    ...["-id", downstream, "-iu", upstream],
    server,
  ]);
  await running.waitForLine(/Sending on {3}Socket/); // the last line before it works
  return running;
}
