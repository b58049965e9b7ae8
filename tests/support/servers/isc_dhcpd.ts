/**
 * ISC dhcpd as one of the servers of the interoperability tests.
 *
 * @module
 */

import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";
import { DhcpServerProgram, NETMASK, networkOf, type Pool, readTextIfThere } from "./program.ts";

/** dhcpd(8) of ISC DHCP 4.4. */
export class IscDhcpd extends DhcpServerProgram {
  protected override readonly releaseLine = /^DHCPRELEASE of .* \(found\)/;

  protected override async launch(pool: Pool): Promise<Running> {
    const [configuration, leases] = [this.path("dhcpd.conf"), this.path("dhcpd.leases")];
    await Deno.writeTextFile(configuration, configurationText(pool));
    await Deno.writeTextFile(leases, "", { append: true }); // it must exist
    const running = this.place.namespace.start([
      ...[findProgram("dhcpd"), "-4", "-f", "-d", "--no-pid", "-cf", configuration, "-lf", leases],
      this.place.interfaceName,
    ]);
    await running.waitForLine(/Server starting service/);
    return running;
  }

  /** Its file is a journal: what is said last about an address holds (dhcpd.leases(5)). */
  override async leases(): Promise<string[]> {
    const text = await readTextIfThere(this.path("dhcpd.leases"));
    const states = new Map<string, string>();
    for (const [, address, body] of text.matchAll(/^lease (\S+) \{\n(.*?)^\}/gms)) {
      states.set(address, /^ {2}binding state (\w+);/m.exec(body)?.[1] ?? "");
    }
    return [...states].filter(([, state]) => state === "active").map(([address]) => address);
  }
}

function configurationText(pool: Pool): string {
  const subnets = [networkOf(pool.server), networkOf(pool.first)].map((subnet) =>
    subnet !== networkOf(pool.first) ? `subnet ${subnet} netmask ${NETMASK} {}` : `
subnet ${subnet} netmask ${NETMASK} {
  range ${pool.first} ${pool.last};
  option routers ${pool.router};
}`
  );
  // By default a lease of which less than a quarter is over is not prolonged.
  return `authoritative;
ping-check false;
dhcp-cache-threshold 0;
default-lease-time ${pool.leaseSeconds};
max-lease-time ${pool.leaseSeconds};
option dhcp-renewal-time ${pool.t1};
option dhcp-rebinding-time ${pool.t2};
${[...new Set(subnets)].join("\n")}
`;
}
