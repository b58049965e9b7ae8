/**
 * dnsmasq as the server of every cable.
 *
 * @module
 */

import type { Network } from "../support/network.ts";
import type { Running } from "../support/process.ts";
import { addressOn, serverEnd } from "./cables.ts";

/** What it is to do. */
export interface ServerOptions {
  /** The number of cables; 1 unless told. */
  readonly cables?: number;
  /** Whether it answers DISCOVER with ACK when asked to (RFC 4039). */
  readonly rapidCommit?: boolean;
  /** T1 in seconds (option 58); half the lease unless told. */
  readonly t1?: number;
}

/** Seconds; no lease ends during a measurement. */
const LEASE = 3600;
/** The only address that it gives on a cable. */
const CLIENT_HOST = 7;
const SERVER_HOST = 1;

/** The arguments of dnsmasq. */
export function serverArguments(options: ServerOptions, leaseFile: string): string[] {
  const cables = Array.from({ length: options.cables ?? 1 }, (_, cable) => cable);
  const forced = [
    ...["option:dns-server,192.0.2.53,192.0.2.54", "option:domain-name,example.test"],
    ...["option:domain-search,example.test,lab.example.test", "option:mtu,1400"],
    ...(options.t1 === undefined ? [] : [`58,${options.t1}`]),
  ];
  return [
    // No configuration of the machine, no name service, no second of waiting for an ICMP echo.
    ...["--conf-file=/dev/null", "--port=0", "--no-daemon", "--user=root", "--no-ping"],
    ...["--no-resolv", "--no-hosts", `--dhcp-leasefile=${leaseFile}`, "--dhcp-authoritative"],
    ...["--bind-interfaces", "--except-interface=lo"],
    ...cables.flatMap((cable) => {
      const client = addressOn(cable, CLIENT_HOST);
      const range = `${client},${client},255.255.255.0,${LEASE}`;
      return [`--interface=${serverEnd(cable)}`, `--dhcp-range=${range}`];
    }),
    ...forced.map((option) => `--dhcp-option-force=${option}`),
    ...(options.rapidCommit ? ["--dhcp-rapid-commit"] : []),
  ];
}

/** Starts one that knows of no lease, and waits until it listens; it ends with the network. */
export async function startServer(network: Network, options: ServerOptions): Promise<Running> {
  const { server, directory } = network;
  const leaseFile = `${directory}/bench.leases`;
  await Deno.remove(leaseFile).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  for (let cable = 0; cable < (options.cables ?? 1); cable++) {
    const address = `${addressOn(cable, SERVER_HOST)}/24`;
    await server.run("ip", "address", "replace", address, "dev", serverEnd(cable));
  }
  const dnsmasq = server.start(["dnsmasq", ...serverArguments(options, leaseFile)]);
  // Logged once its sockets are bound.
  await dnsmasq.waitForLine(/DHCP, IP range/);
  return dnsmasq;
}
