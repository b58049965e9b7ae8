/**
 * Where faults are tried: one network with one server, which gives one of two leases that differ in all
 * that a lease configures.
 *
 * @module
 */

import { startDnsmasq } from "../support/dnsmasq.ts";
import { CLIENT_INTERFACE, type Network, ORIGINAL_RESOLV_CONF } from "../support/network.ts";
import { NAMESPACE_HOST_NAME } from "../support/namespace.ts";
import type { Running } from "../support/process.ts";
import { Strace } from "./strace.ts";
import { Victim } from "./victim.ts";

/** What the server gives. */
export type LeaseName = "A" | "B";

const LEASES: Readonly<Record<LeaseName, { range: string; options: readonly string[] }>> = {
  A: {
    range: "192.0.2.7,192.0.2.7",
    options: [
      "3,192.0.2.1",
      "option:dns-server,192.0.2.53,192.0.2.54",
      "option:domain-name,a.test",
      "option:mtu,1400",
      "12,alpha",
    ],
  },
  B: {
    range: "192.0.2.9,192.0.2.9",
    options: [
      "121,0.0.0.0/0,192.0.2.2,198.51.100.0/24,192.0.2.3",
      "option:dns-server,192.0.2.55",
      "option:domain-name,b.test",
      "option:mtu,1300",
      "12,beta",
    ],
  },
};

/** See the module's description. */
export class Site {
  /** The cable and both of its ends. */
  readonly network: Network;
  #server: Running | null = null;
  #serves: LeaseName | null = null;
  #traces = 0;

  /** Uses a network in which nothing runs yet. */
  constructor(network: Network) {
    this.network = network;
  }

  /** The daemon's configuration file. */
  get config(): string {
    return `${this.network.directory}/mirage-dhcp.conf`;
  }

  /** Makes the host what it was in the beginning; whatever a daemon has left is gone. */
  async reset(): Promise<void> {
    const { client, directory, resolvConf } = this.network;
    await Deno.remove(`${directory}/run`, { recursive: true }).catch(() => {});
    await Deno.remove(`${directory}/state`, { recursive: true }).catch(() => {});
    await Deno.writeTextFile(resolvConf, ORIGINAL_RESOLV_CONF);
    await Deno.writeTextFile(this.config, "");
    await client.run(
      "sh",
      "-c",
      [
        `ip link set ${CLIENT_INTERFACE} down mtu 1500`,
        `ip address flush dev ${CLIENT_INTERFACE}`,
        `hostname ${NAMESPACE_HOST_NAME}`,
      ].join("; "),
    );
    await this.network.setCable("up");
    await this.serve("A");
  }

  /** Has the server give this lease from now on, and refuse the other one. */
  async serve(name: LeaseName): Promise<void> {
    if (this.#serves === name) return;
    await this.silence();
    await Deno.remove(`${this.network.directory}/dnsmasq.leases`).catch(() => {});
    this.#server = await startDnsmasq(this.network, LEASES[name]);
    this.#serves = name;
  }

  /** Ends the server. */
  async silence(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
    this.#serves = null;
  }

  /** Starts a daemon. */
  victim(stopped = false): Promise<Victim> {
    return Victim.start(this.network, [`--config=${this.config}`], stopped);
  }

  /** A name for a trace of its own. */
  traceFile(): string {
    return `${this.network.directory}/trace.${++this.#traces}`;
  }

  /** Attaches to a daemon. */
  trace(victim: Victim, fault: Parameters<typeof Strace.attach>[2]): Promise<Strace> {
    return Strace.attach(victim.pid, this.traceFile(), fault);
  }
}
