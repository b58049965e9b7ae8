/**
 * A unit and its lease: what is configured, logged, read again, and taken back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DebianMachine } from "../../support/debian_machine.ts";
import { waitUntil } from "../../support/wait.ts";
import { addresses, HOST_NAME, RESULTS, seenOfCalf, serve, UNIT, waitForLease } from "./machine.ts";

/** Active with the lease, and not before; then everything is there. */
export async function waitsForLease(machine: DebianMachine): Promise<void> {
  await machine.run("systemctl", "start", "--no-block", UNIT);
  await waitUntil(
    "the daemon to ask",
    async () => /SELECTING/.test(await machine.journal("-u", UNIT)),
  );
  assert.equal(await machine.property(UNIT, "ActiveState"), "activating");
  await serve(machine);
  await waitForLease(machine);
  assert.match(await addresses(machine), /UP +192\.0\.2\.7\/24/);
  assert.match(
    await machine.run("ip", "-4", "route", "show", "default"),
    /via 192\.0\.2\.1 dev host0 proto dhcp/,
  );
  assert.match(await machine.property(UNIT, "StatusText"), /^host0: BOUND 192\.0\.2\.7\/24$/);
  assert.equal((await machine.run("cat", `${RESULTS}/host0/ip`)).trim(), "192.0.2.7/24");
  const status = await machine.run("mirage-dhcp", "status");
  assert.match(status, /^host0 {2}BOUND$/m);
}

/** Every layer of a calf is there, and it is a user of its own without any capability. */
export async function isConfined(machine: DebianMachine): Promise<void> {
  assert.match(
    await seenOfCalf(machine, "host0"),
    /^seccomp no_new_privs no-capabilities bounding-set uid=6\d{4} threads=1$/,
  );
  // Which kernel runs here decides on Landlock.
  const layers = await machine.run("mirage-dhcp", "get", "host0/sandbox/layers");
  assert.doesNotMatch(layers, /\bno-(?!landlock)/);
  for (const layer of ["ids", "user-ns", "net-ns", "mount-ns", "empty-root", "bounding-set"]) {
    assert.match(layers, new RegExp(`\\b${layer}\\b`));
  }
  const own = await machine.run("mirage-dhcp", "get", "/daemon/sandbox/layers");
  assert.match(own, /capabilities=net_bind_service\+net_admin\+net_raw /);
  assert.doesNotMatch(own, /\bno-(?!landlock)/);
}

/** Entries have fields of their own, a priority among them. */
export async function logsWithPriorities(machine: DebianMachine): Promise<void> {
  await machine.run("systemctl", "kill", "--signal=SIGHUP", "--kill-whom=main", UNIT);
  const entries = await waitUntil("the configuration to be read again", async () => {
    const text = await machine.journal("-u", UNIT, "--output=json");
    const found = text.trim().split("\n").map((line) => JSON.parse(line));
    return found.some(({ MESSAGE }) => /has been read again/.test(MESSAGE)) && found;
  });
  const ofDaemon = entries.filter(({ _COMM }) => _COMM === "mirage-dhcp");
  const priority = (pattern: RegExp) =>
    ofDaemon.find(({ MESSAGE }) => pattern.test(MESSAGE))?.PRIORITY;
  assert.equal(priority(/configured 192\.0\.2\.7/), "6");
  assert.equal(priority(/untrusted calf host0: state REQUESTING/), "6");
  assert.ok(ofDaemon.every(({ SYSLOG_IDENTIFIER }) => SYSLOG_IDENTIFIER === "mirage-dhcp"));
}

/** `systemctl reload` fails for a wrong file, and makes a good one count. */
export async function reloads(machine: DebianMachine): Promise<void> {
  const file = machine.file("/etc/mirage-dhcp.conf");
  const original = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, `${original}\nlease-time never\n`);
  assert.notEqual((await machine.output("systemctl", "reload", UNIT)).code, 0, "a wrong file");
  const warnings = await machine.journal("-u", UNIT, "--priority=warning", "--output=cat");
  assert.match(warnings, /lease-time/);
  assert.equal(await machine.property(UNIT, "ActiveState"), "active");
  await Deno.writeTextFile(file, `${original}\nmetric 2000\n`);
  await machine.run("systemctl", "reload", UNIT);
  await waitUntil("the new metric", async () => {
    return /metric 2000\b/.test(await machine.run("ip", "-4", "route", "show", "default"));
  });
  await Deno.writeTextFile(file, original);
  await machine.run("systemctl", "reload", UNIT);
}

/** After a stop nothing is left but locks, and the empty file. */
export async function takesBack(machine: DebianMachine): Promise<void> {
  await machine.run("systemctl", "stop", UNIT);
  assert.doesNotMatch(await addresses(machine), /192\.0\.2\./);
  assert.equal(await machine.run("ip", "-4", "route", "show"), "");
  assert.doesNotMatch(await machine.run("resolvectl", "dns"), /192\.0\.2\./);
  const left = (await machine.run("ls", RESULTS)).trim().split("\n");
  assert.ok(left.every((name) => name.includes(":")), left.join());
  assert.doesNotMatch(await machine.run("cat", `${RESULTS}/host0:resolv.conf`), /nameserver/);
  await waitUntil("the spawner to end", async () => {
    return !/spawner@/.test(await machine.run("systemctl", "list-units", "mirage-dhcp*"));
  });
  assert.equal((await machine.run("systemctl", "--failed", "--quiet", "--no-legend")).trim(), "");
}

/** What is no Ethernet interface ends the unit for good. */
export async function givesUp(machine: DebianMachine): Promise<void> {
  const unit = "mirage-dhcp@lo.service";
  assert.notEqual((await machine.output("systemctl", "start", unit)).code, 0);
  assert.equal(await machine.property(unit, "ExecMainStatus"), "66");
  assert.equal(await machine.property(unit, "ActiveState"), "failed");
  assert.equal(await machine.property(unit, "NRestarts"), "0");
  await machine.run("systemctl", "reset-failed", unit);
}

/** As the README says. */
export async function startsWithTheMachine(machine: DebianMachine): Promise<void> {
  await machine.run("systemctl", "enable", "--now", "mirage-dhcp@host0");
  await waitForLease(machine);
}

/** A host without a name takes the server's, with the drop-in that is among the examples. */
export async function namesHost(machine: DebianMachine): Promise<void> {
  const name = (await machine.run("hostname")).trim();
  const folder = "/etc/systemd/system/mirage-dhcp@.service.d";
  const example = "/usr/share/doc/mirage-dhcp/examples/host-name.conf";
  assert.notEqual(name, HOST_NAME, "it has one of its own");
  await machine.run("systemctl", "stop", UNIT);
  await machine.run("hostname", "localhost");
  await machine.run("install", "-D", "--target-directory", folder, example);
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "start", UNIT);
  assert.equal((await machine.run("hostname")).trim(), HOST_NAME);
  await machine.run("systemctl", "stop", UNIT);
  assert.equal((await machine.run("hostname")).trim(), "localhost");
  await machine.run("rm", "-r", folder);
  await machine.run("hostname", name);
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "start", UNIT);
}
