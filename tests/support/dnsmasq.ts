/**
 * dnsmasq as the DHCP server of a test network.
 *
 * @module
 */

import { type Network, SERVER_INTERFACE } from "./network.ts";
import type { Running } from "./process.ts";

/** Its address on the cable. */
export const DNSMASQ_ADDRESS = "192.0.2.1";

/** How it is set up. */
export interface DnsmasqOptions {
  /** The server's interface; the only one there is unless told. */
  readonly interfaceName?: string;
  /** Its address; {@link DNSMASQ_ADDRESS} unless told. */
  readonly address?: string;
  /** First and last address to give; "192.0.2.7,192.0.2.7" unless told. */
  readonly range?: string;
  /** Lease time in seconds; dnsmasq makes it 120 at least. */
  readonly leaseSeconds?: number;
  /** Arguments of `--dhcp-option-force`: "6,192.0.2.1", "58,5" … */
  readonly options?: readonly string[];
  /** Options that it would send by itself and must not: "option:router" … */
  readonly without?: readonly string[];
}

/** The options of a usual network. */
export const USUAL_OPTIONS: readonly string[] = [
  "option:router,192.0.2.1",
  "option:dns-server,192.0.2.53,192.0.2.54",
  "option:domain-name,example.test",
  "option:domain-search,example.test,lab.example.test",
  "option:mtu,1400",
];

/** Starts dnsmasq on the server's side and waits until it listens; it ends with the network. */
export async function startDnsmasq(
  network: Pick<Network, "server" | "directory">,
  options: DnsmasqOptions = {},
): Promise<Running> {
  const { range = "192.0.2.7,192.0.2.7", leaseSeconds = 3600 } = options;
  const { interfaceName = SERVER_INTERFACE, address = DNSMASQ_ADDRESS } = options;
  const { server, directory } = network;
  const present = await server.ip<{ addr_info: unknown[] }[]>(
    ...["-4", "address", "show", "dev", interfaceName],
  );
  if (!present.some(({ addr_info }) => addr_info?.length > 0)) {
    await server.run("ip", "address", "add", `${address}/24`, "dev", interfaceName);
  }
  const dnsmasq = server.start([
    "dnsmasq",
    // No configuration of the machine, no name service, no change of user (not possible in a user
    // namespace), no second of waiting for an ICMP echo.
    ...["--conf-file=/dev/null", "--port=0", "--no-daemon", "--user=root", "--no-ping"],
    ...["--no-resolv", "--no-hosts", "--log-dhcp", `--dhcp-leasefile=${directory}/dnsmasq.leases`],
    ...[`--interface=${interfaceName}`, "--bind-interfaces", "--except-interface=lo"],
    ...["--dhcp-authoritative", `--dhcp-range=${range},255.255.255.0,${leaseSeconds}`],
    ...(options.options ?? USUAL_OPTIONS).map((option) => `--dhcp-option-force=${option}`),
    ...(options.without ?? []).map((option) => `--dhcp-option=${option}`),
  ]);
  // Logged once its sockets are bound.
  await dnsmasq.waitForLine(/DHCP, IP range/);
  return dnsmasq;
}

/** How often dnsmasq has logged a message of this kind, "DHCPREQUEST" for example. */
export function countLogged(dnsmasq: Running, kind: string): number {
  const pattern = new RegExp(`\\b${kind}\\(`);
  return dnsmasq.stderr.filter((line) => pattern.test(line)).length;
}
