/**
 * The Debian package and its units in a Debian with systemd that is booted for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { buildPackage } from "../../linuxkit/debian/package.ts";
import { type DebianMachine, MACHINE_PORT, withDebian } from "../support/debian_machine.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { withinTime } from "../support/time_limit.ts";
import { delay, waitUntil } from "../support/wait.ts";

const UNIT = "mirage-dhcp@host0.service";
const RESOLVED_UNIT = "mirage-dhcp-resolved@host0.service";
const RESOLVCONF_UNIT = "mirage-dhcp-resolvconf@host0.service";
const RESULTS = "/run/dhcp-client";
/** More than this is a finding of the test. */
const MAX_EXPOSURE = 2.0;

/** Files of the machine but for what changes by itself, and dpkg's own records. */
async function filesOf(machine: DebianMachine): Promise<string[]> {
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

async function serve(machine: DebianMachine): Promise<void> {
  await startDnsmasq(machine, { interfaceName: MACHINE_PORT });
}

async function waitForLease(machine: DebianMachine): Promise<void> {
  await machine.waitForProperty(UNIT, "ActiveState", "active");
}

function addresses(machine: DebianMachine): Promise<string> {
  return machine.run("ip", "-4", "-brief", "address", "show", "dev", "host0");
}

async function installs(machine: DebianMachine, deb: string): Promise<void> {
  await Deno.copyFile(deb, machine.file("/mirage-dhcp.deb"));
  await machine.run("dpkg", "--install", "/mirage-dhcp.deb");
  await Deno.remove(machine.file("/mirage-dhcp.deb"));
}

async function startsNothing(machine: DebianMachine): Promise<void> {
  const running = await machine.run("systemctl", "list-units", "--all", "--plain", "mirage-dhcp*");
  assert.doesNotMatch(running, /mirage-dhcp.*(?:running|listening|failed)/, "nothing is started");
  assert.match(await machine.run("mirage-dhcp", "--version"), /^mirage-dhcp /);
  assert.match(await machine.run("getent", "passwd", "mirage-dhcp"), /\/usr\/sbin\/nologin$/m);
}

async function scores(machine: DebianMachine): Promise<void> {
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

async function waitsForLease(machine: DebianMachine): Promise<void> {
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

/** What priv sees of the calf of an interface, which tells once it is confined. */
function seenOfCalf(machine: DebianMachine, name: string): Promise<string> {
  return waitUntil(`the calf of ${name} to be seen as confined`, async () => {
    const { code, stdout } = await machine.output("mirage-dhcp", "get", `${name}/sandbox/verified`);
    return code === 0 && stdout.trim();
  });
}

async function userOfCalf(machine: DebianMachine, name: string): Promise<string> {
  return /uid=(\d+)/.exec(await seenOfCalf(machine, name))?.[1] ?? "unknown";
}

/** Every layer of a calf is there, and it is a user of its own without any capability. */
async function isConfined(machine: DebianMachine): Promise<void> {
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

async function logsWithPriorities(machine: DebianMachine): Promise<void> {
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

async function reloads(machine: DebianMachine): Promise<void> {
  const file = machine.file("/etc/mirage-dhcp.conf");
  const original = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, `${original}\nlease-time never\n`);
  assert.notEqual((await machine.output("systemctl", "reload", UNIT)).code, 0, "a wrong file");
  assert.equal(await machine.property(UNIT, "ActiveState"), "active");
  await Deno.writeTextFile(file, `${original}\nmetric 2000\n`);
  await machine.run("systemctl", "reload", UNIT);
  await waitUntil("the new metric", async () => {
    return /metric 2000\b/.test(await machine.run("ip", "-4", "route", "show", "default"));
  });
  await Deno.writeTextFile(file, original);
  await machine.run("systemctl", "reload", UNIT);
}

async function tellsResolved(machine: DebianMachine): Promise<void> {
  await waitUntil("systemd-resolved to know the name servers", async () => {
    return /\(host0\): 192\.0\.2\.53 192\.0\.2\.54$/m.test(await machine.run("resolvectl", "dns"));
  });
  await waitUntil("systemd-resolved to know the domains", async () => {
    return /\(host0\): example\.test lab\.example\.test$/m
      .test(await machine.run("resolvectl", "domain"));
  });
  assert.equal(await machine.property(RESOLVED_UNIT, "User"), "systemd-resolve");
}

/** Stands in for Debian's: keeps what it is given, where that keeps it. */
const RESOLVCONF = `#!/bin/sh
case $1 in
  -a) exec cat >"/run/resolvconf/$2" ;;
  -d) rm "/run/resolvconf/$2" ;;
esac
`;

async function tellsResolvconf(machine: DebianMachine): Promise<void> {
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

async function writesFile(machine: DebianMachine): Promise<void> {
  const link = await machine.run("readlink", "/etc/resolv.conf");
  await machine.run("ln", "-sf", `${RESULTS}/host0:resolv.conf`, "/etc/resolv.conf");
  try {
    const text = await machine.run("cat", "/etc/resolv.conf");
    assert.match(text, /^nameserver 192\.0\.2\.53\nnameserver 192\.0\.2\.54$/m);
  } finally {
    await machine.run("ln", "-sf", link.trim(), "/etc/resolv.conf");
  }
}

/** Instances share directories, and each has a spawner that is a user of its own. */
async function hasInstances(machine: DebianMachine): Promise<void> {
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
  const users = await Promise.all(["host0", "host1"].map((name) => userOfCalf(machine, name)));
  assert.notEqual(users[0], users[1]);
  await machine.run("systemctl", "stop", second);
  assert.match(await addresses(machine), /192\.0\.2\.7\/24/, "the first one's");
  assert.equal((await machine.run("cat", `${RESULTS}/host0/ip`)).trim(), "192.0.2.7/24");
  assert.match(await machine.run("cat", `${RESULTS}/host0:resolv.conf`), /192\.0\.2\.53/);
  assert.doesNotMatch(await machine.run("resolvectl", "dns"), /198\.51\.100/);
  await machine.run("ip", "link", "delete", "host1");
}

async function isWatched(machine: DebianMachine): Promise<void> {
  const folder = machine.file("/etc/systemd/system/mirage-dhcp@.service.d");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/soon.conf`, "[Service]\nWatchdogSec=3s\n");
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "restart", UNIT);
  await delay(4000); // it is fed
  assert.equal(await machine.property(UNIT, "NRestarts"), "0");
  const monitor = machine.start("ip", "-4", "monitor", "address");
  await machine.run("systemctl", "kill", "--signal=SIGSTOP", "--kill-whom=main", UNIT);
  await machine.waitForProperty(UNIT, "NRestarts", "1");
  await waitForLease(machine);
  assert.match(await machine.journal("-u", UNIT), /Watchdog timeout/);
  assert.deepEqual(monitor.stdout.filter((line) => /Deleted/.test(line)), [], "the address stayed");
  assert.match(await addresses(machine), /192\.0\.2\.7\/24/);
  await tellsResolved(machine);
  await Deno.remove(folder, { recursive: true });
  await machine.run("systemctl", "daemon-reload");
}

async function survivesItsSpawner(machine: DebianMachine): Promise<void> {
  const before = Number(await machine.property(UNIT, "NRestarts"));
  const monitor = machine.start("ip", "-4", "monitor", "address");
  await machine.run("systemctl", "kill", "--signal=SIGKILL", "mirage-dhcp-spawner@*.service");
  await machine.waitForProperty(UNIT, "NRestarts", String(before + 1));
  await waitForLease(machine);
  assert.deepEqual(monitor.stdout.filter((line) => /Deleted/.test(line)), [], "the address stayed");
}

async function takesBack(machine: DebianMachine): Promise<void> {
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

async function givesUp(machine: DebianMachine): Promise<void> {
  const unit = "mirage-dhcp@lo.service";
  assert.notEqual((await machine.output("systemctl", "start", unit)).code, 0);
  assert.equal(await machine.property(unit, "ExecMainStatus"), "66");
  assert.equal(await machine.property(unit, "ActiveState"), "failed");
  assert.equal(await machine.property(unit, "NRestarts"), "0");
  await machine.run("systemctl", "reset-failed", unit);
}

async function startsWithTheMachine(machine: DebianMachine): Promise<void> {
  await machine.run("systemctl", "enable", "--now", "mirage-dhcp@host0");
  await waitForLease(machine);
}

async function isUpgraded(machine: DebianMachine, deb: string): Promise<void> {
  const before = await machine.property(UNIT, "MainPID");
  await installs(machine, deb);
  await waitForLease(machine);
  assert.notEqual(await machine.property(UNIT, "MainPID"), before);
}

async function leavesNothing(machine: DebianMachine, before: readonly string[]): Promise<void> {
  await machine.run("dpkg", "--remove", "mirage-dhcp");
  assert.doesNotMatch(await addresses(machine), /192\.0\.2\./, "a daemon that runs is stopped");
  assert.ok((await machine.output("test", "-e", "/etc/mirage-dhcp.conf")).code === 0);
  await machine.run("dpkg", "--purge", "mirage-dhcp");
  assert.deepEqual(await filesOf(machine), before);
}

testWith(
  ["root", "netns", "dnsmasq", "executable", "nspawn", "dpkg"],
  "the Debian package and its units, in a Debian that is booted",
  async (t) => {
    await withDebian(async (machine) => {
      const before = await filesOf(machine);
      const step = (
        name: string,
        seconds: number,
        body: (machine: DebianMachine) => Promise<void>,
      ) => t.step(name, () => withinTime(name, seconds, () => body(machine)));
      const deb = await buildPackage({ executable: executablePath(), folder: machine.directory });
      await step("it is installed, and starts nothing", 60, async () => {
        await installs(machine, deb);
        await startsNothing(machine);
      });
      await step("the units are well-formed and closed", 60, scores);
      await step("a unit is active once there is a lease", 60, waitsForLease);
      await step("calves have each layer of their sandbox", 30, isConfined);
      await step("the journal knows how urgent a line is", 30, logsWithPriorities);
      await step("a reload says whether it has worked", 60, reloads);
      await step("systemd-resolved gets the name servers", 30, tellsResolved);
      await step("resolvconf gets them where there is no systemd-resolved", 60, tellsResolvconf);
      await step("resolv.conf can be a link to the daemon's", 30, writesFile);
      await step("instances live side by side", 60, hasInstances);
      await step("a daemon that hangs is replaced, and its address stays", 90, isWatched);
      await step("a daemon whose spawner is killed is started anew", 60, survivesItsSpawner);
      await step("the end takes everything back", 30, takesBack);
      await step("what another start would not change is not tried again", 30, givesUp);
      await step("an instance can be enabled", 60, startsWithTheMachine);
      await step("an upgrade goes on with the new program", 60, () => isUpgraded(machine, deb));
      await step("purged, nothing of it is left", 60, () => leavesNothing(machine, before));
    });
  },
);
