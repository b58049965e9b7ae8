/**
 * dnsmasq as one of the servers of the interoperability tests.
 *
 * @module
 */

import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";
import { DhcpServerProgram, NETMASK, type Pool, readTextIfThere } from "./program.ts";

/** dnsmasq(8). Its shortest lease is 120 s, so the pool's T1 and T2 are forced upon it. */
export class Dnsmasq extends DhcpServerProgram {
  protected override readonly releaseLine = /\bDHCPRELEASE\(/;

  protected override async launch(pool: Pool): Promise<Running> {
    const { namespace, interfaceName } = this.place;
    const { first, last, router, leaseSeconds, t1, t2 } = pool;
    const running = namespace.start([
      findProgram("dnsmasq"),
      // No configuration of the machine, no name service, no change of user (not possible in a
      // user namespace), no second of waiting for an ICMP echo.
      ...["--conf-file=/dev/null", "--port=0", "--no-daemon", "--user=root", "--no-ping"],
      ...["--no-resolv", "--no-hosts", "--log-dhcp", `--dhcp-leasefile=${this.path("leases")}`],
      ...[`--interface=${interfaceName}`, "--bind-interfaces", "--except-interface=lo"],
      ...["--dhcp-authoritative", `--dhcp-range=${first},${last},${NETMASK},${leaseSeconds}`],
      ...[`3,${router}`, `58,${t1}`, `59,${t2}`].map((each) => `--dhcp-option-force=${each}`),
    ]);
    await running.waitForLine(/DHCP, IP range/); // logged once its sockets are bound
    return running;
  }

  /** A line of its file holds expiry, hardware address, address, name and client identifier. */
  override async leases(): Promise<string[]> {
    const lines = (await readTextIfThere(this.path("leases"))).trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => line.split(" ")[2]);
  }
}
