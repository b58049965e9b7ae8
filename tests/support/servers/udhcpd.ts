/**
 * BusyBox's udhcpd as one of the servers of the interoperability tests.
 *
 * @module
 */

import type { Running } from "../process.ts";
import { findProgram } from "../requirements.ts";
import { waitUntil } from "../wait.ts";
import { DhcpServerProgram, NETMASK, type Pool } from "./program.ts";

/** How long it waits for somebody who answers ARP for an address that it is about to offer. */
const ARP_WAIT_MS = 50;

/** udhcpd(8). */
export class Udhcpd extends DhcpServerProgram {
  protected override readonly releaseLine = null;

  protected override async launch(pool: Pool): Promise<Running> {
    const configuration = this.path("udhcpd.conf");
    await Deno.writeTextFile(
      configuration,
      `interface ${this.place.interfaceName}
start ${pool.first}
end ${pool.last}
lease_file ${this.path("leases")}
pidfile ${this.path("pid")}
option subnet ${NETMASK}
option router ${pool.router}
option lease ${pool.leaseSeconds}
option 0x3a ${hex32(pool.t1)}
option 0x3b ${hex32(pool.t2)}
`,
    );
    const running = this.place.namespace.start([
      ...[findProgram("udhcpd"), "-f", "-a", String(ARP_WAIT_MS), configuration],
    ]);
    await running.waitForLine(/started/);
    return running;
  }

  /** Ends it; it would forget its leases without being told to write them. */
  override async stop(): Promise<void> {
    await this.#write();
    await super.stop();
  }

  override async leases(): Promise<string[]> {
    await this.#write();
    const text = await this.place.namespace.run(
      ...[findProgram("dumpleases"), "-f", this.path("leases")],
    );
    const [, ...lines] = text.trim().split("\n");
    // "02:00:00:00:00:01 192.0.2.7 name 00:01:59", or "expired" instead of a time.
    return lines.filter((line) => !line.endsWith("expired")).map((line) => line.split(/\s+/)[1]);
  }

  /** SIGUSR1 makes it write its leases. */
  async #write(): Promise<void> {
    const path = this.path("leases");
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    this.current.kill("SIGUSR1");
    let sizeBefore = -1;
    await waitUntil("udhcpd to write its leases", async () => {
      const size = await Deno.stat(path).then((info) => info.size, () => -1);
      const complete = size > 0 && size === sizeBefore;
      sizeBefore = size;
      return complete;
    }, { explain: () => this.log });
  }
}

/** Four bytes in hex, as the value of an option that it has no name for. */
function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}
