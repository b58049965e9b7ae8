/**
 * Who learns of the name servers of a lease.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DebianMachine } from "../../support/debian_machine.ts";
import { waitUntil } from "../../support/wait.ts";
import { RESULTS, UNIT } from "./machine.ts";

/** Tells systemd-resolved. */
export const RESOLVED_UNIT = "mirage-dhcp-resolved@host0.service";

/** Tells resolvconf. */
export const RESOLVCONF_UNIT = "mirage-dhcp-resolvconf@host0.service";

/** Stands in for Debian's: keeps what it is given, where that keeps it. */
const RESOLVCONF = `#!/bin/sh
case $1 in
  -a) exec cat >"/run/resolvconf/$2" ;;
  -d) rm "/run/resolvconf/$2" ;;
esac
`;

/** systemd-resolved has the name servers of the lease, and no domain that would be a route. */
export async function tellsResolved(machine: DebianMachine): Promise<void> {
  await waitUntil("systemd-resolved to know the name servers", async () => {
    return /\(host0\): 192\.0\.2\.53 192\.0\.2\.54$/m.test(await machine.run("resolvectl", "dns"));
  });
  assert.match(await machine.run("resolvectl", "domain"), /\(host0\):$/m);
  assert.equal(await machine.property(RESOLVED_UNIT, "User"), "systemd-resolve");
}

/** With a drop-in it has the domains, too. */
export async function tellsDomains(machine: DebianMachine): Promise<void> {
  const folder = machine.file("/etc/systemd/system/mirage-dhcp-resolved@.service.d");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/domains.conf`, "[Service]\nEnvironment=DOMAINS=domains\n");
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "restart", RESOLVED_UNIT);
  await waitUntil("systemd-resolved to know the domains", async () => {
    return /\(host0\): example\.test lab\.example\.test$/m
      .test(await machine.run("resolvectl", "domain"));
  });
  await Deno.remove(folder, { recursive: true });
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "restart", RESOLVED_UNIT);
  await tellsResolved(machine);
}

/** Without systemd-resolved, resolvconf has them. */
export async function tellsResolvconf(machine: DebianMachine): Promise<void> {
  const program = machine.file("/usr/sbin/resolvconf");
  const original = await Deno.readLink(program);
  await machine.run("systemctl", "stop", UNIT, "systemd-resolved");
  await machine.run("mv", "/run/systemd/resolve", "/run/systemd/resolve.away");
  await Deno.remove(program);
  await Deno.writeTextFile(program, RESOLVCONF, { mode: 0o755 });
  await machine.run("systemctl", "start", UNIT);
  const record = "/run/resolvconf/host0.dhcp";
  await waitUntil("resolvconf to know the name servers", async () => {
    const { stdout } = await machine.output("cat", record);
    return stdout ===
      "search example.test lab.example.test\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n";
  }, { explain: () => machine.journal("-u", RESOLVCONF_UNIT) });
  await machine.run("systemctl", "stop", UNIT);
  assert.notEqual((await machine.output("cat", record)).code, 0, "the record is gone");
  await Deno.remove(program);
  await Deno.symlink(original, program);
  await machine.run("rm", "-r", "/run/resolvconf");
  await machine.run("mv", "/run/systemd/resolve.away", "/run/systemd/resolve");
  await machine.run("systemctl", "start", UNIT, "systemd-resolved");
  await machine.run("systemctl", "restart", UNIT);
}

/** /etc/resolv.conf may be a link to the file of the daemon. */
export async function writesFile(machine: DebianMachine): Promise<void> {
  const link = await machine.run("readlink", "/etc/resolv.conf");
  await machine.run("ln", "-sf", `${RESULTS}/host0:resolv.conf`, "/etc/resolv.conf");
  try {
    const text = await machine.run("cat", "/etc/resolv.conf");
    assert.match(text, /^nameserver 192\.0\.2\.53\nnameserver 192\.0\.2\.54$/m);
  } finally {
    await machine.run("ln", "-sf", link.trim(), "/etc/resolv.conf");
  }
}
