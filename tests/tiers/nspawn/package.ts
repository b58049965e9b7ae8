/**
 * The Debian package: installed, looked at, upgraded, removed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DebianMachine } from "../../support/debian_machine.ts";
import { addresses, UNIT, waitForLease } from "./machine.ts";
import { RESOLVCONF_UNIT, RESOLVED_UNIT } from "./name_servers.ts";

/** More than this is a finding of the test. */
const MAX_EXPOSURE = 2.0;

/** Files of the machine but for what changes by itself, and dpkg's own records. */
export async function filesOf(machine: DebianMachine): Promise<string[]> {
  const text = await machine.run(
    ...["find", "/", "/run", "-xdev", "(", "-path", "/var/log", "-o", "-path", "/var/lib/dpkg"],
    ...["-o", "-path", "/var/cache", "-o", "-path", "/tmp", "-o", "-path", "/run/systemd"],
    ...["-o", "-path", "/var/lib/systemd", "-o", "-path", "/var/tmp", "-o", "-path", "/run/log"],
    ...["-o", "-path", "/run/nscd", "-o", "-path", "/run/lock", ")", "-prune", "-o", "-print"],
  );
  // Of accounts, systemd-sysusers keeps the files before.
  return text.split("\n").filter((path) => !/^\/etc\/(?:passwd|group|shadow|gshadow)-$/.test(path))
    .sort();
}

/** Installs it, or another version of it. */
export async function installs(machine: DebianMachine, deb: string): Promise<void> {
  await Deno.copyFile(deb, machine.file("/mirage-dhcp.deb"));
  await machine.run("dpkg", "--install", "/mirage-dhcp.deb");
  await Deno.remove(machine.file("/mirage-dhcp.deb"));
}

/** It is all there, and nothing runs. */
export async function startsNothing(machine: DebianMachine): Promise<void> {
  const running = await machine.run("systemctl", "list-units", "--all", "--plain", "mirage-dhcp*");
  assert.doesNotMatch(running, /mirage-dhcp.*(?:running|listening|failed)/, "nothing is started");
  assert.match(await machine.run("mirage-dhcp", "--version"), /^mirage-dhcp /);
  assert.match(await machine.run("getent", "passwd", "mirage-dhcp"), /\/usr\/sbin\/nologin$/m);
}

/** The units as systemd-analyze(1) sees them. */
export async function scores(machine: DebianMachine): Promise<void> {
  for (const unit of ["", "-spawner", "-resolved", "-resolvconf"]) {
    const path = `/lib/systemd/system/mirage-dhcp${unit}@.service`;
    const text = await machine.run("systemd-analyze", "security", "--offline=true", path);
    const score = Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(text)?.[1]);
    assert.ok(score < MAX_EXPOSURE, text);
  }
  const verified = await machine.output(
    ...["systemd-analyze", "verify", "--man=no"],
    ...[
      UNIT,
      RESOLVED_UNIT,
      RESOLVCONF_UNIT,
      "mirage-dhcp-spawner@1.service",
      "mirage-dhcp-spawner.socket",
    ],
  );
  assert.deepEqual({ ...verified, stdout: "" }, { code: 0, stdout: "", stderr: "" });
}

/** A daemon that runs is started anew. */
export async function isUpgraded(machine: DebianMachine, deb: string): Promise<void> {
  const before = await machine.property(UNIT, "MainPID");
  await installs(machine, deb);
  await waitForLease(machine);
  assert.notEqual(await machine.property(UNIT, "MainPID"), before);
}

/** Removed, it is stopped; purged, no file of it is there. */
export async function leavesNothing(
  machine: DebianMachine,
  before: readonly string[],
): Promise<void> {
  await machine.run("dpkg", "--remove", "mirage-dhcp");
  assert.doesNotMatch(await addresses(machine), /192\.0\.2\./, "a daemon that runs is stopped");
  assert.ok((await machine.output("test", "-e", "/etc/mirage-dhcp.conf")).code === 0);
  await machine.run("dpkg", "--purge", "mirage-dhcp");
  assert.deepEqual(await filesOf(machine), before);
}
