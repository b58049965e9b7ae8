/**
 * What happens when processes hang or die, and when there are several.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DebianMachine } from "../../support/debian_machine.ts";
import { startDnsmasq } from "../../support/dnsmasq.ts";
import { delay, waitUntil } from "../../support/wait.ts";
import { addresses, RESULTS, seenOfCalf, UNIT, waitForLease } from "./machine.ts";
import { tellsResolved } from "./name_servers.ts";

async function userOfCalf(machine: DebianMachine, name: string): Promise<string> {
  return /uid=(\d+)/.exec(await seenOfCalf(machine, name))?.[1] ?? "unknown";
}

/** Instances share directories, and their calves are a user that nothing else is. */
export async function hasInstances(machine: DebianMachine): Promise<void> {
  const second = "mirage-dhcp@host1.service";
  const directory = `${machine.directory}/second`;
  await Deno.mkdir(directory);
  await machine.addInterface("host1", "ve-second");
  await startDnsmasq({ server: machine.server, directory }, {
    ...{ interfaceName: "ve-second", address: "198.51.100.1" },
    range: "198.51.100.7,198.51.100.7",
    options: ["option:router,198.51.100.1", "option:dns-server,198.51.100.53"],
  });
  await machine.run("systemctl", "start", second);
  const status = await machine.run("mirage-dhcp", "status");
  assert.match(status, /^host0 {2}BOUND$/m);
  assert.match(status, /^host1 {2}BOUND$/m);
  await waitUntil("systemd-resolved to know both", async () => {
    const text = await machine.run("resolvectl", "dns");
    return /host0\): 192\.0\.2\.53/.test(text) && /host1\): 198\.51\.100\.53$/m.test(text);
  });
  for (const name of ["host0", "host1"]) assert.match(await userOfCalf(machine, name), /^6\d{4}$/);
  await machine.run("systemctl", "stop", second);
  assert.match(await addresses(machine), /192\.0\.2\.7\/24/, "the first one's");
  assert.equal((await machine.run("cat", `${RESULTS}/host0/ip`)).trim(), "192.0.2.7/24");
  assert.match(await machine.run("cat", `${RESULTS}/host0:resolv.conf`), /192\.0\.2\.53/);
  assert.doesNotMatch(await machine.run("resolvectl", "dns"), /198\.51\.100/);
  await machine.run("ip", "link", "delete", "host1");
}

/** Runs `body`, during which no address may go for a moment. */
async function keepsAddresses(machine: DebianMachine, body: () => Promise<void>): Promise<void> {
  const unit = "address-monitor.service";
  await machine.run("systemd-run", "--quiet", `--unit=${unit}`, "ip", "-4", "monitor", "address");
  try {
    await body();
  } finally {
    await machine.run("systemctl", "stop", unit);
  }
  const seen = await machine.journal("-u", unit, "--output=cat");
  assert.match(seen, /inet 192\.0\.2\.7\/24/, "its lifetime was set anew");
  assert.doesNotMatch(seen, /Deleted/);
}

/** The watchdog replaces a daemon that is stopped by a signal. */
export async function isWatched(machine: DebianMachine): Promise<void> {
  const folder = machine.file("/etc/systemd/system/mirage-dhcp@.service.d");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/soon.conf`, "[Service]\nWatchdogSec=3s\n");
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "restart", UNIT);
  await delay(4000); // it is fed
  assert.equal(await machine.property(UNIT, "NRestarts"), "0");
  await keepsAddresses(machine, async () => {
    await machine.run("systemctl", "kill", "--signal=SIGSTOP", "--kill-whom=main", UNIT);
    await machine.waitForProperty(UNIT, "NRestarts", "1");
    await waitForLease(machine);
  });
  assert.match(await machine.journal("-u", UNIT), /Watchdog timeout/);
  assert.match(await addresses(machine), /192\.0\.2\.7\/24/);
  await tellsResolved(machine);
  await Deno.remove(folder, { recursive: true });
  await machine.run("systemctl", "daemon-reload");
}

/** Without a spawner, the daemon ends to be started anew. */
export async function survivesItsSpawner(machine: DebianMachine): Promise<void> {
  const before = Number(await machine.property(UNIT, "NRestarts"));
  await keepsAddresses(machine, async () => {
    await machine.run("systemctl", "kill", "--signal=SIGKILL", "mirage-dhcp-spawner@*.service");
    await machine.waitForProperty(UNIT, "NRestarts", String(before + 1));
    await waitForLease(machine);
  });
}
