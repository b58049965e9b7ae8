/**
 * Kea as one of the servers of the interoperability tests.
 *
 * @module
 */

import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";
import { DhcpServerProgram, networkOf, type Pool, readTextIfThere } from "./program.ts";

/** kea-dhcp4(8) with its memfile. */
export class Kea extends DhcpServerProgram {
  protected override readonly releaseLine = / DHCP4_RELEASE /;

  protected override async launch(pool: Pool): Promise<Running> {
    const { namespace, interfaceName, directory } = this.place;
    const configuration = this.path("kea.json");
    await Deno.writeTextFile(
      configuration,
      JSON.stringify(keaConfiguration(pool, interfaceName, this.path("leases.csv"))),
    );
    const running = namespace.start([findProgram("kea-dhcp4"), "-c", configuration], {
      env: {
        ...Deno.env.toObject(),
        KEA_PIDFILE_DIR: directory,
        KEA_LOCKFILE_DIR: directory,
        KEA_DHCP_DATA_DIR: directory,
      },
    });
    await running.waitForLine(/DHCP4_STARTED/);
    return running;
  }

  /**
   * Its file is a journal: what is said last about an address holds. A lease that was given back is
   * written with a lifetime of 0.
   */
  override async leases(): Promise<string[]> {
    const [, ...rows] = (await readTextIfThere(this.path("leases.csv"))).trim().split("\n");
    const lifetimes = new Map<string, number>();
    for (const row of rows) {
      const [address, _hardware, _client, lifetime] = row.split(",");
      lifetimes.set(address, Number(lifetime));
    }
    return [...lifetimes].filter(([, lifetime]) => lifetime > 0).map(([address]) => address);
  }
}

function keaConfiguration(pool: Pool, interfaceName: string, leases: string): unknown {
  return {
    Dhcp4: {
      "interfaces-config": { interfaces: [interfaceName], "dhcp-socket-type": "raw" },
      "lease-database": { type: "memfile", persist: true, name: leases, "lfc-interval": 0 },
      authoritative: true,
      "valid-lifetime": pool.leaseSeconds,
      "renew-timer": pool.t1,
      "rebind-timer": pool.t2,
      subnet4: [{
        id: Number(pool.first.split(".")[0]), // an id is for one network, also in the lease file
        subnet: `${networkOf(pool.first)}/24`,
        pools: [{ pool: `${pool.first} - ${pool.last}` }],
        "option-data": [{ name: "routers", data: pool.router }],
      }],
      loggers: [{
        name: "kea-dhcp4",
        severity: "INFO",
        output_options: [{ output: "stdout", flush: true }],
      }],
    },
  };
}
