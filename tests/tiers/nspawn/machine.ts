/**
 * What the steps of the booted Debian share.
 *
 * @module
 */

import { type DebianMachine, MACHINE_PORT } from "../../support/debian_machine.ts";
import { startDnsmasq, USUAL_OPTIONS } from "../../support/dnsmasq.ts";
import { waitUntil } from "../../support/wait.ts";

/** The unit of the only interface. */
export const UNIT = "mirage-dhcp@host0.service";

/** What the server calls every host. */
export const HOST_NAME = "named-by-server";

/** Where results are. */
export const RESULTS = "/run/dhcp-client";

/** Starts a DHCP server at the other end of the cable. */
export async function serve(machine: DebianMachine): Promise<void> {
  const options = [...USUAL_OPTIONS, `12,${HOST_NAME}`];
  await startDnsmasq(machine, { interfaceName: MACHINE_PORT, options });
}

/** Waits until the unit is active. */
export async function waitForLease(machine: DebianMachine): Promise<void> {
  await machine.waitForProperty(UNIT, "ActiveState", "active");
}

/** The interface's IPv4 addresses, as text. */
export function addresses(machine: DebianMachine): Promise<string> {
  return machine.run("ip", "-4", "-brief", "address", "show", "dev", "host0");
}

/** What priv sees of the calf of an interface, which tells once it is confined. */
export function seenOfCalf(machine: DebianMachine, name: string): Promise<string> {
  return waitUntil(`the calf of ${name} to be seen as confined`, async () => {
    const { code, stdout } = await machine.output("mirage-dhcp", "get", `${name}/sandbox/verified`);
    return code === 0 && stdout.trim();
  });
}
