/**
 * More cables of the same two machines: eth1 to srv1, eth2 to srv2 …, each with a subnet of its own.
 *
 * @module
 */

import type { Network } from "../support/network.ts";

/** The client's end of a cable. */
export function clientEnd(cable: number): string {
  return `eth${cable}`;
}

/** The server's end of a cable. */
export function serverEnd(cable: number): string {
  return `srv${cable}`;
}

/** The client's ends of the first cables. */
export function clientEnds(cables: number): string[] {
  return Array.from({ length: cables }, (_, cable) => clientEnd(cable));
}

/** An address of a cable's subnet, which is one of 198.18.0.0/15 (RFC 2544). */
export function addressOn(cable: number, host: number): string {
  return `198.18.${cable}.${host}`;
}

/**
 * Runs `body` with more cables, all of them up, which are taken away afterwards.
 *
 * @param cables how many there are to be in all; the network has one by itself
 */
export async function withCables<T>(
  { client, server }: Network,
  cables: number,
  body: () => Promise<T>,
): Promise<T> {
  const added = Array.from({ length: cables - 1 }, (_, index) => index + 1);
  try {
    for (const cable of added) {
      const peer = ["peer", "name", serverEnd(cable), "netns", String(server.pid)];
      await client.run("ip", "link", "add", clientEnd(cable), "type", "veth", ...peer);
      await server.run("ip", "link", "set", serverEnd(cable), "up");
    }
    return await body();
  } finally {
    // The one end takes the other with it.
    for (const cable of added) await client.output(["ip", "link", "delete", clientEnd(cable)]);
  }
}
