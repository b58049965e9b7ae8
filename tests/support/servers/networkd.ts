/**
 * systemd-networkd's DHCP server as one of the servers of the interoperability tests.
 *
 * @module
 */

import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";
import { DhcpServerProgram, type Pool } from "./program.ts";

/**
 * Gives it a system of its own, in a mount namespace that ends with it. /sys is read-only, which it
 * takes for "no udev here": it would wait for udev to know the interface otherwise. Without a bus
 * it goes on by itself. $1: its configuration, $2: the program.
 */
const LAUNCH = `
set -e
mount -t sysfs -o ro sysfs /sys
mount --bind "$1" /etc/systemd/network
mount -t tmpfs tmpfs /var/lib/systemd
mkdir -p /run/systemd/netif
chown systemd-network:systemd-network /run/systemd/netif
exec "$2"
`;

/** systemd-networkd(8), without systemd. */
export class Networkd extends DhcpServerProgram {
  protected override readonly releaseLine = /DHCPv4 server: RELEASE \(/;

  protected override async launch(pool: Pool): Promise<Running> {
    const { namespace, interfaceName } = this.place;
    const folder = this.path("network");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/10-test.network`, configurationText(pool, interfaceName));
    // It adds the address itself. One that is there already, and is not quite as it would be, it
    // replaces again and again without end.
    await namespace.run("ip", "address", "flush", "dev", interfaceName);
    const running = namespace.start([
      ...["unshare", "--mount", "--propagation", "private", "sh", "-c", LAUNCH, "launch"],
      ...[folder, findProgram("systemd-networkd")],
    ], {
      env: { ...Deno.env.toObject(), SYSTEMD_LOG_LEVEL: "debug", SYSTEMD_LOG_TARGET: "console" },
    });
    await running.waitForLine(/DHCPv4 server: STARTED/);
    return running;
  }

  /** Only the bus would tell. */
  override leases(): Promise<null> {
    return Promise.resolve(null);
  }
}

function configurationText(pool: Pool, interfaceName: string): string {
  const lastByte = (address: string) => Number(address.split(".")[3]);
  return `[Match]
Name=${interfaceName}

[Network]
Address=${pool.server}/24
DHCPServer=yes
LinkLocalAddressing=no
IPv6AcceptRA=no

[DHCPServer]
PoolOffset=${lastByte(pool.first)}
PoolSize=${lastByte(pool.last) - lastByte(pool.first) + 1}
DefaultLeaseTimeSec=${pool.leaseSeconds}
MaxLeaseTimeSec=${pool.leaseSeconds}
EmitDNS=no
EmitNTP=no
EmitTimezone=no
Router=${pool.router}
SendOption=58:uint32:${pool.t1}
SendOption=59:uint32:${pool.t2}
`;
}
