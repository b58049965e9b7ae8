/**
 * The Debian packages that running, testing and measuring mirage-dhcp needs.
 *
 * @module
 */
import { removeIfThere, withCleanup } from "../../linuxkit/build/interrupt.ts";

/** What a package is needed for. */
export type PackageGroup = "run" | "test" | "bench" | "fuzz" | "tiers";

/** A Debian package and why it is needed. */
export interface DebianPackage {
  /** Name in Debian and Ubuntu. */
  name: string;
  /** When it is needed. */
  group: PackageGroup;
  /** Why. */
  reason: string;
  /** Its init script, when it would serve from the next start of the machine on. */
  service?: string;
}

/** Every package, in the order in which they are shown. */
export const PACKAGES: readonly DebianPackage[] = [
  { name: "libseccomp2", group: "run", reason: "system call filters, through FFI" },
  { name: "libnl-3-200", group: "run", reason: "netlink, through FFI" },
  { name: "libnl-route-3-200", group: "run", reason: "links, addresses and routes, through FFI" },
  { name: "dnsmasq-base", group: "test", reason: "the DHCP server of the demo and the tests" },
  { name: "iproute2", group: "test", reason: "network namespaces and veth pairs" },
  { name: "util-linux", group: "test", reason: "unshare, nsenter, setpriv" },
  { name: "capnproto", group: "test", reason: "the capnp tool, to check messages independently" },
  {
    ...{ name: "isc-dhcp-server", group: "test", service: "isc-dhcp-server" },
    reason: "ISC dhcpd, to get leases from",
  },
  {
    ...{ name: "kea-dhcp4-server", group: "test", service: "kea-dhcp4-server" },
    reason: "Kea, to get leases from",
  },
  {
    ...{ name: "udhcpd", group: "test", service: "udhcpd" },
    reason: "BusyBox's server, to get leases from",
  },
  { name: "systemd", group: "test", reason: "networkd's DHCP server, to get leases from" },
  {
    ...{ name: "isc-dhcp-relay", group: "test", service: "isc-dhcp-relay" },
    reason: "ISC dhcrelay, to be behind",
  },
  {
    ...{ name: "prometheus", group: "test", service: "prometheus" },
    reason: "promtool, to check metrics, alert rules and the dashboard",
  },
  {
    name: "mandoc",
    group: "test",
    reason: "to read the manual page, and find what is wrong with it",
  },
  { name: "binutils", group: "test", reason: "to assemble the spawner and compare" },
  { name: "zsh", group: "test", reason: "to try its completions" },
  { name: "fish", group: "test", reason: "to try its completions" },
  { name: "strace", group: "test", reason: "to make system calls fail" },
  { name: "file", group: "test", reason: "to ask what the executable is" },
  { name: "isc-dhcp-client", group: "bench", reason: "dhclient, to compare with" },
  { name: "udhcpc", group: "bench", reason: "BusyBox's client, to compare with" },
  { name: "dhcpcd-base", group: "bench", reason: "dhcpcd, to compare with" },
  { name: "afl++", group: "fuzz", reason: "to fuzz the protocol core" },
  { name: "clang", group: "fuzz", reason: "compiles what AFL++ runs" },
  { name: "wabt", group: "fuzz", reason: "wasm2c makes C of the core" },
  { name: "runc", group: "tiers", reason: "runs the LinuxKit image's bundle" },
  { name: "podman", group: "tiers", reason: "runs the image" },
  { name: "conmon", group: "tiers", reason: "watches podman's containers" },
  { name: "skopeo", group: "tiers", reason: "reads the image as others would" },
  { name: "systemd-container", group: "tiers", reason: "boots a Debian with the package in it" },
  { name: "debootstrap", group: "tiers", reason: "makes that Debian" },
  { name: "lintian", group: "tiers", reason: "finds what is wrong with the package" },
  { name: "qemu-system-x86", group: "tiers", reason: "boots the image in a machine" },
  { name: "busybox-static", group: "tiers", reason: "what else is in that machine" },
  { name: "cpio", group: "tiers", reason: "packs that machine's initrd" },
];

/** Packages are missing and cannot be installed from here. */
export class MissingPackagesError extends Error {
  /** Name of this kind of error. */
  override name = "MissingPackagesError";
}

/**
 * The packages of some groups that are not installed; needs no network.
 *
 * @param groups which groups
 * @param query the command that tells what is installed
 * @returns names, in the table's order; all of them where there is no dpkg
 */
export async function missingPackages(
  groups: readonly PackageGroup[],
  query = "dpkg-query",
): Promise<string[]> {
  const wanted = PACKAGES.filter(({ group }) => groups.includes(group)).map(({ name }) => name);
  let installed: string[] = [];
  try {
    const { stdout } = await new Deno.Command(query, {
      args: ["--show", "--showformat=${db:Status-Status} ${Package}\\n", ...wanted],
      stdin: "null",
      stderr: "null", // it complains about names it has never heard of
    }).output();
    installed = new TextDecoder().decode(stdout).split("\n");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return wanted.filter((name) => !installed.includes(`installed ${name}`));
}

/**
 * Installs missing packages with apt-get as root; starts no daemon of theirs, now or later.
 *
 * @param groups which groups
 * @returns names of the packages that were installed
 * @throws MissingPackagesError with the command to run, for an ordinary user or without apt-get
 */
export async function ensurePackages(groups: readonly PackageGroup[]): Promise<string[]> {
  const missing = await missingPackages(groups);
  if (missing.length === 0) return [];
  const names = missing.join(" ");
  const aptGet = await works("apt-get", ["--version"]);
  if (!aptGet) {
    throw new MissingPackagesError(
      `There is no apt-get here. Install what these Debian packages hold: ${names}`,
    );
  }
  if (Deno.uid() !== 0) {
    throw new MissingPackagesError(
      `Debian packages are missing. Run: sudo apt-get install --no-install-recommends ${names}`,
    );
  }
  await withoutDaemons(async (started) => {
    const install = ["install", "--yes", "--no-install-recommends", ...missing];
    // The package lists are fetched only when those that are there do not do.
    const listed = await works("apt-get", ["--simulate", ...install]);
    if (listed && await apt(install, started)) return;
    if (await apt(["update"], started) && await apt(install, started)) return;
    throw new MissingPackagesError(`Cannot install: apt-get install ${names} failed`);
  });
  await disableServices(missing);
  return missing;
}

/**
 * Keeps services of packages from being started with the machine.
 *
 * @param names packages that were installed just now
 * @param command the command that does it (update-rc.d(8)), for systemd as well
 */
export async function disableServices(
  names: readonly string[],
  command = "update-rc.d",
): Promise<void> {
  for (const { name, service } of PACKAGES) {
    if (service === undefined || !names.includes(name)) continue;
    if (!await works(command, [service, "disable"])) {
      console.error(`setup: Cannot keep ${service} from being started with the machine`);
    }
  }
}

/** A policy that lets packages start nothing (Debian policy, invoke-rc.d's policy-rc.d). */
const POLICY =
  "#!/bin/sh\n# Written by mirage-dhcp's setup while it installs packages.\nexit 101\n";

/**
 * Runs `body` while no package may start a daemon, and takes the policy away again, also after a
 * failure or a signal. A policy that is there already is the machine's own and is left alone.
 *
 * @param body gets a function to report its child processes to, so that a signal ends them first
 * @param path where the policy goes
 */
export async function withoutDaemons(
  body: (started: (child: Deno.ChildProcess) => void) => Promise<void>,
  path = "/usr/sbin/policy-rc.d",
): Promise<void> {
  let child: Deno.ChildProcess | null = null;
  const present = await Deno.readTextFile(path).catch(() => null);
  const ours = present === null || present === POLICY; // the latter when setup was killed
  if (ours) {
    await Deno.writeTextFile(path, POLICY);
    await Deno.chmod(path, 0o755);
  }
  await withCleanup(async (signal) => {
    if (signal !== null && child !== null) {
      try {
        child.kill(signal);
      } catch {
        // It has ended.
      }
      await child.status;
    }
    if (ours) removeIfThere(path);
  }, () => body((started) => child = started));
}

/** Whether a command exists and succeeds; shows nothing. */
async function works(command: string, args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Runs apt-get without questions, and with its output shown. */
async function apt(
  args: string[],
  started: (child: Deno.ChildProcess) => void,
): Promise<boolean> {
  const child = new Deno.Command("apt-get", {
    args: ["--quiet", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  started(child);
  return (await child.status).success;
}
